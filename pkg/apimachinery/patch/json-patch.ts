/** JSON patch (RFC 6902), with what upstream's library (evanphx/json-patch v4) adds: negative indices. */
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
    throw requestEntityTooLarge(`The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`)
  }
  const target = new Target(cloneJson(document))
  for (const operation of patch) target.apply(operation as JsonPatchOperation)
  return target.document as T
}

/** Pointer tokens: "/a~1b/0" is ["a/b", "0"]. */
function tokens(pointer: unknown, operation: string): string[] {
  if (typeof pointer !== 'string') throw unprocessable(`${operation} operation does not apply: unable to decode path`)
  if (pointer === '') return []
  if (!pointer.startsWith('/')) throw unprocessable(`${operation} operation does not apply: doc is missing path: "${pointer}": missing value`)
  return pointer.slice(1).split('/').map(unescapeToken)
}

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
    if (!isObject(operation)) throw badPatch('json: cannot unmarshal into Go value of type jsonpatch.Operation')
    const { op, path } = operation
    const at = tokens(path, String(op))
    if (op === 'add') this.#add(at, this.#valueOf(operation))
    else if (op === 'remove') this.#remove(at, op)
    else if (op === 'test') this.#test(at, operation)
    else if (op === 'move') this.#add(at, this.#remove(tokens(operation.from, op), op))
    else if (op === 'copy') this.#add(at, this.#copy(this.#read(tokens(operation.from, op), op)))
    else if (op === 'replace') this.#put(at, this.#valueOf(operation))
    else throw unprocessable(`Unexpected kind: ${String(op)}`)
  }

  #valueOf(operation: JsonPatchOperation): unknown {
    return operation.value === undefined ? null : cloneJson(operation.value)
  }

  #copy(value: unknown): unknown {
    this.#copied += writeJson(value)?.length ?? 0
    if (this.#copied > MAX_COPIED_BYTES)
      throw unprocessable(`Unable to complete the copy, the accumulated size increase of copy is ${this.#copied}, exceeding the limit ${MAX_COPIED_BYTES}`)
    return cloneJson(value)
  }

  #test(at: readonly string[], operation: JsonPatchOperation): void {
    const expected = operation.value ?? null
    let actual: unknown
    try {
      actual = this.#read(at, 'test')
    } catch (error) {
      if (expected === null) return
      throw error
    }
    if (!equalJson(actual ?? null, expected)) throw unprocessable(`testing path ${operation.path} failed: test failed`)
  }

  #parent(at: readonly string[], op: string): JsonObject | unknown[] {
    let here = this.document
    for (const token of at.slice(0, -1)) here = child(here, token)
    if (isObject(here) || Array.isArray(here)) return here
    throw missing(op, at)
  }

  #read(at: readonly string[], op: string): unknown {
    if (at.length === 0) return this.document
    const value = child(this.#parent(at, op), at[at.length - 1]!)
    if (value === undefined) throw missing(op, at)
    return value
  }

  /** Sets an item that is there already, or whatever field: that of upstream's library need not be there. */
  #put(at: readonly string[], value: unknown): void {
    if (at.length === 0) this.document = value
    else {
      const parent = this.#parent(at, 'replace')
      const last = at[at.length - 1]!
      if (Array.isArray(parent)) parent[indexOf(last, parent.length, 'replace', at)] = value
      else setKey(parent, last, value)
    }
  }

  #add(at: readonly string[], value: unknown): void {
    if (at.length === 0) {
      this.document = value
      return
    }
    const parent = this.#parent(at, 'add')
    const last = at[at.length - 1]!
    if (!Array.isArray(parent)) setKey(parent, last, value)
    else if (last === '-') parent.push(value)
    else parent.splice(indexOf(last, parent.length + 1, 'add', at), 0, value)
  }

  #remove(at: readonly string[], op: string): unknown {
    const removed = this.#read(at, op)
    if (at.length === 0) this.document = null
    else {
      const parent = this.#parent(at, op)
      const last = at[at.length - 1]!
      if (Array.isArray(parent)) parent.splice(indexOf(last, parent.length, op, at), 1)
      else delete parent[last]
    }
    return removed
  }
}

function missing(op: string, at: readonly string[]): Error {
  return unprocessable(`${op} operation does not apply: doc is missing path: "/${at.join('/')}": missing value`)
}

/** Negative indices count from the end. */
function indexOf(token: string, length: number, op: string, at: readonly string[]): number {
  const given = /^-?[0-9]+$/.test(token) ? Number(token) : Number.NaN
  const index = given < 0 ? length + given : given
  if (!(index >= 0 && index < length))
    throw unprocessable(`${op} operation does not apply: Unable to access invalid index: ${token} of /${at.join('/')}: invalid index referenced`)
  return index
}

function child(value: unknown, token: string): unknown {
  if (Array.isArray(value)) return /^-?[0-9]+$/.test(token) ? value.at(Number(token)) : undefined
  return isObject(value) ? getKey(value, token) : undefined
}
