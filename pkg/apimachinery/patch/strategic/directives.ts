/** The words a strategic merge patch may say beside data. */
import { isObject, type JsonObject } from '../../json-value.ts'
import { goText, goTypeOf } from '../../go-text.ts'
import { badPatch, internal } from '../errors.ts'

export const PATCH = '$patch'
export const RETAIN_KEYS = '$retainKeys'
export const DELETE_FROM = '$deleteFromPrimitiveList'
export const SET_ORDER = '$setElementOrder'

export const badOrder = (): Error => badPatch('invalid patch format of setElementOrder list')
export const badDeletion = (): Error => badPatch('invalid patch format of primitive list')
export const badRetainKeys = (): Error => badPatch('invalid patch format of retainKeys')

export function isDirective(key: string): boolean {
  return key === PATCH || key === RETAIN_KEYS || key.startsWith(DELETE_FROM) || key.startsWith(SET_ORDER)
}

/** "containers" of "$setElementOrder/containers". */
export function fieldOf(key: string, prefix: string): string {
  const slash = key.indexOf('/')
  if (slash < 0 || key.slice(0, slash) !== prefix) throw prefix === DELETE_FROM ? badDeletion() : badOrder()
  return key.slice(slash + 1)
}

export function unknownPatchType(directive: unknown, inside: JsonObject): Error {
  const type = typeof directive === 'string' ? directive : directive === null ? '%!s(<nil>)' : `%!s(${goTypeOf(directive)}=${goText(directive)})`
  return internal(`unknown patch type: ${type} in map: ${goText(inside)}`)
}

const REMOVED = Symbol('removed')

/** A new value as it is kept: without elements that only carried directives, and of a new field without nulls. */
export function withoutDirectives(value: unknown, nulls: 'discarded' | 'kept' = 'discarded'): unknown {
  const kept = strip(value, nulls === 'kept')
  return kept === REMOVED ? undefined : kept
}

function strip(value: unknown, keepsNulls: boolean): unknown {
  if (Array.isArray(value)) return value.map((each) => strip(each, keepsNulls)).filter((each) => each !== REMOVED)
  if (!isObject(value)) return value
  if (Object.hasOwn(value, PATCH)) return REMOVED
  const kept: JsonObject = {}
  for (const key of Object.keys(value)) {
    if (value[key] === null && !keepsNulls) continue
    const inner = strip(value[key], keepsNulls)
    if (inner !== REMOVED) kept[key] = inner
  }
  return kept
}

/** `$retainKeys`: what the patch does not list is dropped from the original. */
export function applyRetainKeys(original: JsonObject, patch: JsonObject): void {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return
  const list = patch[RETAIN_KEYS]
  delete patch[RETAIN_KEYS]
  if (!Array.isArray(list)) throw badRetainKeys()
  const retained = new Set<unknown>(list)
  for (const [key, value] of Object.entries(patch)) {
    if (value !== null && !isDirective(key) && !retained.has(key)) throw badRetainKeys()
  }
  for (const key of Object.keys(original)) if (!retained.has(key)) delete original[key]
}
