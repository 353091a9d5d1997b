/** From an object in memory to JSON text. */
import type { StructSchema } from '../schema/types.ts'
import { normalize } from './decode.ts'
import { writeJson } from './exact-json.ts'

/**
 * JSON text of an object. With its schema the text is deterministic: fields in the schema's order, map keys
 * sorted, zeros as Go writes them. Without, fields come in the object's own order, kind and metadata first.
 */
export function encodeJson(object: object, schema?: StructSchema): string {
  return writeJson(schema === undefined ? headFirst(object) : normalize(schema, object))
}

export function encodeJsonBytes(object: object, schema?: StructSchema): Buffer {
  return Buffer.from(encodeJson(object, schema))
}

const head = ['kind', 'apiVersion', 'metadata'] as const

function headFirst(object: object): object {
  let position = 0
  for (const name in object) {
    if (name === head[position]) position++
    else if ((head as readonly string[]).includes(name)) return reordered(object as Record<string, unknown>)
    else break
  }
  return position === head.length ? object : reordered(object as Record<string, unknown>)
}

function reordered(object: Record<string, unknown>): object {
  const { kind, apiVersion, metadata, ...rest } = object
  return { kind, apiVersion, metadata, ...rest }
}
