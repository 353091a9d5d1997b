/**
 * The documents that a values.schema.json refers to. Files are read; those of other machines have been fetched before
 * (`fetch-schema-documents.ts`); a URN that nobody knows allows everything, as for the original.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseJson } from '#apimachinery/codec/json-text.ts'
import { quote as goQuote } from '#template/print/quote.ts'
import type { Load } from './json-schema/documents.ts'
import { metaschemaAt } from './json-schema/metaschemas.ts'
import { SchemaError } from './json-schema/types.ts'

/** By URL: what was there, or why it could not be had. */
export type SchemaDocuments = Map<string, { readonly document: unknown } | { readonly error: string }>

export class NeedsDocument extends Error {
  readonly url: string
  constructor(url: string) {
    super(`${url} is not fetched yet`)
    this.url = url
  }
}

const unloadable = (url: string, why: string): SchemaError => new SchemaError(`failing loading ${goQuote(url)}: ${why}`)

function readDocument(url: string): unknown {
  const path = fileURLToPath(url)
  try {
    return parseJson(readFileSync(path, 'utf8')).value
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw unloadable(url, code === 'ENOENT' ? `open ${path}: no such file or directory` : message)
  }
}

/** Throws NeedsDocument for what is on another machine and was not fetched. */
export const loadFrom =
  (documents: SchemaDocuments): Load =>
  (url) => {
    const metaschema = metaschemaAt(url)
    if (metaschema) return metaschema
    if (url.startsWith('file:')) return readDocument(url)
    if (url.startsWith('urn:')) return true
    if (!/^https?:/.test(url)) throw unloadable(url, `no URLLoader registered for ${goQuote(url)}`)
    const known = documents.get(url)
    if (!known) throw new NeedsDocument(url)
    if ('error' in known) throw unloadable(url, known.error)
    return known.document
  }
