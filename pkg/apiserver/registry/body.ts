/** From a request's body to an object of the kind: JSON, YAML or protobuf, checked as fieldValidation says. */
import { DecodeError, jsonKind, TextError, UnconvertibleError } from '#apimachinery/codec/errors.ts'
import { definitions } from '#api/index.ts'
import * as builtIn from '#api/gen/resources.ts'
import type { CustomKind } from '#api/types.ts'
import { type Decoded, decodeObject, parse } from '#apimachinery/codec/decode.ts'
import { decodeProtobuf, type Envelope, isProtobufEnvelope, readEnvelope } from '#apimachinery/codec/protobuf.ts'
import { readAsWritten, readJson } from '#apimachinery/codec/exact-json.ts'
import { NumberText } from '#apimachinery/number-text.ts'
import type { ParsedText } from '#apimachinery/codec/json-text.ts'
import { omitEmpty } from '#apimachinery/codec/omit-empty.ts'
import { cloneJson } from '#apimachinery/json-value.ts'
import { apiVersionOf, type KubeObject } from '#apimachinery/object.ts'
import { badRequest, type StatusError, unsupportedMediaType } from '#apimachinery/status-error.ts'
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
  readonly unconvertible?: (object: any) => string | undefined
}

/** By the kind's schema, or by the rules of a custom resource. `converts`: a built-in kind's value is no text any more. */
export function decodeKind<T>(
  { schema, custom, unconvertible }: Pick<KindOfBody, 'schema' | 'custom' | 'unconvertible'>,
  value: unknown,
  converts = false,
): Decoded<T> {
  if (!custom) {
    const read = decodeObject<T>(schema, value, { converts })
    const why = unconvertible?.(read.object)
    if (why === undefined) return read
    throw new UnconvertibleError(why)
  }
  return custom.decode(value) as unknown as Decoded<T>
}

export function bodyFormat(request: ApiRequest): BodyFormat {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? 'application/json').split(';').map((part) => part.trim())
  // As Go reads media types, of which nothing is left when a parameter has no value.
  const isWhole = parameters.every((parameter) => parameter === '' || parameter.includes('='))
  switch (isWhole ? type.toLowerCase() : 'none') {
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

/** The audit log has what was sent with its defaults, before anything else is filled in. */
export function noteAsked({ definition, request }: Operation, given: KubeObject): void {
  const { audit } = request.context
  if (!audit) return
  const seen = cloneJson(given)
  definition.defaults?.(seen)
  audit.asked(definition.custom ? seen : omitEmpty(definition.schema, seen))
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
    if (format === 'protobuf') {
      checkKind(of, envelopeOf(of, bytes), bytes, () => {})
      return typed(of, decodeProtobuf<T>(of.schema, bytes))
    }
    const { value, duplicates, inOrder } = documentOf(of, bytes, format)
    const read = (as: KindOfBody): T => {
      try {
        const { object, strictErrors } = decodeKind<T>(as, value)
        reportStrict((as.custom ? undefined : inOrder?.(strictErrors)) ?? [...duplicates, ...strictErrors], fieldValidation, warn, as)
        return object
      } catch (error) {
        throw error instanceof DecodeError ? unreadable(as, error) : error
      }
    }
    // It is read as what it says it is, before it is told that this is not wanted here.
    checkKind(of, value, bytes, (sibling) => void read(sibling))
    if (of.custom) refuseEndless(value, bytes)
    return typed(of, read(of))
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw unreadable(of, error)
  }
}

function unreadable({ kind, version }: KindOfBody, error: DecodeError): StatusError {
  return badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${error.message}`, error)
}

/** What no float64 holds, which JSON.parse makes infinite; kinds with fields of their own tell it by the field. */
export function refuseEndless(value: unknown, bytes: Uint8Array, into = 'value'): void {
  if (!holdsEndless(value)) return
  const text = Buffer.from(bytes).toString('utf8')
  const number = [...text.matchAll(/-?\d[\d.]*(?:[eE][+-]?\d+)?/g)].find(([each]) => !Number.isFinite(Number(each)))?.[0] ?? ''
  throw new DecodeError(`json: cannot unmarshal number ${number} into Go ${into} of type float64`)
}

function holdsEndless(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value)
  if (value instanceof NumberText) return !Number.isFinite(value.value)
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsEndless)
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
    for (const error of errors) for (const text of warningsOf(error)) warn(text)
    return
  }
  throw badRequest(`${of.kind} in version "${of.version}" cannot be handled as a ${of.kind}: strict decoding error: ${errors.join(', ')}`)
}

/** Each line of what YAML's reader found is a warning of its own. */
function warningsOf(error: string): string[] {
  const head = 'yaml: unmarshal errors:\n'
  if (!error.startsWith(head)) return [error]
  return error
    .slice(head.length)
    .split('\n')
    .map((line) => line.trim())
}

/** What the text holds; Go's reader takes null for an object with nothing in it. */
function documentOf(of: KindOfBody, bytes: Uint8Array, format: 'json' | 'yaml'): ParsedText & { readonly value: object } {
  try {
    const { value, ...more } = parse(bytes, format, of.custom ? readJson : readAsWritten)
    if (value === null) return { value: {}, ...more }
    if (typeof value === 'object' && !Array.isArray(value)) return { value, ...more }
    throw new TextError(`json: cannot unmarshal ${jsonKind(value)} into Go value of type ${typeMetaOfGo}`)
  } catch (error) {
    if (!(error instanceof TextError)) throw error
    const yaml = 'error converting YAML to JSON: '
    const cause = error.message.startsWith(yaml) ? error.message.slice(yaml.length) : `couldn't get version/kind; json parse error: ${error.message}`
    throw unrecognized(of, bytes, cause, error)
  }
}

/** What a message says it is: its envelope is read whole before the object within. */
function envelopeOf(of: KindOfBody, bytes: Uint8Array): Pick<Envelope, 'apiVersion' | 'kind'> {
  if (bytes.length === 0) throw unrecognized(of, bytes, 'empty data')
  if (!isProtobufEnvelope(bytes)) throw unrecognized(of, bytes, 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  if (bytes.length === envelopeMagic) throw unrecognized(of, bytes, 'empty body')
  try {
    return readEnvelope(bytes)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw unrecognized(of, bytes, error.message, error)
  }
}

/** How many bytes every message begins with. */
const envelopeMagic = 4

function unrecognized(of: KindOfBody, bytes: Uint8Array, why: string, cause?: unknown): StatusError {
  return badRequest(`the object provided is unrecognized (must be of type ${of.kind}): ${why} (${summary(bytes)})`, cause)
}

export const typeMetaOfGo = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

/** As much of a body as an error shows: its text when it looks like JSON, else in hexadecimal. */
function summary(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<empty>'
  const start = Buffer.from(bytes.subarray(0, 30))
  const rest = bytes.length > start.length ? ' ...' : ''
  return `${start.toString(start[0] === 123 ? 'utf8' : 'hex')}${rest}`
}

function checkKind(of: KindOfBody, value: object, bytes: Uint8Array, readSibling: (sibling: KindOfBody) => void): void {
  const expected = apiVersionOf(of)
  const named = { apiVersion: expected, kind: of.kind }
  for (const field of ['apiVersion', 'kind'] as const) {
    const given = (value as Record<string, unknown>)[field]
    if (given === undefined || given === null || given === '') continue
    if (typeof given === 'string') named[field] = given
    else {
      const why = `json: cannot unmarshal ${jsonKind(given)} into Go struct field .${field} of type string`
      throw unrecognized(of, bytes, `couldn't get version/kind; json parse error: ${why}`)
    }
  }
  const { apiVersion, kind } = named
  if (apiVersion.split('/').length > 2) throw unrecognized(of, bytes, `unexpected GroupVersion string: ${apiVersion}`)
  if (kind === of.kind && apiVersion === expected) return
  if (of.custom) {
    if (kind === of.kind) throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${expected})`)
    throw badRequest(`${kind} in version "${versionOf(apiVersion)}" cannot be handled as a ${of.kind}: ${unknownKind(apiVersion, kind)}`)
  }
  const sibling = kind === of.kind && apiVersion !== expected ? siblingOf(of, apiVersion) : undefined
  if (sibling) readSibling(sibling)
  const found = sibling !== undefined || isBuiltIn(apiVersion, kind)
  if (found && kind === of.kind) throw badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${expected})`)
  const why = found
    ? `converting (${versionOf(apiVersion)}.${kind}) to (${of.group.split('.')[0] || 'core'}.${of.kind}): unknown conversion`
    : unknownKind(apiVersion, kind)
  throw badRequest(`${kind} in version "${versionOf(apiVersion)}" cannot be handled as a ${of.kind}: ${why}`)
}

export function unknownKind(apiVersion: string, kind: string): string {
  return `no kind "${kind}" is registered for version "${apiVersion}" in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"`
}

/** The kind in another version that is served; events have two groups. */
function siblingOf({ group, kind }: KindOfBody, apiVersion: string): KindOfBody | undefined {
  return definitions.find((each) => (each.group === group || kind === 'Event') && each.kind === kind && apiVersionOf(each) === apiVersion)
}

function isBuiltIn(apiVersion: string, kind: string): boolean {
  const inVersion = Object.values(builtIn).filter((each) => apiVersionOf(each) === apiVersion)
  return inVersion.some((each) => each.kind === kind || `${each.kind}List` === kind) || (apiVersion === 'v1' && kind === 'List')
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1)
}
