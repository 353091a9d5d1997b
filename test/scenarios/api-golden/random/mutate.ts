/** An object changed in random places: fields dropped, doubled, swapped, emptied, nulled, of another value or another type. */
import type { FieldSchema, StructSchema, TypeSchema } from '#apimachinery/schema/types.ts'
import type { SeededRandom } from '#base/seeded-random.ts'
import { isObject, type Json, type JsonObject, type Keys, replaced, sortedKeys } from './json.ts'
import { madeUp, fieldValue } from './values.ts'

export interface Place {
  readonly keys: Keys
  readonly value: Json
  readonly type: TypeSchema | undefined
  /** Of what struct it is which field. */
  readonly struct?: StructSchema
  readonly field?: FieldSchema
}

export interface Mutated {
  readonly object: JsonObject
  /** Where and what, in a few words. */
  readonly said: string
  readonly keys: Keys
}

/** What may be changed of an object of which type. */
export interface Bounds {
  readonly schema: StructSchema | undefined
  readonly untouched: readonly string[]
  /** Only there; or anywhere. A place is left alone with all that is below it. */
  readonly within?: (keys: Keys) => boolean
}

const metadataKept = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'metadata.resourceVersion',
  'metadata.managedFields',
  'metadata.selfLink',
  'apiVersion',
  'kind',
]

export function pathOf(keys: Keys): string {
  return keys.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? key : `${text}.${key}`), '')
}

function isUntouched(keys: Keys, untouched: readonly string[]): boolean {
  const words = keys.map((key) => (typeof key === 'number' ? '*' : key))
  return [...metadataKept, ...untouched].some((path) => {
    const kept = path.split('.')
    return kept.length <= words.length && kept.every((word, index) => word === words[index])
  })
}

/** Every place in an object that may be changed. */
export function placesOf(object: JsonObject, { schema, untouched, within }: Bounds): Place[] {
  const places: Place[] = []
  const visit = (place: Place): void => {
    const { keys, value, type } = place
    if (isUntouched(keys, untouched)) return
    if (within && keys.length > 0 && !within(keys)) return
    // Which times are the same is chance.
    if (typeof value === 'string' && /^202[67]-\d\d-\d\dT/.test(value)) return
    if (keys.length > 0) places.push(place)
    if (Array.isArray(value)) {
      const element = type?.kind === 'list' ? type.element : undefined
      for (const [index, each] of value.entries()) visit({ keys: [...keys, index], value: each, type: element })
    } else if (isObject(value)) {
      for (const key of sortedKeys(value)) {
        const field = type?.kind === 'struct' ? type.byName.get(key) : undefined
        const inner = field?.type ?? (type?.kind === 'map' ? type.value : undefined)
        visit({ keys: [...keys, key], value: value[key]!, type: inner, ...(field ? { struct: type as StructSchema, field } : {}) })
      }
    }
  }
  visit({ keys: [], value: object, type: schema })
  return places
}

/** Any place; or one near the root, from which one goes down by chance. */
export function somePlace(random: SeededRandom, places: readonly Place[]): Place | undefined {
  if (places.length === 0) return undefined
  if (random.chance(0.5)) return random.pick(places)
  let here: Place | undefined
  for (;;) {
    const { keys }: { readonly keys: Keys } = here ?? { keys: [] }
    const below = places.filter((each) => each.keys.length === keys.length + 1 && keys.every((key, index) => each.keys[index] === key))
    if (below.length === 0 || (here && random.chance(0.2))) return here
    here = random.pick(below)
  }
}

type Change = readonly [string, Json | undefined]

/** One place changed. */
export function mutatedOnce(random: SeededRandom, object: JsonObject, bounds: Bounds): Mutated | undefined {
  const places = placesOf(object, bounds)
  const place = somePlace(random, places)
  if (place === undefined) return undefined
  if (isObject(place.value) && random.chance(0.5)) {
    const grafted = graft(random, object, place, bounds)
    if (grafted) return grafted
  }
  const [said, value] = changeOf(random, place, places)
  return { object: replaced(object, place.keys, value) as JsonObject, said: `${pathOf(place.keys)}${said}`, keys: place.keys }
}

/** Some places changed, one after the other. */
export function mutated(random: SeededRandom, object: JsonObject, bounds: Bounds): Mutated {
  const count = random.chance(0.6) ? 1 : random.chance(0.6) ? 2 : 4
  let [now, keys] = [object, [] as Keys]
  const said: string[] = []
  for (let left = count; left > 0; left--) {
    const next = mutatedOnce(random, now, bounds)
    if (!next) break
    now = next.object
    keys = next.keys
    said.push(next.said)
  }
  return { object: now, said: said.join(', '), keys }
}

/** A struct with a field more, or a map with a key more. */
function graft(random: SeededRandom, object: JsonObject, { keys, value, type }: Place, { untouched, within }: Bounds): Mutated | undefined {
  const here = value as JsonObject
  if (type?.kind === 'struct') {
    const absent = [...type.byName.values()].filter(
      (field) => !Object.hasOwn(here, field.name) && !isUntouched([...keys, field.name], untouched) && (within?.([...keys, field.name]) ?? true),
    )
    if (absent.length === 0) return undefined
    const field = random.pick(absent)
    const place = [...keys, field.name]
    return { object: replaced(object, place, fieldValue(random, type, field)) as JsonObject, said: `${pathOf(place)} added`, keys: place }
  }
  const key = random.pick(['a', 'b', 'example.com/x', 'new', 'x'.repeat(3), 'A_b c'])
  const place = [...keys, key]
  const sample = sortedKeys(here).map((each) => here[each]!)
  const made = type?.kind === 'map' ? madeUp(random, type.value) : sample.length > 0 && random.chance(0.7) ? random.pick(sample) : madeUp(random, undefined)
  return { object: replaced(object, place, made) as JsonObject, said: `${pathOf(place)} put`, keys: place }
}

function changeOf(random: SeededRandom, place: Place, places: readonly Place[]): Change {
  if (random.chance(0.22)) return [' left out', undefined]
  if (random.chance(0.12)) return ['=null', null]
  if (random.chance(0.05)) {
    const other = random.pick<Json>(['x', 7, true, [], {}, 1.5, ['x'], [{}]])
    return [`=${JSON.stringify(other)}`, other]
  }
  if (place.struct && place.field && random.chance(0.3)) return [' of another', fieldValue(random, place.struct, place.field)]
  return ofItsForm(random, place, places)
}

function ofItsForm(random: SeededRandom, { keys, value, type }: Place, places: readonly Place[]): Change {
  if (typeof value === 'string') {
    const others = places.filter((each) => typeof each.value === 'string' && each.value !== value)
    const named = type?.kind === 'string' ? (type.values ?? []) : []
    return random.pick<Change>([
      ['=""', ''],
      ['+x', `${value}x`],
      ['+odd', `${value} !`],
      ...(others.length > 0 ? ([['=other', random.pick(others).value]] as Change[]) : []),
      ...(named.length > 0 ? ([['=named', random.pick(named)]] as Change[]) : []),
      ['=made', madeUp(random, type)],
      ['=A', value.toUpperCase()],
    ])
  }
  if (typeof value === 'number') {
    const port = /ort$/.test(String(keys.at(-1)))
    const other = random.pick<Json>([-1, 0, 1, ...(port ? [] : [value + 1, value - 1]), 2147483647, 2147483648, 5])
    return [`=${other}`, other]
  }
  if (typeof value === 'boolean') return [`=${!value}`, !value]
  if (value === null) return ['=made', madeUp(random, type)]
  if (Array.isArray(value)) return ofList(random, value, type)
  return ofMap(random, value)
}

function ofList(random: SeededRandom, value: readonly Json[], type: TypeSchema | undefined): Change {
  const element = type?.kind === 'list' ? type.element : undefined
  const changes: Change[] = [
    ['=[]', []],
    [' and null', [...value, null]],
    [' and {}', [...value, {}]],
    [' and one made', [...value, madeUp(random, element)]],
    [' after one made', [madeUp(random, element), ...value]],
  ]
  if (value.length > 0) {
    const some = random.pick(value)
    const index = random.below(value.length)
    changes.push(
      [' doubled', [...value, some]],
      [' doubled at the front', [some, ...value]],
      [` without ${index}`, value.filter((_, each) => each !== index)],
      [' backwards', value.toReversed()],
      [' rotated', [...value.slice(1), value[0]!]],
    )
  }
  return random.pick(changes)
}

function ofMap(random: SeededRandom, value: JsonObject): Change {
  const names = sortedKeys(value)
  const changes: Change[] = [
    ['={}', {}],
    [' with an unknown field', { ...value, notThere: 'x' }],
  ]
  if (names.length > 0) {
    const name = random.pick(names)
    const { [name]: inner, ...rest } = value
    changes.push(
      [` only ${name}`, { [name]: inner! }],
      [` without ${name}`, rest],
      [` renamed ${name}`, { ...rest, [`${name}x`]: inner! }],
      [` ${name} null`, { ...value, [name]: null }],
    )
  }
  return random.pick(changes)
}
