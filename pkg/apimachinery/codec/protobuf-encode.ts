/**
 * Protobuf encoders compiled from schemas, byte for byte as Go's generated code: fields in order of number,
 * what Go holds by value always written, maps sorted by key. Everything is written backwards (see WireWriter).
 */
import { parseGoDuration } from '../go-duration.ts'
import type { FieldSchema, ScalarKind, StructSchema, TypeSchema } from '../schema/types.ts'
import { jsonSchemaPropsOf } from './decode-json-schema.ts'
import { goJson } from './go-json.ts'
import { parseTime } from './time.ts'
import { BYTES, FIXED64, VARINT, type WireWriter } from './wire.ts'
import { writeJson } from './exact-json.ts'

type Fields = Record<string, unknown>
/** Writes a value, without its tag. */
type Writer = (wire: WireWriter, value: unknown) => void
/** Writes a whole field of the struct it is given. */
type FieldWriter = (wire: WireWriter, struct: Fields) => void

const structWriters = new WeakMap<StructSchema, Writer>()

/** A writer of a struct's fields, without length. */
export function structWriter(schema: StructSchema): Writer {
  let writer = structWriters.get(schema)
  if (writer === undefined) {
    writer = compile(schema)
    structWriters.set(schema, writer)
  }
  return writer
}

function compile(schema: StructSchema): Writer {
  const fields = schema.fields
    .filter(({ number }) => number > 0)
    .sort((a, b) => b.number - a.number)
    .map((field) => fieldWriter(field, schema))
  return (wire, value) => {
    const struct = (value ?? {}) as Fields
    for (const write of fields) write(wire, struct)
  }
}

function message(inner: Writer): Writer {
  return (wire, value) => {
    const before = wire.length
    inner(wire, value)
    wire.varint(wire.length - before)
  }
}

function fieldWriter(field: FieldSchema, owner: StructSchema): FieldWriter {
  const { name, number, type } = field
  if (field.inline && type.kind === 'struct') {
    const write = message((wire, value) => structWriter(type)(wire, value))
    return (wire, struct) => {
      write(wire, struct)
      wire.tag(number, BYTES)
    }
  }
  if (type.kind === 'list') return listWriter(name, number, type.element, owner)
  if (type.kind === 'map') return mapWriter(name, number, type.value, owner)
  const write = valueWriter(type, owner)
  const wireType = wireTypeOf(type)
  const leavesOut = field.pointer === true || type.kind === 'bytes' || type.kind === 'stringListMessage'
  return (wire, struct) => {
    const value = struct[name]
    if (leavesOut && (value === undefined || value === null)) return
    write(wire, value)
    wire.tag(number, wireType)
  }
}

function listWriter(name: string, number: number, element: TypeSchema, owner: StructSchema): FieldWriter {
  const write = valueWriter(element, owner)
  const wireType = wireTypeOf(element)
  return (wire, struct) => {
    const list = struct[name] as readonly unknown[] | undefined | null
    if (!list) return
    for (let index = list.length - 1; index >= 0; index--) {
      write(wire, list[index])
      wire.tag(number, wireType)
    }
  }
}

function mapWriter(name: string, number: number, valueType: TypeSchema, owner: StructSchema): FieldWriter {
  const write = valueWriter(valueType, owner)
  const wireType = wireTypeOf(valueType)
  return (wire, struct) => {
    const map = struct[name] as Fields | undefined | null
    if (!map) return
    const keys = Object.keys(map).sort(byBytes)
    for (let index = keys.length - 1; index >= 0; index--) {
      const key = keys[index]!
      const before = wire.length
      write(wire, map[key])
      wire.tag(2, wireType)
      wire.text(key)
      wire.tag(1, BYTES)
      wire.varint(wire.length - before)
      wire.tag(number, BYTES)
    }
  }
}

/** Go sorts strings by their bytes. */
function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function wireTypeOf({ kind }: TypeSchema): number {
  if (kind === 'boolean' || kind === 'int32' || kind === 'int64') return VARINT
  return kind === 'float64' ? FIXED64 : BYTES
}

function valueWriter(type: TypeSchema, owner: StructSchema): Writer {
  switch (type.kind) {
    case 'struct':
      return message((wire, value) => structWriter(type)(wire, value))
    case 'list':
    case 'map':
      throw new Error('protobuf has no list of lists')
    case 'jsonSchemaPropsOrArray':
    case 'jsonSchemaPropsOrBool':
    case 'jsonSchemaPropsOrStringArray':
      return message(jsonSchemaUnionWriter(type.kind, owner))
    default:
      return scalarWriters[type.kind]
  }
}

function writeTime(wire: WireWriter, value: unknown, micro: boolean): void {
  if (typeof value !== 'string' || value === '') return
  const { seconds, nanos } = parseTime(value)
  wire.varint(micro ? Math.trunc(nanos / 1000) * 1000 : 0)
  wire.tag(2, VARINT)
  wire.varint(seconds)
  wire.tag(1, VARINT)
}

/** As a client of Go wrote it: the controllers compare a ControllerRevision's data byte by byte, and roll everything anew when it differs. */
function writeRaw(wire: WireWriter, value: unknown): void {
  if (value === undefined || value === null) return
  wire.text(goJson(value))
  wire.tag(1, BYTES)
}

function writeFields(wire: WireWriter, value: unknown): void {
  if (value === undefined || value === null) return
  wire.text(writeJson(value))
  wire.tag(1, BYTES)
}

function writeIntOrString(wire: WireWriter, value: unknown): void {
  wire.text(typeof value === 'string' ? value : '')
  wire.tag(3, BYTES)
  wire.varint(typeof value === 'number' ? value : 0)
  wire.tag(2, VARINT)
  wire.varint(typeof value === 'string' ? 1 : 0)
  wire.tag(1, VARINT)
}

function writeStrings(wire: WireWriter, value: unknown, number: number): void {
  const list = (value ?? []) as readonly string[]
  for (let index = list.length - 1; index >= 0; index--) {
    wire.text(list[index]!)
    wire.tag(number, BYTES)
  }
}

const scalarWriters: Record<Exclude<ScalarKind, `jsonSchema${string}`>, Writer> = {
  string: (wire, value) => wire.text((value as string | undefined) ?? ''),
  boolean: (wire, value) => wire.varint(value === true ? 1 : 0),
  int32: (wire, value) => wire.varint((value as number | undefined) ?? 0),
  int64: (wire, value) => wire.varint((value as number | undefined) ?? 0),
  float64: (wire, value) => wire.double((value as number | undefined) ?? 0),
  bytes: (wire, value) => wire.bytes(Buffer.from((value as string | undefined) ?? '', 'base64')),
  quantity: message((wire, value) => {
    wire.text((value as string | undefined) ?? '0')
    wire.tag(1, BYTES)
  }),
  time: message((wire, value) => writeTime(wire, value, false)),
  microTime: message((wire, value) => writeTime(wire, value, true)),
  duration: message((wire, value) => {
    wire.bigint(typeof value === 'string' ? parseGoDuration(value) : 0n)
    wire.tag(1, VARINT)
  }),
  intOrString: message(writeIntOrString),
  rawExtension: message(writeRaw),
  fieldsV1: message(writeFields),
  json: message(writeRaw),
  stringListMessage: message((wire, value) => writeStrings(wire, value, 1)),
}

/** JSONSchemaPropsOrArray, …OrBool and …OrStringArray: which half is set says the value. */
function jsonSchemaUnionWriter(kind: TypeSchema['kind'], owner: StructSchema): Writer {
  const props = jsonSchemaPropsOf(owner)
  const writeProps = message((wire, value) => structWriter(props)(wire, value))
  const orBool = kind === 'jsonSchemaPropsOrBool'
  return (wire, value) => {
    if (Array.isArray(value)) {
      if (kind === 'jsonSchemaPropsOrStringArray') return writeStrings(wire, value, 2)
      for (const each of value.toReversed()) {
        writeProps(wire, each)
        wire.tag(2, BYTES)
      }
    } else if (typeof value === 'object' && value !== null) {
      writeProps(wire, value)
      wire.tag(orBool ? 2 : 1, BYTES)
    }
    if (orBool) {
      wire.varint(value === false ? 0 : 1)
      wire.tag(1, VARINT)
    }
  }
}
