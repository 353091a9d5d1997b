/** JSON as Go's encoding/json writes it: keys in order of bytes (also those that look like numbers), markup escaped. */
import { isObject } from '#apimachinery/json-value.ts'

export function goJson(value: unknown): string {
  return text(value).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value ?? null)
  const members = Object.keys(value)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map((key) => `${JSON.stringify(key)}:${text(value[key])}`)
  return `{${members.join(',')}}`
}
