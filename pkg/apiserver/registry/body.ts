/** From a request's body to an object of the kind: JSON, YAML or protobuf, checked as fieldValidation says. */
import { DecodeError, jsonKind, TextError } from '#apimachinery/codec/errors.ts'
import * as builtIn from '#api/gen/resources.ts'
import type { CustomKind } from '#api/types.ts'
import { type Decoded, decodeObject, parse } from '#apimachinery/codec/decode.ts'
import { decodeProtobuf } from '#apimachinery/codec/protobuf.ts'
import { apiVersionOf, type KubeObject } from '#apimachinery/object.ts'
import { badRequest, unsupportedMediaType } from '#apimachinery/status-error.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'
import type { ApiRequest } from '../types.ts'
import type { Operation, WriteOptions } from './operation.ts'

export type BodyFormat = 'json' | 'yaml' | 'protobuf'

export interface KindOfBody {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly schema: StructSchema
  readonly custom?: CustomKind
}

/** By the kind's schema, or by the rules of a custom resource. */
export function decodeKind<T>({ schema, custom }: Pick<KindOfBody, 'schema' | 'custom'>, value: unknown): Decoded<T> {
  const decoded = custom ? (custom.decode(value) as unknown as Decoded<T>) : decodeObject<T>(schema, value)
  keepReset(value, decoded.object)
  return decoded
}

/** Elsewhere an empty list says as little as none; `managedFields: []` says: forget who owned what. */
function keepReset(given: unknown, object: unknown): void {
  const entries = (given as Partial<KubeObject> | null)?.metadata?.managedFields
  const metadata = (object as Partial<KubeObject>).metadata
  if (metadata && Array.isArray(entries) && entries.length === 0) metadata.managedFields = []
}

export function bodyFormat(request: ApiRequest): BodyFormat {
  const type = (request.headers['content-type'] ?? 'application/json').split(';')[0]!.trim().toLowerCase()
  switch (type) {
    case '':
    case 'application/json':
      return 'json'
    case 'application/yaml':
      return 'yaml'
    case 'application/vnd.kubernetes.protobuf':
      return 'protobuf'
    default:
      throw unsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf`,
      )
  }
}

/** The body as the operation's own kind. */
export async function readObject(operation: Operation, options: WriteOptions): Promise<KubeObject> {
  const { definition, request } = operation
  const bytes = await request.body()
  return decodeAs<KubeObject>(definition, bytes, bodyFormat(request), options.fieldValidation, (text) => operation.warn(text))
}

/** Throws BadRequest with upstream's message when the text is not of the kind. */
export function decodeAs<T>(
  of: KindOfBody,
  bytes: Uint8Array,
  format: BodyFormat,
  fieldValidation: WriteOptions['fieldValidation'],
  warn: (text: string) => void,
): T {
  try {
    if (format === 'protobuf' && of.custom) {
      throw unsupportedMediaType('the body of the request was in an unknown format - accepted media types include: application/json, application/yaml')
    }
    if (format === 'protobuf') return typed(of, decodeProtobuf<T>(of.schema, bytes))
    const { value, duplicates } = documentOf(of, bytes, format)
    checkKind(of, value)
    const { object, strictErrors } = decodeKind<T>(of, value)
    reportStrict([...duplicates, ...strictErrors], fieldValidation, warn, of)
    return typed(of, object)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw badRequest(`${of.kind} in version "${of.version}" cannot be handled as a ${of.kind}: ${error.message}`, error)
  }
}

function typed<T>({ group, version, kind }: KindOfBody, object: T): T {
  const meta = object as { kind: string; apiVersion: string }
  meta.kind = kind
  meta.apiVersion = apiVersionOf({ group, version })
  return object
}

/** Unknown and duplicate fields: refused, warned of, or let pass. */
export function reportStrict(errors: readonly string[], fieldValidation: WriteOptions['fieldValidation'], warn: (text: string) => void, of: KindOfBody): void {
  if (errors.length === 0 || fieldValidation === 'Ignore') return
  if (fieldValidation === 'Warn') {
    for (const error of errors) warn(error)
    return
  }
  throw badRequest(`${of.kind} in version "${of.version}" cannot be handled as a ${of.kind}: strict decoding error: ${errors.join(', ')}`)
}

/** What the text holds; Go's reader takes null for an object with nothing in it. */
function documentOf(of: KindOfBody, bytes: Uint8Array, format: 'json' | 'yaml'): { value: object; duplicates: readonly string[] } {
  try {
    const { value, duplicates } = parse(bytes, format)
    if (value === null) return { value: {}, duplicates }
    if (typeof value === 'object' && !Array.isArray(value)) return { value, duplicates }
    throw new TextError(`json: cannot unmarshal ${jsonKind(value)} into Go value of type ${typeMetaOfGo}`)
  } catch (error) {
    if (!(error instanceof TextError)) throw error
    const cause = error.message.startsWith('error converting YAML') ? error.message : `couldn't get version/kind; json parse error: ${error.message}`
    throw badRequest(`the object provided is unrecognized (must be of type ${of.kind}): ${cause} (${summary(bytes)})`, error)
  }
}

const typeMetaOfGo = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

/** As much of a body as an error shows: its text when it looks like JSON, else in hexadecimal. */
function summary(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<empty>'
  const start = Buffer.from(bytes.subarray(0, 30))
  const rest = bytes.length > start.length ? ' ...' : ''
  return `${start.toString(start[0] === 123 ? 'utf8' : 'hex')}${rest}`
}

function checkKind(of: KindOfBody, value: object): void {
  const { apiVersion, kind } = value as { apiVersion?: unknown; kind?: unknown }
  const expected = apiVersionOf(of)
  if (typeof kind === 'string' && kind !== '' && kind !== of.kind) {
    const found = typeof apiVersion === 'string' && apiVersion !== '' ? apiVersion : expected
    throw badRequest(`${kind} in version "${versionOf(found)}" cannot be handled as a ${of.kind}: ${cannotBe(of, found, kind)}`)
  }
  if (typeof apiVersion === 'string' && apiVersion !== '' && apiVersion !== expected) {
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${expected})`)
  }
}

function cannotBe(of: KindOfBody, apiVersion: string, kind: string): string {
  const known = Object.values(builtIn).some((each) => each.kind === kind && apiVersionOf(each) === apiVersion)
  if (!known) return `no kind "${kind}" is registered for version "${apiVersion}" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"`
  return `converting (${versionOf(apiVersion)}.${kind}) to (${of.group.split('.')[0] || 'core'}.${of.kind}): unknown conversion`
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1)
}
