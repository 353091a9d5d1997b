/**
 * From one good object many that are wrong, or odd, in one place each: what is left out, empty, of another type, out of
 * range, malformed, doubled or unknown.
 */
import type { Question } from './types.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export interface Mutation {
  /** Where and what: `spec.replicas=-1`. */
  readonly name: string
  readonly object: Json
}

const odd = 'Not_Valid! '
const long = 'x'.repeat(300)

export interface MutationOptions {
  /** Paths that start with one of these are left as they are. */
  readonly skip?: readonly string[]
  /** Nothing of another type, unknown or beyond what fits: for what is decoded as many others are. */
  readonly brief?: boolean
}

const ofDecoding = new Set(['7', '"x"', '2147483648'])

/** The object with one place changed, for every place in it. */
export function* mutationsOf(object: unknown, { skip = [], brief = false }: MutationOptions = {}): Generator<Mutation> {
  const whole = object as Json
  const skipped = (path: string): boolean => skip.some((each) => path === each || path.startsWith(`${each}.`) || path.startsWith(`${each}[`))
  function* at(value: Json, keys: readonly (string | number)[]): Generator<Mutation> {
    const path = keys.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`), '')
    if (path !== '' && (path === 'apiVersion' || path === 'kind' || skipped(path))) return
    const changed = (label: string, other: Json | undefined): Mutation => ({ name: `${path}${label}`, object: replaced(whole, keys, other) })
    if (path !== '') {
      yield changed(' left out', undefined)
      for (const [label, other] of variantsOf(value)) if (!brief || !(ofDecoding.has(label) || isOfOtherForm(value, other))) yield changed(`=${label}`, other)
    }
    if (Array.isArray(value)) for (const [index, each] of value.entries()) yield* at(each, [...keys, index])
    else if (value !== null && typeof value === 'object') for (const key of Object.keys(value)) yield* at(value[key]!, [...keys, key])
  }
  yield* at(whole, [])
}

function isOfOtherForm(value: Json, other: Json): boolean {
  return value !== null && typeof value === 'object' && (Array.isArray(value) !== Array.isArray(other) || 'notThere' in (other as object))
}

function variantsOf(value: Json): [string, Json][] {
  switch (typeof value) {
    case 'string':
      return [
        ['""', ''],
        ['odd', odd],
        ['long', long],
        ['7', 7],
      ]
    case 'number':
      return [
        ['-1', -1],
        ['0', 0],
        ['2147483647', 2147483647],
        ['2147483648', 2147483648],
        ['"x"', 'x'],
      ]
    case 'boolean':
      return [
        [String(!value), !value],
        ['"x"', 'x'],
      ]
    default:
      if (value === null) return []
      if (Array.isArray(value)) return [['[]', []], ...(value.length > 0 ? ([['doubled', [...value, value[0]!]]] as [string, Json][]) : []), ['{}', {}]]
      return [
        ['{}', {}],
        ['[]', []],
        ['with an unknown field', { ...value, notThere: 'x' }],
      ]
  }
}

function replaced(value: Json, [key, ...rest]: readonly (string | number)[], other: Json | undefined): Json {
  if (key === undefined) return other ?? null
  if (Array.isArray(value)) {
    const copy = [...value]
    if (rest.length === 0 && other === undefined) copy.splice(key as number, 1)
    else copy[key as number] = rest.length === 0 ? other! : replaced(value[key as number]!, rest, other)
    return copy
  }
  const copy = { ...(value as { [key: string]: Json }) }
  if (rest.length === 0 && other === undefined) delete copy[key]
  else copy[key] = rest.length === 0 ? other! : replaced(copy[key]!, rest, other)
  return copy
}

const dry = 'dryRun=All&fieldValidation=Strict'

/** Asks to create each of them, without keeping any: under a name that nothing has, or all that is good says "already exists". `base` is the collection's path. */
export function createEach(label: string, base: string, object: unknown, options: MutationOptions = {}): Question[] {
  const first: Question = { key: `create ${label}`, method: 'POST', path: `${base}?${dry}`, body: object, whole: true }
  return [
    first,
    ...[...mutationsOf(object, options)].map(
      ({ name, object: body }): Question => ({ key: `create ${label} ${name}`, method: 'POST', path: `${base}?${dry}`, body }),
    ),
  ]
}

/** Asks to put each in the place of the object that `setup` created, without keeping any. `path` is the object's (or its subresource's). */
export function updateEach(label: string, path: string, object: unknown, options: MutationOptions = {}): Question[] {
  const first: Question = { key: `update ${label}`, method: 'PUT', path: `${path}?${dry}`, body: object, whole: true }
  return [
    first,
    ...[...mutationsOf(object, options)].map(
      ({ name, object: body }): Question => ({ key: `update ${label} ${name}`, method: 'PUT', path: `${path}?${dry}`, body }),
    ),
  ]
}
