/**
 * `application/vnd.kubernetes.protobuf`: the magic "k8s\0", then runtime.Unknown around the object's own message.
 * On a watch: 4 bytes of length, then a bare WatchEvent whose object is such an envelope.
 */
import type { StructSchema } from '../schema/types.ts'
import { normalize } from './decode.ts'
import { DecodeError } from './errors.ts'
import { ProtobufDecoder } from './protobuf-decode.ts'
import { structWriter } from './protobuf-encode.ts'
import { BYTES, WireReader, WireWriter } from './wire.ts'

const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00])

/** Finds the type of an embedded object; without one, its JSON cannot be told. */
export type TypeLookup = (apiVersion: string, kind: string) => StructSchema | undefined

export interface Envelope {
  readonly apiVersion: string
  readonly kind: string
  readonly raw: Buffer
  readonly contentType: string
  readonly contentEncoding: string
}

export function isProtobufEnvelope(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && MAGIC.equals(bytes.subarray(0, 4))
}

export function encodeProtobuf(schema: StructSchema, object: object): Buffer {
  const { apiVersion = '', kind = '' } = object as { apiVersion?: string; kind?: string }
  const wire = new WireWriter()
  wire.text('')
  wire.tag(4, BYTES)
  wire.text('')
  wire.tag(3, BYTES)
  let before = wire.length
  structWriter(schema)(wire, object)
  wire.varint(wire.length - before)
  wire.tag(2, BYTES)
  before = wire.length
  wire.text(kind)
  wire.tag(2, BYTES)
  wire.text(apiVersion)
  wire.tag(1, BYTES)
  wire.varint(wire.length - before)
  wire.tag(1, BYTES)
  wire.raw(MAGIC)
  return wire.finish()
}

/** Reads the envelope alone, by which the type is found. */
export function readEnvelope(bytes: Uint8Array): Envelope {
  if (!isProtobufEnvelope(bytes)) throw new DecodeError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  const wire = new WireReader(bytes, 4)
  const envelope = { apiVersion: '', kind: '', raw: Buffer.alloc(0), contentType: '', contentEncoding: '' }
  while (!wire.done) {
    const tag = wire.small()
    if (tag === 10) Object.assign(envelope, readTypeMeta(wire.message()))
    else if (tag === 18) envelope.raw = wire.bytes() as Buffer<ArrayBuffer>
    else if (tag === 26) envelope.contentEncoding = wire.text()
    else if (tag === 34) envelope.contentType = wire.text()
    else wire.skip(tag % 8)
  }
  return envelope
}

function readTypeMeta(wire: WireReader): { apiVersion: string; kind: string } {
  const meta = { apiVersion: '', kind: '' }
  while (!wire.done) {
    const tag = wire.small()
    if (tag === 10) meta.apiVersion = wire.text()
    else if (tag === 18) meta.kind = wire.text()
    else wire.skip(tag % 8)
  }
  return meta
}

/** An enveloped object, in the form kept in memory. Throws DecodeError. */
export function decodeProtobuf<T>(schema: StructSchema, bytes: Uint8Array, lookup: TypeLookup = () => undefined): T {
  return decodeMessage<T>(schema, readEnvelope(bytes), lookup)
}

function decodeMessage<T>(schema: StructSchema, { apiVersion, kind, raw }: Envelope, lookup: TypeLookup): T {
  const decoder = new ProtobufDecoder((embedded) => decodeEmbedded(embedded, lookup))
  const target = decoder.struct(schema, new WireReader(raw))
  if (kind !== '') target.kind = kind
  if (apiVersion !== '') target.apiVersion = apiVersion
  return normalize<T>(schema, target)
}

function decodeEmbedded(bytes: Buffer, lookup: TypeLookup): unknown {
  const envelope = readEnvelope(bytes)
  const schema = lookup(envelope.apiVersion, envelope.kind)
  if (schema === undefined) throw new DecodeError(`no kind "${envelope.kind}" is registered for version "${envelope.apiVersion}"`)
  return decodeMessage(schema, envelope, lookup)
}

/** One frame of a protobuf watch; `object` is an enveloped object. */
export function encodeWatchFrame(type: string, object: Uint8Array): Buffer {
  const wire = new WireWriter()
  const before = wire.length
  wire.bytes(object)
  wire.tag(1, BYTES)
  wire.varint(wire.length - before)
  wire.tag(2, BYTES)
  wire.text(type)
  wire.tag(1, BYTES)
  const length = Buffer.allocUnsafe(4)
  length.writeUInt32BE(wire.length)
  wire.raw(length)
  return wire.finish()
}

/** The event of a frame, its length already removed. */
export function decodeWatchFrame(frame: Uint8Array): { type: string; object: Buffer } {
  const wire = new WireReader(frame)
  let type = ''
  let object: Buffer = Buffer.alloc(0)
  while (!wire.done) {
    const tag = wire.small()
    if (tag === 10) type = wire.text()
    else if (tag === 18) {
      const raw = wire.message()
      while (!raw.done) {
        const inner = raw.small()
        if (inner === 10) object = raw.bytes()
        else raw.skip(inner % 8)
      }
    } else wire.skip(tag % 8)
  }
  return { type, object }
}
