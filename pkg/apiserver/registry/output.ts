/** From cached objects to the bytes of an answer, in the form that was negotiated. */
import { encodeProtobuf } from '#apimachinery/codec/protobuf.ts'
import { PartialObjectMetadataListSchema, PartialObjectMetadataSchema } from '#apimachinery/gen/meta-v1.ts'
import { omitEmpty } from '#apimachinery/codec/omit-empty.ts'
import { cloneJson } from '#apimachinery/json-value.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { notAcceptable, StatusError } from '#apimachinery/status-error.ts'
import { list as listOf, struct, field } from '#apimachinery/schema/build.ts'
import { ListMetaSchema } from '#apimachinery/gen/meta-v1.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'
import type { Value } from '#template/types.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import type { Output } from '../negotiation.ts'
import type { ApiResponse } from '../types.ts'
import type { CachedObject } from '../watchcache/cached-object.ts'
import type { Page } from './list.ts'
import { metadataOnly, type ShowOptions } from './show-options.ts'
import { makeTable } from './table.ts'
import type { View } from './view.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'

const blockBytes = 256 * 1024
export const contentTypes: Readonly<Record<Output['mediaType'], string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
}

export { metadataOnly, type ShowOptions } from './show-options.ts'

export function showObject(stored: CachedObject, status: number, options: ShowOptions): ApiResponse {
  const { view, output } = options
  if (output.as === 'object' && output.mediaType === 'json' && !output.pretty) return bytesResponse(status, output, view.served(stored).line)
  if (output.as === 'PartialObjectMetadata' && output.isList) {
    if (view.definition.custom) throw new StatusError({ code: 500, reason: '', message: 'content is not a list' })
    throw cannotShow('PartialObjectMetadataList', `not a list (*${goPackage(view)}.${view.definition.kind})`)
  }
  const object = view.object(stored)
  if (output.as === 'Table') return encoded(status, output, makeTable([object], options, object.metadata))
  if (output.as === 'PartialObjectMetadata')
    return encoded(status, output, metadataOnly(object, output.metaVersion, view.definition), PartialObjectMetadataSchema)
  return encoded(status, output, object, view.definition.schema)
}

export function showList(page: Page, options: ShowOptions): ApiResponse {
  const { view, output } = options
  const metadata = {
    resourceVersion: String(page.revision),
    // Lists of custom resources say so where there is no more.
    ...(page.continue ? { continue: page.continue } : view.definition.custom && output.as === 'object' ? { continue: '' } : {}),
    ...(page.remaining ? { remainingItemCount: page.remaining } : {}),
  }
  if (output.as === 'object' && output.mediaType === 'json' && !output.pretty) {
    const { length, body } = listBody(view, page.objects, metadata)
    return { status: 200, headers: { ...headersFor(output), 'content-length': String(length) }, body }
  }
  if (output.as === 'PartialObjectMetadata' && !output.isList)
    throw cannotShow('PartialObjectMetadata', `a list (*${goPackage(view)}.${view.definition.custom ? 'UnstructuredList' : listKindOf(view)})`)
  const objects = page.objects.map((each) => view.object(each))
  if (output.as === 'Table') return encoded(200, output, makeTable(objects, options, metadata))
  if (output.as === 'PartialObjectMetadata') {
    const shown = objects.map((each) => metadataOnly(each, output.metaVersion, view.definition))
    // Upstream has made no list where there is nothing.
    const items = shown.length > 0 ? shown : null
    return encoded(
      200,
      output,
      { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${output.metaVersion}`, metadata, items },
      PartialObjectMetadataListSchema,
    )
  }
  if (!view.definition.custom) {
    for (const each of objects) {
      delete each.kind
      delete each.apiVersion
    }
  }
  return encoded(200, output, { kind: listKindOf(view), apiVersion: view.apiVersion, metadata, items: objects }, listSchema(view.definition.schema))
}

function cannotShow(asked: string, what: string): StatusError {
  return notAcceptable(`you requested ${asked}, but the requested object is ${what}`)
}

/** Where upstream keeps the kind's type. */
function goPackage({ definition }: View): string {
  return definition.custom ? 'unstructured' : definition.group.split('.')[0] || 'core'
}

/**
 * Encoded objects joined, without their kind and apiVersion, as typed lists are upstream. A long list is joined block
 * by block as it is sent, so that no other request waits for all of it.
 */
function listBody(view: View, objects: readonly CachedObject[], metadata: object): { length: number; body: Uint8Array | AsyncIterable<Uint8Array> } {
  const head = Buffer.from(`${JSON.stringify({ kind: listKindOf(view), apiVersion: view.apiVersion, metadata }).slice(0, -1)},"items":[`)
  // Custom resources say in lists too what they are.
  const items = objects.map((stored) => view.served(stored))
  const startOf = (item: CachedObject): number => (view.definition.custom ? 1 : item.bodyOffset)
  const separators = items.length === 0 ? 0 : open.length + (items.length - 1) * next.length
  let length = head.length + separators + close.length
  for (const item of items) length += item.lengthFrom(startOf(item))
  const blocks = joinItems(head, items, startOf)
  if (length <= blockBytes) return { length, body: Buffer.concat([...blocks]) }
  return {
    length,
    body: (async function* () {
      yield* blocks
    })(),
  }
}

function* joinItems(head: Buffer, items: readonly CachedObject[], startOf: (item: CachedObject) => number): Generator<Uint8Array> {
  yield head
  for (let first = 0; first < items.length; ) {
    let size = 0
    let end = first
    for (; end < items.length && size < blockBytes; end++) size += items[end]!.lengthFrom(startOf(items[end]!)) + next.length
    yield joined(items, first, end, size, startOf)
    first = end
  }
  yield close
}

/** Each item with what separates it from the one before. */
function joined(items: readonly CachedObject[], first: number, end: number, size: number, startOf: (item: CachedObject) => number): Uint8Array {
  const block = Buffer.allocUnsafe(size)
  let at = 0
  for (let index = first; index < end; index++) {
    at += (index === 0 ? open : next).copy(block, at)
    at = items[index]!.copyTo(block, at, startOf(items[index]!))
  }
  return block.subarray(0, at)
}

const open = Buffer.from('{')
const next = Buffer.from(',{')
/** Answers end their line, but those that are indented. */
const close = Buffer.from(']}\n')

const listSchemas = new WeakMap<StructSchema, StructSchema>()

function listSchema(item: StructSchema): StructSchema {
  let schema = listSchemas.get(item)
  if (!schema) {
    schema = struct(`${item.name}List`, () => [field('metadata', 1, ListMetaSchema, { omitEmpty: true }), field('items', 2, listOf(item))])
    listSchemas.set(item, schema)
  }
  return schema
}

export function encoded(status: number, output: Output, given: object, schema?: StructSchema): ApiResponse {
  const object = schema ? omitEmpty(schema, given) : given
  if (output.mediaType === 'yaml') return bytesResponse(status, output, encodeYaml(cloneJson(object) as Value))
  if (output.mediaType === 'protobuf' && schema) return bytesResponse(status, output, encodeProtobuf(schema, object as KubeObject))
  return bytesResponse(status, { ...output, mediaType: 'json' }, output.pretty ? writeJson(object, 2) : `${writeJson(object)}\n`)
}

function bytesResponse(status: number, output: Output, body: Uint8Array | string): ApiResponse {
  return { status, headers: headersFor(output), body }
}

export function headersFor(output: Pick<Output, 'mediaType'>): Record<string, string> {
  return { 'content-type': contentTypes[output.mediaType], 'cache-control': 'no-cache, private' }
}

function listKindOf({ definition }: View): string {
  return definition.custom?.listKind ?? `${definition.kind}List`
}
