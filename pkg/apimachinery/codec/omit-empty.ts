/**
 * What becomes of empty lists and maps when an object is written. To Go an empty list is not none while it is in memory, so that the decoder
 * keeps what was given, and defaults, admission and validation see it; the encoder leaves it out where its field is `omitempty`. Kubernetes
 * keeps its objects as protobuf, which has one form for an empty list and for none: fields without omitempty come back from there as null.
 */
import type { FieldSchema, StructSchema, TypeSchema } from '../schema/types.ts'
import { jsonSchemaPropsOf } from './decode-json-schema.ts'

type Fields = Record<string, unknown>
/** Gives the value itself where nothing in it is empty. `stored`: as it comes back from protobuf. */
type Visit = (value: unknown, stored: boolean) => unknown

interface Rule {
  /** `omitempty`: it goes. */
  readonly omitted: boolean
  /** Null where it was stored. */
  readonly nulled: boolean
  readonly within: Visit | undefined
}

/** Undefined where nothing in a type can be empty so. */
const visits = new WeakMap<StructSchema, Visit | undefined>()

/** As Go's encoder writes it, without empty `omitempty` lists and maps: the value itself when there are none, else a copy that shares the rest. */
export function omitEmpty<T>(schema: TypeSchema, value: T): T {
  const visit = visitOf(schema, undefined)
  return visit ? (visit(value, false) as T) : value
}

/** As `omitEmpty`, and null for each empty list and map that would be so when it comes back from a store of protobuf. */
export function storedForm<T extends object>(schema: StructSchema, object: T): T {
  const visit = visitOfStruct(schema)
  return visit ? (visit(object, true) as T) : object
}

function visitOf(type: TypeSchema, owner: StructSchema | undefined): Visit | undefined {
  switch (type.kind) {
    case 'struct':
      return visitOfStruct(type)
    case 'list':
    case 'map': {
      const visit = visitOf(type.kind === 'list' ? type.element : type.value, owner)
      return visit && ((value, stored) => visitEach(value, stored, visit))
    }
    case 'jsonSchemaPropsOrArray':
    case 'jsonSchemaPropsOrBool':
    case 'jsonSchemaPropsOrStringArray': {
      const visit = owner && visitOfStruct(jsonSchemaPropsOf(owner))
      return visit && ((value, stored) => (Array.isArray(value) ? visitEach(value, stored, visit) : visit(value, stored)))
    }
    default:
      return undefined
  }
}

function visitOfStruct(schema: StructSchema): Visit | undefined {
  if (!visits.has(schema)) {
    // Types that hold themselves are looked up when they are met.
    visits.set(schema, (value, stored) => visits.get(schema)?.(value, stored) ?? value)
    visits.set(schema, compile(schema))
  }
  return visits.get(schema)
}

function compile(schema: StructSchema): Visit | undefined {
  const rules = new Map([...schema.byName.values()].flatMap((field) => ruleOf(field, schema)))
  if (rules.size === 0) return undefined
  return (value, stored) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const object = value as Fields
    let copy: Fields | undefined
    for (const name in object) {
      const inner = object[name]
      if (typeof inner !== 'object' || inner === null) continue
      const rule = rules.get(name)
      if (rule === undefined) continue
      if ((rule.omitted || (stored && rule.nulled)) && isEmpty(inner)) {
        copy ??= { ...object }
        if (rule.omitted) delete copy[name]
        else copy[name] = null
      } else if (rule.within !== undefined) {
        const written = rule.within(inner, stored)
        if (written === inner) continue
        copy ??= { ...object }
        copy[name] = written
      }
    }
    return copy ?? object
  }
}

function ruleOf({ name, type, pointer, omitEmpty: omits, nullable }: FieldSchema, owner: StructSchema): [string, Rule][] {
  const emptiable = type.kind === 'list' || type.kind === 'map'
  const omitted = emptiable && omits === true && pointer !== true
  const nulled = emptiable && nullable === true
  const within = visitOf(type, owner)
  return omitted || nulled || within ? [[name, { omitted, nulled, within }]] : []
}

function visitEach(value: unknown, stored: boolean, visit: Visit): unknown {
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined
    for (let index = 0; index < value.length; index++) {
      const written = visit(value[index], stored)
      if (written === value[index]) continue
      copy ??= [...value]
      copy[index] = written
    }
    return copy ?? value
  }
  if (typeof value !== 'object' || value === null) return value
  let copy: Fields | undefined
  for (const key of Object.keys(value)) {
    const inner = (value as Fields)[key]
    const written = visit(inner, stored)
    if (written === inner) continue
    copy ??= { ...(value as Fields) }
    copy[key] = written
  }
  return copy ?? value
}

function isEmpty(value: object): boolean {
  if (Array.isArray(value)) return value.length === 0
  for (const _ in value) return false
  return true
}
