/** Patches of every kind: what turns one object into another, and what is only said to. */
import type { FieldSchema, StructSchema, TypeSchema } from '#apimachinery/schema/types.ts'
import type { SeededRandom } from '#base/seeded-random.ts'
import { isObject, type Json, type JsonObject, type Keys, same, sortedKeys } from './json.ts'
import { type Bounds, type Place, placesOf, somePlace } from './mutate.ts'
import { madeUp, fieldValue } from './values.ts'

/** The merge patch from one to the other. */
export function mergePatch(from: JsonObject, to: JsonObject): JsonObject {
  const patch: JsonObject = {}
  for (const key of new Set([...sortedKeys(from), ...sortedKeys(to)])) {
    const [before, after] = [from[key], to[key]]
    if (same(before, after)) continue
    if (after === undefined) patch[key] = null
    else patch[key] = isObject(before) && isObject(after) ? mergePatch(before, after) : after
  }
  return patch
}

const pointer = (keys: Keys): string => keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** Some operations on places of the object, most of which can be done. */
export function jsonPatch(random: SeededRandom, object: JsonObject, bounds: Bounds): Json[] {
  const places = placesOf(object, bounds)
  const count = 1 + random.below(3)
  return Array.from({ length: count }, () => operation(random, places)).filter((each) => each !== undefined)
}

function operation(random: SeededRandom, places: readonly Place[]): Json | undefined {
  const place = somePlace(random, places)
  if (!place) return undefined
  const path = pointer(place.keys)
  const made = (): Json =>
    place.struct && place.field ? fieldValue(random, place.struct, place.field) : random.chance(0.5) ? place.value : madeUp(random, place.type)
  switch (random.below(9)) {
    case 0:
      return { op: 'remove', path }
    case 1:
    case 2:
      return { op: 'replace', path, value: made() }
    case 3:
      return { op: 'add', path, value: random.chance(0.1) ? null : made() }
    case 4:
      return { op: 'test', path, value: random.chance(0.7) ? place.value : made() }
    case 5: {
      const other = somePlace(random, places)!
      return { op: random.pick(['move', 'copy']), from: pointer(other.keys), path }
    }
    case 6:
      return Array.isArray(place.value)
        ? { op: 'add', path: `${path}/-`, value: madeUp(random, place.type?.kind === 'list' ? place.type.element : undefined) }
        : { op: 'add', path, value: place.value }
    case 7:
      return isObject(place.value)
        ? { op: 'add', path: `${path}/${random.pick(['new', 'a', 'example.com~1x', 'name'])}`, value: random.pick<Json>(['x', 1, null, {}]) }
        : { op: 'replace', path, value: made() }
    default:
      return random.chance(0.3) ? { op: random.pick(['remove', 'replace', 'test', 'nothing']), path: `${path}/missing`, value: 'x' } : { op: 'remove', path }
  }
}

/** A strategic merge patch of the object: values, nulls, and the directives of maps and lists. */
export function strategicPatch(random: SeededRandom, object: JsonObject, bounds: Bounds & { readonly schema: StructSchema }): JsonObject {
  const open = new Set(placesOf(object, bounds).map(({ keys }) => pointer(keys)))
  const ofStruct = (value: JsonObject, type: StructSchema, keys: Keys, depth: number): JsonObject => {
    const patch: JsonObject = {}
    const names = sortedKeys(value).filter((name) => open.has(pointer([...keys, name])))
    const count = depth === 0 ? 1 + random.below(2) : 1 + random.below(3)
    for (let left = count; left > 0 && names.length > 0; left--) {
      const name = random.pick(names)
      const field = type.byName.get(name)
      if (field) ofField(patch, value[name]!, type, field, [...keys, name], depth + 1)
      else patch[name] = random.pick<Json>([null, value[name]!])
    }
    if (depth > 0 && random.chance(0.25)) {
      const field = random.pick([...type.byName.values()])
      if (field.name !== 'managedFields' && field.name !== 'selfLink') patch[field.name] = random.chance(0.2) ? null : fieldValue(random, type, field)
    }
    if (depth > 0 && random.chance(0.05)) patch.$patch = random.pick(['replace', 'delete', 'merge', 'other'])
    if (depth > 0 && random.chance(0.05))
      patch.$retainKeys = [...new Set([...Object.keys(patch).filter((key) => !key.startsWith('$')), ...(names.length > 0 ? [random.pick(names)] : [])])]
    return patch
  }
  const ofField = (patch: JsonObject, value: Json, type: StructSchema, field: FieldSchema, keys: Keys, depth: number): void => {
    const { name } = field
    if (random.chance(0.08)) patch[name] = null
    else if (field.type.kind === 'struct' && isObject(value) && random.chance(0.85)) patch[name] = ofStruct(value, field.type, keys, depth)
    else if (field.type.kind === 'map' && isObject(value) && random.chance(0.9)) patch[name] = ofMap(value, field.type.value)
    else if (field.type.kind === 'list' && Array.isArray(value) && field.patchStrategy?.includes('merge')) ofList(patch, value, type, field, keys, depth)
    else patch[name] = random.chance(0.2) ? value : fieldValue(random, type, field)
  }
  const ofMap = (value: JsonObject, type: TypeSchema): JsonObject => {
    const patch: JsonObject = {}
    for (const name of sortedKeys(value)) if (random.chance(0.3)) patch[name] = random.chance(0.5) ? null : madeUp(random, type)
    if (random.chance(0.5)) patch[random.pick(['a', 'new', 'example.com/x'])] = madeUp(random, type)
    if (random.chance(0.1)) patch.$patch = random.pick(['replace', 'delete'])
    return patch
  }
  const ofList = (patch: JsonObject, value: readonly Json[], struct: StructSchema, field: FieldSchema, keys: Keys, depth: number): void => {
    const { name, patchMergeKey: key } = field
    const element = field.type.kind === 'list' ? field.type.element : undefined
    if (key === undefined || element?.kind !== 'struct') {
      if (random.chance(0.5)) patch[`$deleteFromPrimitiveList/${name}`] = value.filter(() => random.chance(0.4))
      if (random.chance(0.6)) patch[name] = [...(random.chance(0.3) ? [...value] : []), madeUp(random, element)]
      if (random.chance(0.3)) patch[`$setElementOrder/${name}`] = shuffled(random, [...value, ...((patch[name] as Json[] | undefined) ?? [])])
      return
    }
    const items: JsonObject[] = []
    for (const [index, each] of value.entries()) {
      if (!isObject(each) || !random.chance(0.45)) continue
      const identity: JsonObject = each[key] === undefined ? {} : { [key]: each[key]! }
      const chosen = random.below(8)
      if (chosen === 0) items.push({ $patch: 'delete', ...identity })
      else if (chosen === 1) items.push({ ...ofStruct(each, element, [...keys, index], depth + 1), ...identity, $patch: random.pick(['replace', 'merge']) })
      else items.push({ ...ofStruct(each, element, [...keys, index], depth + 1), ...identity })
    }
    if (random.chance(0.35)) {
      const donors = fieldValue(random, struct, field)
      const fresh = Array.isArray(donors) && donors.length > 0 ? random.pick(donors) : madeUp(random, element)
      if (isObject(fresh)) items.push(fresh)
    }
    if (random.chance(0.05)) items.push({ $patch: 'replace' })
    if (random.chance(0.03)) items.push({})
    patch[name] = items
    if (random.chance(0.4)) {
      const known = [...value, ...items]
        .filter(isObject)
        .map((each) => each[key])
        .filter((each) => each !== undefined)
      const unique = [...new Set(known.map((each) => JSON.stringify(each)))].map((each) => ({ [key]: JSON.parse(each) }) as JsonObject)
      patch[`$setElementOrder/${name}`] = shuffled(random, random.chance(0.85) ? unique : unique.slice(1))
    }
  }
  return ofStruct(object, bounds.schema, [], 0)
}

function shuffled<T>(random: SeededRandom, values: readonly T[]): T[] {
  const copy = [...values]
  for (let index = copy.length - 1; index > 0; index--) {
    const other = random.below(index + 1)
    ;[copy[index], copy[other]] = [copy[other]!, copy[index]!]
  }
  return random.chance(0.6) ? copy : [...values]
}

/** A part of an object, with the keys that name elements. */
export function partOf(random: SeededRandom, value: Json, type: TypeSchema | undefined, keep = 0.6, keys: readonly string[] = []): Json {
  if (Array.isArray(value)) return value
  if (!isObject(value)) return value
  const part: JsonObject = {}
  for (const name of sortedKeys(value)) {
    if (!keys.includes(name) && !random.chance(keep)) continue
    const field = type?.kind === 'struct' ? type.byName.get(name) : undefined
    const inner = field?.type ?? (type?.kind === 'map' ? type.value : undefined)
    const each = value[name]!
    if (Array.isArray(each)) {
      const element = inner?.kind === 'list' ? inner.element : undefined
      const identity = field?.listMapKeys ?? (field || type === undefined ? ['name', 'port', 'protocol', 'type', 'key'] : [])
      const isWhole = field?.listType === 'atomic' || (field && field.listType === undefined)
      part[name] = isWhole ? each : each.filter(() => random.chance(0.75)).map((item) => partOf(random, item, element, 0.7, identity))
    } else part[name] = partOf(random, each, inner, 0.75)
  }
  return part
}
