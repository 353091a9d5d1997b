/** From a request's body to an object of the kind: JSON, YAML or protobuf, checked as fieldValidation says. */
import { DecodeError } from '#apimachinery/codec/errors.ts'
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
  return custom ? (custom.decode(value) as unknown as Decoded<T>) : decodeObject<T>(schema, value)
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
      throw unsupportedMediaType(
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/cbor',
      )
    }
    if (format === 'protobuf') return typed(of, decodeProtobuf<T>(of.schema, bytes))
    const { value, duplicates } = parse(bytes, format)
    checkKind(of, value)
    const { object, strictErrors } = decodeKind<T>(of, value)
    reportStrict([...duplicates, ...strictErrors], fieldValidation, warn, of)
    return typed(of, object)
  } catch (error) {
    if (!(error instanceof DecodeError) && !(error instanceof SyntaxError)) throw error
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

function checkKind(of: KindOfBody, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${describe(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    )
  }
  const { apiVersion, kind } = value as { apiVersion?: unknown; kind?: unknown }
  const expected = apiVersionOf(of)
  if (typeof kind === 'string' && kind !== '' && kind !== of.kind) {
    throw badRequest(
      `${String(kind)} in version "${versionOf(apiVersion)}" cannot be handled as a ${of.kind}: no kind "${kind}" is registered for the internal version of group "${of.group}" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:29"`,
    )
  }
  if (typeof apiVersion === 'string' && apiVersion !== '' && apiVersion !== expected) {
    throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${expected})`)
  }
}

function versionOf(apiVersion: unknown): string {
  return typeof apiVersion === 'string' ? apiVersion.slice(apiVersion.indexOf('/') + 1) : ''
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
