/** Fetches what schemas refer to on other machines: beforehand, since values are held against schemas in the midst of rendering. */
import { parseJson } from '#apimachinery/codec/json-text.ts'
import type { Chart } from '../chart/types.ts'
import { exchange, statusText } from '../repository/http.ts'
import { compileJsonSchema } from './json-schema/validate.ts'
import { loadFrom, NeedsDocument, type SchemaDocuments } from './schema-documents.ts'

/** A schema that names more than this is not followed further. */
const mostDocuments = 64
const limitBytes = 16 << 20
const timeoutMs = 15_000

async function fetchDocument(url: string): Promise<{ document: unknown } | { error: string }> {
  let body: Buffer
  try {
    const answer = await exchange(url, { limitBytes, timeoutMs })
    if (answer.status !== 200) return { error: `HTTP request to ${url} returned status ${answer.status} (${statusText(answer.status).replace(/^\d+ /, '')})` }
    body = answer.body
  } catch (error) {
    return { error: `HTTP request failed for ${url}: ${(error as Error).message}` }
  }
  try {
    return { document: parseJson(body.toString('utf8')).value }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

/** Gives what a schema refers to on other machines; `warn` is told of URNs. */
export async function fetchDocuments(schema: Buffer, warn: (message: string, fields: Readonly<Record<string, unknown>>) => void): Promise<SchemaDocuments> {
  const documents: SchemaDocuments = new Map()
  const load = loadFrom(documents)
  const told = new Set<string>()
  for (let rounds = 0; rounds < mostDocuments; rounds++) {
    try {
      compileJsonSchema(parseJson(schema.toString('utf8')).value, (url) => {
        if (url.startsWith('urn:') && !told.has(url)) {
          told.add(url)
          warn('unresolved URN reference ignored; using permissive schema', { urn: url })
        }
        return load(url)
      })
      break
    } catch (error) {
      // What else is wrong with it is told when values are held against it.
      if (!(error instanceof NeedsDocument)) break
      documents.set(error.url, await fetchDocument(error.url))
    }
  }
  return documents
}

/** For a chart and all in it. */
export async function fetchSchemaDocuments(chart: Chart, warn: Parameters<typeof fetchDocuments>[1]): Promise<void> {
  if (chart.schema) chart.schemaDocuments = await fetchDocuments(chart.schema, warn)
  for (const child of chart.dependencies) await fetchSchemaDocuments(child, warn)
}
