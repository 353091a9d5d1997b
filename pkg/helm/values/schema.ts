/** values.schema.json of a chart and of its dependencies. */
import { parseJson } from '#apimachinery/codec/json-text.ts'
import { type Dictionary, isDictionary, typeOf } from '#template/values.ts'
import type { Chart } from '../chart/types.ts'
import { SchemaError, validateJsonSchema } from './json-schema.ts'

/** What is wrong, chart by chart in Helm's words; '' when nothing is. */
export function validateAgainstSchemas(chart: Chart, values: Dictionary): string {
  let out = ''
  const { name } = chart.metadata
  if (chart.schema) {
    const failure = validateAgainstSchema(chart.schema, values)
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

function validateAgainstSchema(schema: Buffer, values: Dictionary): string {
  let parsed: unknown
  try {
    parsed = parseJson(schema.toString('utf8')).value
  } catch (error) {
    return (error as Error).message.replace('unexpected end of JSON input', 'unexpected EOF')
  }
  try {
    const failures = validateJsonSchema(parsed, values)
    return failures === '' ? '' : `${failures}\n`
  } catch (error) {
    return error instanceof SchemaError ? error.message : `unable to validate schema: ${(error as Error).message}`
  }
}

/** Throws when the values do not meet the schema. */
export function validateJson(values: Dictionary, schema: Buffer): void {
  const failure = validateAgainstSchema(schema, values)
  if (failure !== '') throw new Error(failure.replace(/\n$/, ''))
}
