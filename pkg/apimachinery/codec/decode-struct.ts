/**
 * Decoders compiled from schemas, each on first use.
 *
 * They leave an object as Go's decoder would: names case-sensitive, unknown fields dropped and noted, nulls
 * and empty `omitempty` scalars dropped, structs held by value present, the rest present with their zero.
 * Empty lists and maps are kept where they were given, until they are written (`omit-empty.ts`). Fields come out in the schema's order and map keys sorted, so that
 * JSON.stringify of a decoded object is deterministic.
 */
import { jsonSchemaUnion } from './decode-json-schema.ts'
import { type Decoder, scalarDecoder } from './decode-scalar.ts'
import type { DecodeState, Step } from './decode-state.ts'
import { goFieldType, goType, packageName, typeName } from './go-types.ts'
import type { FieldSchema, ListSchema, MapSchema, StructSchema, TypeSchema } from '../schema/types.ts'
import { isObject } from '../json-value.ts'
import { zeroOf } from './zero.ts'

type Fields = Record<string, unknown>

interface FieldDecoder {
  readonly name: string
  readonly step: Step
  readonly decode: Decoder
  readonly isString: boolean
  /** Empty values are left out; of lists and maps only the encoder does so. */
  readonly dropsEmpty: boolean
  /** What stands there when nothing is given; undefined: the field is left out. */
  readonly zero: (() => unknown) | undefined
}

const structDecoders = new WeakMap<StructSchema, Decoder>()

export function structDecoder(schema: StructSchema): Decoder {
  let decoder = structDecoders.get(schema)
  if (decoder === undefined) {
    decoder = compileStruct(schema)
    structDecoders.set(schema, decoder)
  }
  return decoder
}

/** By type, for what stands in a list or map, or is a field's value. */
function decoderOf(schema: TypeSchema, owner: StructSchema, type = goType(schema, packageName(owner))): Decoder {
  switch (schema.kind) {
    case 'struct':
      // Looked up late: types refer to themselves.
      return (value, state) => structDecoder(schema)(value, state)
    case 'list':
      return listDecoder(schema, owner, type)
    case 'map':
      return mapDecoder(schema, owner, type)
    case 'jsonSchemaPropsOrArray':
    case 'jsonSchemaPropsOrBool':
    case 'jsonSchemaPropsOrStringArray':
      return jsonSchemaUnion(schema.kind, owner, structDecoder)
    default:
      return scalarDecoder(schema, type)
  }
}

function fieldDecoder(field: FieldSchema, schema: StructSchema): FieldDecoder {
  const { kind } = field.type
  const emptiable = !field.pointer && field.omitEmpty === true && kind !== 'struct' && kind !== 'list' && kind !== 'map'
  return {
    name: field.name,
    step: field.name,
    decode: decoderOf(field.type, schema, goFieldType(field, schema)),
    isString: kind === 'string',
    dropsEmpty: emptiable,
    zero: zeroOf(field),
  }
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object') {
    if (value === null) return false
    if (Array.isArray(value)) return value.length === 0
    for (const _ in value) return false
    return true
  }
  return value === '' || value === 0 || value === false
}

/** Kinds whose Go types are structs, and which `omitempty` therefore never leaves out. */
const neverEmpty: ReadonlySet<string> = new Set(['quantity', 'time', 'microTime', 'duration', 'intOrString', 'rawExtension', 'json', 'fieldsV1'])

function compileStruct(schema: StructSchema): Decoder {
  const name = typeName(schema)
  const type = goType(schema, packageName(schema))
  const known = schema.byName
  const within = inlinedIn(schema)
  const fields = [...known.values()].map((field) => {
    const inlined = within.get(field.name)
    const decoder = { ...fieldDecoder(field, schema), ...(inlined ? { step: { within: inlined, field: field.name } } : {}) }
    return neverEmpty.has(field.type.kind) ? { ...decoder, dropsEmpty: false } : decoder
  })
  return (value, state) => {
    if (!isObject(value)) return state.mismatch(value, type)
    const source = value
    const outer = state.struct
    const target: Fields = {}
    let seen = 0
    let noted: Map<string, string[]> | undefined
    for (const field of fields) {
      const raw = source[field.name]
      if (raw === undefined || raw === null) {
        if (raw === null) seen++
        if (field.zero !== undefined) target[field.name] = field.zero()
        continue
      }
      seen++
      if (field.isString && typeof raw === 'string') {
        if (raw !== '' || !field.dropsEmpty) target[field.name] = raw
        continue
      }
      state.struct = name
      const before = state.strict.length
      state.enter(field.step)
      const decoded = field.decode(raw, state)
      state.leave()
      if (state.strict.length > before) {
        noted ??= new Map()
        noted.set(field.name, state.strict.splice(before))
      }
      if (decoded === null) {
        if (field.zero !== undefined) target[field.name] = field.zero()
      } else if (!field.dropsEmpty || !isEmpty(decoded)) target[field.name] = decoded
    }
    for (const _ in source) seen--
    if (seen !== 0 || noted !== undefined) noteUnknown(source, known, state, noted)
    state.struct = outer
    return target
  }
}

/** Names of the inlined structs that a field is in. */
function inlinedIn(schema: StructSchema, outer: readonly string[] = [], found = new Map<string, readonly string[]>()): ReadonlyMap<string, readonly string[]> {
  for (const { name, inline, type } of schema.fields) {
    if (inline && type.kind === 'struct') inlinedIn(type, [...outer, typeName(type)], found)
    else if (outer.length > 0) found.set(name, outer)
  }
  return found
}

/** In the document's order, whatever the schema's. */
function noteUnknown(source: Fields, known: ReadonlyMap<string, unknown>, state: DecodeState, noted: ReadonlyMap<string, string[]> | undefined): void {
  for (const name in source) {
    if (known.has(name)) state.noteAll(noted?.get(name) ?? [])
    else if (source[name] !== undefined) state.unknownField(name)
  }
}

/** What null stands for inside a list or map. */
function zeroElement(schema: TypeSchema): unknown {
  return zeroOf({ name: '', number: 0, type: schema })?.() ?? null
}

function listDecoder(schema: ListSchema, owner: StructSchema, type: string): Decoder {
  const element = decoderOf(schema.element, owner)
  return (value, state) => {
    if (!Array.isArray(value)) return state.mismatch(value, type)
    const target = new Array<unknown>(value.length)
    for (let index = 0; index < value.length; index++) {
      const raw: unknown = value[index]
      if (raw === null || raw === undefined) target[index] = zeroElement(schema.element)
      else {
        state.enter(index)
        target[index] = element(raw, state)
        state.leave()
      }
    }
    return target
  }
}

function mapDecoder(schema: MapSchema, owner: StructSchema, type: string): Decoder {
  const decodeValue = decoderOf(schema.value, owner)
  return (value, state) => {
    if (!isObject(value)) return state.mismatch(value, type)
    const source = value
    const target: Fields = {}
    for (const key of Object.keys(source).sort()) {
      const raw = source[key]
      if (raw === undefined) continue
      let decoded: unknown
      if (raw === null) decoded = zeroElement(schema.value)
      else {
        state.enter({ key })
        decoded = decodeValue(raw, state)
        state.leave()
      }
      if (key === '__proto__') Object.defineProperty(target, key, { value: decoded, enumerable: true, writable: true, configurable: true })
      else target[key] = decoded
    }
    return target
  }
}
