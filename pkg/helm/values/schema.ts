/** values.schema.json of a chart and of its dependencies. */
import { parseJson } from '#apimachinery/codec/json-text.ts'
import { type Dictionary, isDictionary, typeOf } from '#template/values.ts'
import type { Chart } from '../chart/types.ts'
import { SchemaError } from './json-schema/types.ts'
import { compileJsonSchema } from './json-schema/validate.ts'
import { loadFrom, type SchemaDocuments } from './schema-documents.ts'

/** What is wrong, chart by chart in Helm's words; '' when nothing is. */
export function validateAgainstSchemas(chart: Chart, values: Dictionary): string {
  let out = ''
  const { name } = chart.metadata
  if (chart.schema) {
    const failure = validateAgainstSchema(chart.schema, values, chart.schemaDocuments)
    if (failure !== '') out += `${name}:\n${failure}`
  }
  for (const child of chart.dependencies) {
    const own = values[child.metadata.name]
    if (own === undefined || own === null) continue
    if (!isDictionary(own)) out += `${child.metadata.name}:\ninvalid type for values: expected object (map), got ${typeOf(own)}\n`
    else out += validateAgainstSchemas(child, own)
  }
  return out
}

function validateAgainstSchema(schema: Buffer, values: Dictionary, documents: SchemaDocuments = new Map()): string {
  let parsed: unknown
  try {
    parsed = parseJson(schema.toString('utf8')).value
  } catch (error) {
    return (error as Error).message.replace('unexpected end of JSON input', 'unexpected EOF')
  }
  try {
    const failures = compileJsonSchema(parsed, loadFrom(documents)).validate(values)
    return failures === '' ? '' : `${failures}\n`
  } catch (error) {
    return error instanceof SchemaError ? error.message : `unable to validate schema: ${(error as Error).message}`
  }
}

/** Throws when the values do not meet the schema; `documents` are those that it refers to. */
export function validateJson(values: Dictionary, schema: Buffer, documents?: SchemaDocuments): void {
  const failure = validateAgainstSchema(schema, values, documents)
  if (failure !== '') throw new Error(failure)
}
