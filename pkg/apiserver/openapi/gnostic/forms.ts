/** How gnostic puts JSON documents into protobuf: forms of values by field number, and one writer that interprets a table of them. */
import { BYTES, FIXED64, VARINT, WireWriter } from '#apimachinery/codec/wire.ts'
import { cloneJson } from '#apimachinery/json-value.ts'
import type { Value } from '#template/types.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import type { Json } from '../types.ts'

/** How a value is written: as a plain kind, as a message of its own, or by a function. */
export type Form = 'string' | 'strings' | 'bool' | 'int' | 'double' | 'any' | 'anys' | MessageForm
export type MessageForm = (wire: WireWriter, value: unknown) => void

export interface Message {
  /** Field numbers and forms by JSON name. */
  readonly fields: Readonly<Record<string, readonly [number: number, form: Form, repeated?: boolean]>>
  /** Where `x-…` go. */
  readonly extensions?: number
}

export function encode(document: Message, value: Json): Buffer {
  const wire = new WireWriter()
  writeMessage(wire, document, value)
  return wire.finish()
}

/** By field number, as Go's protobuf writes them; and since the writer fills its buffer from the end, the last one first. */
function writeMessage(wire: WireWriter, { fields, extensions }: Message, value: unknown): void {
  const entries: (readonly [number: number, form: Form, value: unknown, repeated?: boolean])[] = []
  for (const [name, inner] of Object.entries((value ?? {}) as Json)) {
    const field = Object.hasOwn(fields, name) ? fields[name]! : undefined
    if (field) {
      const [number, form, repeated] = field
      if (!isNothing(form, inner)) entries.push([number, form, inner, repeated])
    } else if (extensions !== undefined && name.startsWith('x-')) entries.push([extensions, namedAny, [name, inner]])
  }
  entries.sort(([a], [b]) => a - b)
  for (const [number, form, inner, repeated] of entries.reverse()) {
    if (repeated) for (const each of (inner as unknown[]).toReversed()) writeField(wire, number, form, each)
    else writeField(wire, number, form, inner)
  }
}

/** What protobuf leaves out of a message. */
function isNothing(form: Form, value: unknown): boolean {
  if (value === undefined || value === null) return true
  return (form === 'string' && value === '') || (form === 'bool' && value !== true) || ((form === 'int' || form === 'double') && Number(value) === 0)
}

export function writeField(wire: WireWriter, number: number, form: Form, value: unknown): void {
  switch (form) {
    case 'string':
      wire.text(String(value))
      wire.tag(number, BYTES)
      return
    case 'bool':
      wire.varint(value === true ? 1 : 0)
      wire.tag(number, VARINT)
      return
    case 'int':
      wire.varint(Number(value))
      wire.tag(number, VARINT)
      return
    case 'double':
      wire.double(Number(value))
      wire.tag(number, FIXED64)
      return
    case 'strings':
    case 'anys':
      for (const each of (value as unknown[]).toReversed()) writeField(wire, number, form === 'strings' ? 'string' : 'any', each)
      return
    case 'any':
      delimited(wire, number, () => writeField(wire, 2, 'string', yamlOf(value)))
      return
    default:
      delimited(wire, number, () => form(wire, value))
  }
}

/** An object's fields stay in their order. */
function yamlOf(value: unknown): string {
  const yaml = (each: unknown): string => encodeYaml(cloneJson(each) as unknown as Value, { pretty: true })
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const entries = isObject ? Object.entries(value) : []
  return entries.length === 0 ? yaml(value) : entries.map(([name, inner]) => yaml({ [name]: inner })).join('')
}

function delimited(wire: WireWriter, number: number, write: () => void): void {
  const before = wire.length
  write()
  wire.varint(wire.length - before)
  wire.tag(number, BYTES)
}

/** A pair of name and value. */
function named(form: Form): MessageForm {
  return (wire, pair) => {
    const [name, value] = pair as [string, unknown]
    writeField(wire, 2, form, value)
    writeField(wire, 1, 'string', name)
  }
}

const namedAny = named('any')

/** An object as a repeated field of pairs. */
export function pairs(number: number, form: Form): MessageForm {
  const each = named(form)
  return (wire, value) => {
    for (const pair of Object.entries(value as Json).reverse()) writeField(wire, number, each, pair)
  }
}

/** A message around one value: what protobuf has for unions and lists of lists. */
export function wrapped(number: number, form: Form): MessageForm {
  return (wire, value) => writeField(wire, number, form, value)
}

/** By a table that may speak of itself, and is therefore asked for late. */
export const message =
  (description: () => Message): MessageForm =>
  (wire, value) =>
    writeMessage(wire, description(), value)
