/** Options of list and watch, from the query, checked as upstream checks them. */
import { type FieldError, forbiddenField, notSupported, path, toCauses } from '#apimachinery/field-error.ts'
import { posix } from 'node:path'
import { jsonKind } from '#apimachinery/codec/errors.ts'
import { syntaxError } from '#apimachinery/codec/json-syntax.ts'
import { badRequest, invalid, StatusError } from '#apimachinery/status-error.ts'
import { integerParameter } from '../request.ts'
import { isTrue } from '../request-info.ts'

export interface ListQuery {
  readonly watch: boolean
  readonly resourceVersion: string
  readonly resourceVersionMatch: string
  readonly limit: number
  readonly continue: string
  readonly allowWatchBookmarks: boolean
  readonly sendInitialEvents: boolean | undefined
  readonly timeoutSeconds: number | undefined
}

export function listQuery(query: URLSearchParams, watch: boolean): ListQuery {
  const initial = query.get('sendInitialEvents')
  const resourceVersion = query.get('resourceVersion') ?? ''
  const match = query.get('resourceVersionMatch') ?? ''
  // Whoever watches from no version in particular is shown what there is, as if it had been asked for so.
  const defaulted = watch && initial === null && match === '' && (resourceVersion === '' || resourceVersion === '0')
  const options: ListQuery = {
    watch,
    resourceVersion,
    resourceVersionMatch: defaulted ? 'NotOlderThan' : match,
    limit: integerParameter(query, 'limit') ?? 0,
    continue: query.get('continue') ?? '',
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks') ?? 'false'),
    sendInitialEvents: defaulted ? true : initial === null ? undefined : isTrue(initial),
    timeoutSeconds: integerParameter(query, 'timeoutSeconds'),
  }
  const errors = watch ? watchErrors(options) : listErrors(options)
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', toCauses(errors))
  return options
}

function watchErrors({ sendInitialEvents, resourceVersionMatch, continue: token }: ListQuery): FieldError[] {
  const errors: FieldError[] = []
  const at = path('resourceVersionMatch')
  if (sendInitialEvents !== undefined && resourceVersionMatch !== 'NotOlderThan') {
    errors.push(forbiddenField(at, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'))
  }
  if (resourceVersionMatch === '') return errors
  if (sendInitialEvents === undefined) errors.push(forbiddenField(at, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'))
  if (resourceVersionMatch !== 'NotOlderThan') errors.push(notSupported(at, resourceVersionMatch, ['NotOlderThan']))
  if (token !== '') errors.push(forbiddenField(at, 'resourceVersionMatch is forbidden when continue is provided'))
  return errors
}

function listErrors({ resourceVersion, resourceVersionMatch, continue: token, sendInitialEvents }: ListQuery): FieldError[] {
  const errors: FieldError[] = []
  const at = path('resourceVersionMatch')
  if (resourceVersionMatch !== '') {
    if (resourceVersion === '') errors.push(forbiddenField(at, 'resourceVersionMatch is forbidden unless resourceVersion is provided'))
    if (token !== '') errors.push(forbiddenField(at, 'resourceVersionMatch is forbidden when continue is provided'))
    if (resourceVersionMatch !== 'Exact' && resourceVersionMatch !== 'NotOlderThan') {
      errors.push(notSupported(at, resourceVersionMatch, ['Exact', 'NotOlderThan', '']))
    }
    if (resourceVersionMatch === 'Exact' && resourceVersion === '0') {
      errors.push(forbiddenField(at, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
    }
  }
  if (sendInitialEvents !== undefined) errors.push(forbiddenField(path('sendInitialEvents'), 'sendInitialEvents is forbidden for list'))
  return errors
}

/** A resourceVersion as a revision; "" and "0" are 0. Only a list refuses a wrong one as the client's mistake. */
export function parseRevision(text: string, verb: 'get' | 'list' | 'watch'): number {
  if (text === '') return 0
  const why = /^\d+$/.test(text) ? (BigInt(text) > maxRevision ? 'value out of range' : '') : 'invalid syntax'
  if (why === '') return Number(text)
  const message = `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`
  throw verb === 'list' ? badRequest(`invalid resource version: ${message}`) : new StatusError({ code: 500, reason: '', message })
}

const maxRevision = 2n ** 64n - 1n

/** Where a paged list goes on: all its pages show one revision. */
export interface ContinueToken {
  /** -1: as of now, no longer consistent with the pages before. */
  readonly revision: number
  /** Of the last object sent, relative to the list's prefix. */
  readonly after: string
}

const tokenVersion = 'meta.k8s.io/v1'

export function encodeToken({ revision, after }: ContinueToken): string {
  // Upstream's start key is exclusive by a trailing zero byte.
  return Buffer.from(JSON.stringify({ v: tokenVersion, rv: revision, start: `${after}\u0000` })).toString('base64url')
}

/** Throws BadRequest in the words of upstream's storage.DecodeContinue. */
export function decodeToken(text: string): ContinueToken {
  const at = illegalBase64At(text)
  if (at !== undefined) throw invalidToken(`: illegal base64 data at input byte ${at}`)
  const { v = '', rv = 0, start = '' } = readToken(Buffer.from(text, 'base64url').toString('utf8'))
  if (v !== tokenVersion) throw invalidToken(`: server does not recognize this encoded version ${v}`)
  if (rv === 0) throw invalidToken(`: incorrect encoded start resourceVersion (version ${tokenVersion})`)
  if (start === '') throw invalidToken(`: encoded start key empty (version ${tokenVersion})`)
  const key = start.startsWith('/') ? start : `/${start}`
  // The key must not lead out of what is listed.
  if (posix.normalize(key) !== key || (key.length > 1 && key.endsWith('/'))) throw invalidToken(`: ${start}`)
  return { revision: rv, after: key.slice(1).replace(/\u0000$/, '') }
}

function readToken(json: string): { v?: string; rv?: number; start?: string } {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    throw invalidToken(`: ${syntaxError(json)}`)
  }
  if (value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalidToken(`: json: cannot unmarshal ${jsonKind(value)} into Go value of type storage.continueToken`)
  }
  for (const [name, { type, holds }] of Object.entries(tokenFields)) {
    const field = (value as Record<string, unknown>)[name]
    if (field === undefined || field === null || holds(field)) continue
    const shown = typeof field === 'number' ? `number ${field}` : jsonKind(field)
    throw invalidToken(`: json: cannot unmarshal ${type === 'int64' ? shown : jsonKind(field)} into Go struct field continueToken.${name} of type ${type}`)
  }
  return value
}

const tokenFields: Readonly<Record<string, { readonly type: string; readonly holds: (value: unknown) => boolean }>> = {
  v: { type: 'string', holds: (value) => typeof value === 'string' },
  rv: { type: 'int64', holds: Number.isSafeInteger },
  start: { type: 'string', holds: (value) => typeof value === 'string' },
}

/** Where Go's decoder of unpadded base64 for URLs stops; undefined: nowhere. */
function illegalBase64At(text: string): number | undefined {
  const wrong = /[^A-Za-z0-9_\-\r\n]/.exec(text)
  if (wrong) return wrong.index
  return text.replace(/[\r\n]/g, '').length % 4 === 1 ? text.length - 1 : undefined
}

function invalidToken(why: string): StatusError {
  return badRequest(`invalid continue token: continue key is not valid${why}`)
}
