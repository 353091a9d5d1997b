/** JSON as Go's encoding/json writes it: keys in order of bytes (also those that look like numbers), markup escaped. */
import { isObject } from '../json-value.ts'
import { writeJson } from './exact-json.ts'

/** As encoding/json does by default. */
export function escapeMarkup(text: string): string {
  return text.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

export function goJson(value: unknown): string {
  return escapeMarkup(textOf(value))
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`
  if (!isObject(value)) return writeJson(value ?? null)
  const members = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map((key) => `${JSON.stringify(key)}:${textOf(value[key])}`)
  return `{${members.join(',')}}`
}
