/**
 * JSON patch as upstream's library (evanphx/json-patch v4) does it, which is RFC 6902 but for negative indices, `replace`
 * and `copy` of members that are not there, and only `replace` and `test` at the root.
 */
import { cloneJson, equalJson, getKey, isObject, type JsonObject, setKey } from '../json-value.ts'
import { requestEntityTooLarge } from '../status-error.ts'
import { badPatch, unprocessable } from './errors.ts'
import { writeJson } from '../codec/exact-json.ts'

export const MAX_OPERATIONS = 10_000
/** What all `copy` operations of one patch may add up to. */
const MAX_COPIED_BYTES = 32 * 1024 * 1024

export interface JsonPatchOperation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test'
  readonly path: string
  readonly from?: string
  readonly value?: unknown
}

/** The patched document; the given one is not touched. Throws StatusError. */
export function applyJsonPatch<T>(document: T, patch: unknown): T {
  if (!Array.isArray(patch)) throw badPatch(`json: cannot unmarshal ${isObject(patch) ? 'object' : typeof patch} into Go value of type jsonpatch.Patch`)
  if (patch.length > MAX_OPERATIONS) {
    throw requestEntityTooLarge(`Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`)
  }
  const target = new Target(cloneJson(document))
  for (const operation of patch) target.apply(operation as JsonPatchOperation)
  return target.document as T
}

const testFailed = 'test failed'

/** Whether what `applyJsonPatch` threw says that a `test` did not hold. */
export function isFailedTest(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.message.endsWith(`: ${testFailed}`)
}

type Container = JsonObject | unknown[]

function unescapeToken(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}

class Target {
  document: unknown
  #copied = 0

  constructor(document: unknown) {
    this.document = document
  }

  apply(operation: JsonPatchOperation): void {
    const { op, path, from, value } = (operation ?? {}) as Partial<JsonPatchOperation>
    if (op === 'add') this.#add(path, op, cloneJson(value ?? null))
    else if (op === 'remove') this.#remove(path, op)
    else if (op === 'replace') this.#replace(path, cloneJson(value ?? null))
    else if (op === 'test') this.#test(path, value ?? null)
    else if (op === 'copy') this.#add(path, op, this.#copy(this.#read(from, op) ?? null))
    else if (op === 'move') {
      const moved = this.#read(from, op)
      this.#remove(from, op)
      this.#add(path, op, moved)
    } else throw unprocessable(`Unexpected kind: ${String(op)}`)
  }

  #copy(value: unknown): unknown {
    this.#copied += writeJson(value)?.length ?? 0
    if (this.#copied > MAX_COPIED_BYTES)
      throw unprocessable(`Unable to complete the copy, the accumulated size increase of copy is ${this.#copied}, exceeding the limit ${MAX_COPIED_BYTES}`)
    return cloneJson(value)
  }

  /** What holds the last token of a path, and that token. What stands before the first slash says nothing. */
  #holder(pointer: unknown, op: string): { holder: Container; key: string } {
    if (typeof pointer !== 'string') throw unprocessable(`${op} operation failed to decode path: missing value`)
    const parts = pointer.split('/').slice(1).map(unescapeToken)
    let holder = this.document
    for (const part of parts.slice(0, -1))
      holder = Array.isArray(holder) ? holder[indexOf(part, holder.length, op)] : isObject(holder) ? getKey(holder, part) : undefined
    if (parts.length === 0 || !(isObject(holder) || Array.isArray(holder))) {
      throw unprocessable(`${op} operation does not apply: doc is missing path: "${pointer}": missing value`)
    }
    return { holder, key: parts.at(-1)! }
  }

  /** Undefined for a member that is not there; an element that is not there is an error. */
  #read(pointer: unknown, op: string): unknown {
    const { holder, key } = this.#holder(pointer, op)
    return Array.isArray(holder) ? holder[indexOf(key, holder.length, op)] : getKey(holder, key)
  }

  #add(pointer: unknown, op: string, value: unknown): void {
    const { holder, key } = this.#holder(pointer, op)
    if (!Array.isArray(holder)) setKey(holder, key, value ?? null)
    else if (key === '-') holder.push(value)
    else holder.splice(indexOf(key, holder.length + 1, op, `error in ${op} for path: '${String(pointer)}'`), 0, value)
  }

  #remove(pointer: unknown, op: string): void {
    const { holder, key } = this.#holder(pointer, op)
    if (Array.isArray(holder)) holder.splice(indexOf(key, holder.length, op), 1)
    else if (Object.hasOwn(holder, key)) delete holder[key]
    else throw unprocessable(`error in ${op} for path: '${op === 'move' ? key : String(pointer)}': Unable to remove nonexistent key: ${key}: missing value`)
  }

  #replace(pointer: unknown, value: unknown): void {
    if (pointer === '') {
      if (!isObject(value) && !Array.isArray(value)) throw unprocessable('replace operation value must be object or array')
      this.document = value
      return
    }
    const { holder, key } = this.#holder(pointer, 'replace')
    if (Array.isArray(holder)) holder[indexOf(key, holder.length, 'replace')] = value
    else setKey(holder, key, value)
  }

  #test(pointer: unknown, expected: unknown): void {
    const actual = pointer === '' ? this.document : this.#read(pointer, 'test')
    if (!equalJson(actual ?? null, expected)) throw unprocessable(`testing value ${String(pointer)} failed: ${testFailed}`)
  }
}

/** Negative indices count from the end. */
function indexOf(token: string, length: number, op: string, where = `${op} operation does not apply`): number {
  const given = /^[+-]?[0-9]+$/.test(token) ? Number(token) : Number.NaN
  const index = given < 0 ? length + given : given
  if (!(index >= 0 && index < length)) throw unprocessable(`${where}: Unable to access invalid index: ${token}: invalid index referenced`)
  return index
}
