/** What upstream says of a strategic merge patch whose outcome is not of its type: it converts maps, not text. */
import type { DecodeError } from '#apimachinery/codec/errors.ts'

/** The words of apimachinery's runtime converter for a value of the wrong type. */
export function restoreError({ mismatch, message }: DecodeError): string {
  // Bytes and times are read from JSON, by decoders of their own.
  if (!mismatch) return message.startsWith('illegal base64 data') ? `error decoding from json: ${message}` : message
  const { type, value } = mismatch
  const found = goKind(value)
  if (type.startsWith('map[')) return `cannot restore map from ${found}`
  if (type.startsWith('[]')) return `cannot restore slice from ${found}`
  if (type === 'string') return found === 'int64' ? 'cannot convert int64 to string' : 'unrecognized type: string'
  if (/^u?int\d*$/.test(type) && found === 'float64') return `cannot convert float64 to ${type}`
  if (/^(u?int\d*|float\d+|bool)$/.test(type)) return `unrecognized type: ${type}`
  return `cannot restore struct from: ${found}`
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'slice'
  switch (typeof value) {
    case 'string':
      return 'string'
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int64'
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64'
    default:
      return 'map'
  }
}
