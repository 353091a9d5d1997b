/** How a value stands in the store that is sealed by way of a KMS plugin: an EncryptedObject in protobuf (k8s.io/apiserver's kmsv2/v2/api.proto). */
import { isFullyQualifiedDomainName } from '#apimachinery/names.ts'

export interface EncryptedObject {
  readonly data: Buffer
  readonly keyId: string
  /** The key or seed that the data was sealed with, as the plugin has sealed it. */
  readonly source: Buffer
  readonly annotations: Readonly<Record<string, Buffer>>
  /** A key of AES-GCM, which nobody writes any more, or a seed that each value's key is derived from. */
  readonly sourceType: 0 | 1
}

const maxSourceBytes = 1024
const maxKeyIdBytes = 1024
const maxAnnotationBytes = 32 * 1024

/** Throws an Error. */
export function checkKeyId(keyId: string): void {
  const size = Buffer.byteLength(keyId)
  if (size === 0) throw new Error('keyID is empty')
  if (size > maxKeyIdBytes) throw new Error(`keyID is ${size} bytes, which exceeds the max size of ${maxKeyIdBytes}`)
}

/** Throws an Error. */
export function checkEncryptedObject({ data, source, keyId, annotations, sourceType }: EncryptedObject): void {
  if (sourceType !== 0 && sourceType !== 1) throw new Error(`unknown encryptedDEKSourceType: ${sourceType}`)
  if (data.length === 0) throw new Error('encrypted data is empty')
  if (source.length === 0) throw new Error('failed to validate encrypted DEK source: encrypted DEK source is empty')
  if (source.length > maxSourceBytes)
    throw new Error(`failed to validate encrypted DEK source: encrypted DEK source is ${source.length} bytes, which exceeds the max size of ${maxSourceBytes}`)
  try {
    checkKeyId(keyId)
  } catch (error) {
    throw new Error(`failed to validate key id: ${(error as Error).message}`, { cause: error })
  }
  const wrong = Object.keys(annotations).flatMap((name) =>
    isFullyQualifiedDomainName(name).map((why) => `annotations: Invalid value: ${JSON.stringify(name)}: ${why}`),
  )
  const size = Object.entries(annotations).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + value.length, 0)
  if (size > maxAnnotationBytes) wrong.push(`total size of annotations is ${size}, which exceeds the max size of ${maxAnnotationBytes}`)
  if (wrong.length > 0) throw new Error(`failed to validate annotations: ${wrong.length > 1 ? `[${wrong.join(', ')}]` : wrong[0]}`)
}

export function encodeEncryptedObject({ data, keyId, source, annotations, sourceType }: EncryptedObject): Buffer {
  const entries = Object.entries(annotations)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => bytesField(4, Buffer.concat([bytesField(1, Buffer.from(name)), bytesField(2, value)])))
  return Buffer.concat([
    bytesField(1, data),
    bytesField(2, Buffer.from(keyId)),
    bytesField(3, source),
    ...entries,
    ...(sourceType === 0 ? [] : [Buffer.from([(5 << 3) | 0, sourceType])]),
  ])
}

const bytesField = (number: number, bytes: Buffer): Buffer => Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes])

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.from([...bytes, rest])
}

/** Throws an Error. */
export function decodeEncryptedObject(bytes: Buffer): EncryptedObject {
  let object: EncryptedObject & { annotations: Record<string, Buffer> } = { data: nothing, keyId: '', source: nothing, annotations: {}, sourceType: 0 }
  for (const { number, value } of fieldsOf(bytes)) {
    if (typeof value === 'number') {
      if (number === 5) object = { ...object, sourceType: value as 0 | 1 }
    } else if (number === 1) object = { ...object, data: value }
    else if (number === 2) object = { ...object, keyId: value.toString() }
    else if (number === 3) object = { ...object, source: value }
    else if (number === 4) object.annotations[textOf(value, 1)] = partOf(value, 2)
  }
  return object
}

const nothing: Buffer = Buffer.alloc(0)

const partOf = (bytes: Buffer, wanted: number): Buffer => {
  const value = [...fieldsOf(bytes)].findLast(({ number }) => number === wanted)?.value
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0)
}
const textOf = (bytes: Buffer, wanted: number): string => partOf(bytes, wanted).toString()

function* fieldsOf(bytes: Buffer): Generator<{ readonly number: number; readonly value: number | Buffer }> {
  let at = 0
  const read = (): number => {
    let value = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++]
      if (byte === undefined || shift > 2 ** 35) throw new Error('proto: cannot parse invalid wire-format data')
      value += (byte & 0x7f) * shift
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const tag = read()
    const kind = tag & 7
    if (kind !== 0 && kind !== 2) throw new Error('proto: cannot parse invalid wire-format data')
    const size = read()
    if (kind === 0) yield { number: tag >>> 3, value: size }
    else {
      if (at + size > bytes.length) throw new Error('proto: cannot parse invalid wire-format data')
      yield { number: tag >>> 3, value: bytes.subarray(at, at + size) }
      at += size
    }
  }
}
