/** Fields by path: "spec/template/metadata/labels" of field specs, "spec.containers.[name=web].image" of replacements. */
import { getKey, isObject, setKey } from '#apimachinery/json-value.ts'
import { KustomizeError, wrapped } from './errors.ts'
import { formatId, groupVersionOf, selectedByGvk } from './res-id.ts'
import type { Resource } from './resource.ts'
import type { FieldSpec } from './types.ts'

/** One field, to be read and set. */
export interface Slot {
  get(): unknown
  set(value: unknown): void
}

/** What stands in a field that a spec with `create` makes. */
export type Created = 'text' | 'map' | 'none'

/** Splits at the delimiter; `\/` is none. */
export function splitPath(path: string, delimiter: string): string[] {
  const parts: string[] = []
  for (const part of path.split(delimiter)) {
    const last = parts.at(-1)
    if (last?.endsWith('\\')) parts[parts.length - 1] = last.slice(0, -1) + delimiter + part
    else parts.push(part)
  }
  return parts.length > 1 && parts[0] === '' ? parts.slice(1) : parts
}

/** Calls `visit` for every field of the object that the spec names. */
export function visitFields(resource: Resource, spec: FieldSpec, created: Created, visit: (slot: Slot) => void): void {
  const { object } = resource
  if (!selectedByGvk({ ...groupVersionOf(String(object.apiVersion ?? '')), kind: object.kind }, spec)) return
  try {
    walk(rootSlot(resource), splitPath(spec.path, '/'), spec.create === true ? created : 'none', visit)
  } catch (error) {
    throw wrapped(error, `considering field '${spec.path}' of object ${formatId(resource.id)}`)
  }
}

export function rootSlot(resource: Resource): Slot {
  return {
    get: () => resource.object,
    set: (value) => {
      resource.object = value
    },
  }
}

export function slotOf(container: any, key: string | number): Slot {
  if (typeof key === 'number') return { get: () => container[key], set: (value) => void container.splice(key, 1, value) }
  return { get: () => getKey(container, key), set: (value) => setKey(container, key, value) }
}

function walk(slot: Slot, path: readonly string[], created: Created, visit: (slot: Slot) => void): void {
  const here = slot.get()
  if (path.length === 0) {
    visit(slot)
    return
  }
  if (here === null || here === undefined) return
  if (Array.isArray(here)) {
    for (let index = 0; index < here.length; index++) walk(slotOf(here, index), path, created, visit)
    return
  }
  if (!isObject(here)) throw new KustomizeError('expected sequence or mapping node')
  const [first, ...rest] = path as [string, ...string[]]
  const isList = first.endsWith('[]')
  const name = isList ? first.slice(0, -2) : first
  if (name === '') throw new KustomizeError('cannot set or create an empty field name')
  const inner = slotOf(here, name)
  const value = inner.get()
  if (value === undefined || value === null) {
    if (created === 'none' || isList) return
    inner.set(rest.length > 0 || created === 'map' ? {} : '')
  }
  walk(inner, rest, created, visit)
}
