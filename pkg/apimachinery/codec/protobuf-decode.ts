/** Protobuf decoders driven by the schema: from the wire to the JSON form, zeros and order left to the normaliser. */
import { formatGoDuration } from '../go-duration.ts'
import type { FieldSchema, StructSchema, TypeSchema } from '../schema/types.ts'
import { jsonSchemaPropsOf } from './decode-json-schema.ts'
import { DecodeError, MAX_DEPTH } from './errors.ts'
import { parseJson } from './json-text.ts'
import { formatMicroTime, formatTime } from './time.ts'
import { BYTES, VARINT, type WireReader } from './wire.ts'
import { readJson } from './exact-json.ts'

type Fields = Record<string, unknown>

/** What an embedded object's bytes say, when they are an envelope of their own. */
export type EnvelopeReader = (bytes: Buffer) => unknown

const fieldTables = new WeakMap<StructSchema, ReadonlyMap<number, FieldSchema>>()

function fieldsOf(schema: StructSchema): ReadonlyMap<number, FieldSchema> {
  let table = fieldTables.get(schema)
  if (table === undefined) {
    table = new Map(schema.fields.filter(({ number }) => number > 0).map((field) => [field.number, field]))
    fieldTables.set(schema, table)
  }
  return table
}

export class ProtobufDecoder {
  readonly #envelope: EnvelopeReader
  #depth = 0

  constructor(envelope: EnvelopeReader) {
    this.#envelope = envelope
  }

  struct(schema: StructSchema, wire: WireReader, target: Fields = {}): Fields {
    if (++this.#depth > MAX_DEPTH) throw new DecodeError('exceeded max depth')
    const fields = fieldsOf(schema)
    while (!wire.done) {
      const tag = wire.small()
      const field = fields.get(Math.floor(tag / 8))
      if (field === undefined) wire.skip(tag % 8)
      else this.#field(field, schema, tag % 8, wire, target)
    }
    this.#depth--
    return target
  }

  #field(field: FieldSchema, owner: StructSchema, wireType: number, wire: WireReader, target: Fields): void {
    const { name, type } = field
    if (field.inline && type.kind === 'struct') this.struct(type, wire.message(), target)
    else if (type.kind === 'list') {
      target[name] ??= []
      const list = target[name] as unknown[]
      if (wireType === BYTES && isVarint(type.element)) {
        for (const packed = wire.message(); !packed.done; ) list.push(this.#value(type.element, owner, packed))
      } else list.push(this.#value(type.element, owner, wire))
    } else if (type.kind === 'map') {
      target[name] ??= {}
      this.#entry(target[name] as Fields, type.value, owner, wire.message())
    } else if (wireType === VARINT && !isVarint(type)) throw new DecodeError(`proto: wrong wireType = ${wireType} for field ${name}`)
    else target[name] = this.#value(type, owner, wire)
  }

  #entry(map: Fields, valueType: TypeSchema, owner: StructSchema, wire: WireReader): void {
    let key = ''
    let value: unknown = null
    while (!wire.done) {
      const tag = wire.small()
      const number = Math.floor(tag / 8)
      if (number === 1) key = wire.text()
      else if (number === 2) value = this.#value(valueType, owner, wire)
      else wire.skip(tag % 8)
    }
    Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true })
  }

  #value(type: TypeSchema, owner: StructSchema, wire: WireReader): unknown {
    switch (type.kind) {
      case 'struct':
        return this.struct(type, wire.message())
      case 'string':
        return wire.text()
      case 'boolean':
        return wire.small() !== 0
      case 'int32':
      case 'int64':
        return wire.signed()
      case 'float64':
        return wire.double()
      case 'bytes':
        return wire.bytes().toString('base64')
      case 'jsonSchemaPropsOrArray':
      case 'jsonSchemaPropsOrBool':
      case 'jsonSchemaPropsOrStringArray':
        return this.#jsonSchemaUnion(type.kind, owner, wire.message())
      case 'list':
      case 'map':
        throw new Error('protobuf has no list of lists')
      default:
        return this.#special(type.kind, wire.message())
    }
  }

  /** Types with a message of their own: numbers by field, and texts in order. */
  #special(kind: string, wire: WireReader): unknown {
    if (kind === 'duration') return duration(wire)
    let first = 0
    let second = 0
    const texts: Buffer[] = []
    while (!wire.done) {
      const tag = wire.small()
      if (tag === 8) first = Number(wire.signed())
      else if (tag === 16) second = Number(wire.signed())
      else if (tag % 8 === BYTES) texts.push(wire.bytes())
      else wire.skip(tag % 8)
    }
    return special(kind, first, second, texts, this.#envelope)
  }

  #jsonSchemaUnion(kind: string, owner: StructSchema, wire: WireReader): unknown {
    const props = jsonSchemaPropsOf(owner)
    const list: unknown[] = []
    let single: unknown
    let allows = false
    while (!wire.done) {
      const tag = wire.small()
      if (tag % 8 === VARINT) allows = wire.small() !== 0
      else if (kind === 'jsonSchemaPropsOrStringArray' && tag === 18) list.push(wire.text())
      else if (kind === 'jsonSchemaPropsOrArray' && tag === 18) list.push(this.struct(props, wire.message()))
      else single = this.struct(props, wire.message())
    }
    return single ?? (kind === 'jsonSchemaPropsOrBool' ? allows : list)
  }
}

function isVarint({ kind }: TypeSchema): boolean {
  return kind === 'boolean' || kind === 'int32' || kind === 'int64'
}

function duration(wire: WireReader): string {
  let nanoseconds = 0n
  while (!wire.done) {
    const tag = wire.small()
    if (tag === 8) nanoseconds = BigInt.asIntN(64, wire.varint())
    else wire.skip(tag % 8)
  }
  return formatGoDuration(nanoseconds)
}

function special(kind: string, first: number, second: number, texts: readonly Buffer[], envelope: EnvelopeReader): unknown {
  const text = texts[0]
  switch (kind) {
    case 'quantity':
      return text?.toString() || '0'
    // An empty message is the zero time.
    case 'time':
      return first === 0 && second === 0 ? null : formatTime(first)
    case 'microTime':
      return first === 0 && second === 0 ? null : formatMicroTime(first, second)
    case 'intOrString':
      return first === 1 ? (text?.toString() ?? '') : second
    case 'stringListMessage':
      return texts.map(String)
    default:
      return text === undefined || text.length === 0 ? null : embedded(text, envelope)
  }
}

const MAGIC = 0x6b387300

/** JSON, or an object in an envelope of its own. */
function embedded(bytes: Buffer, envelope: EnvelopeReader): unknown {
  if (bytes.length >= 4 && bytes.readUInt32BE(0) === MAGIC) return envelope(bytes)
  return parseJson(bytes.toString(), readJson).value
}
