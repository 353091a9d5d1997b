/** Options of list and watch, from the query, checked as upstream checks them. */
import { type FieldError, forbiddenField, invalidValue, notSupported, path, toCauses } from '#apimachinery/field-error.ts'
import { badRequest, invalid } from '#apimachinery/status-error.ts'
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
  const sendInitialEvents = query.get('sendInitialEvents')
  const options: ListQuery = {
    watch,
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    limit: integerParameter(query, 'limit') ?? 0,
    continue: query.get('continue') ?? '',
    allowWatchBookmarks: isTrue(query.get('allowWatchBookmarks') ?? 'false'),
    sendInitialEvents: sendInitialEvents === null ? undefined : isTrue(sendInitialEvents),
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

/** A resourceVersion as a revision; "" and "0" are 0. */
export function parseRevision(text: string): number {
  if (text === '') return 0
  if (!/^\d+$/.test(text)) {
    throw invalid(
      { group: '', kind: '' },
      '',
      toCauses([invalidValue(path('resourceVersion'), text, `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`)]),
    )
  }
  return Number(text)
}

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

export function decodeToken(text: string): ContinueToken {
  try {
    const { v, rv, start } = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as { v: string; rv: number; start: string }
    if (v !== tokenVersion) throw new Error(`server does not recognize this encoded version "${v}"`)
    if (typeof rv !== 'number' || rv === 0) throw new Error('incorrect encoded start resourceVersion (version meta.k8s.io/v1)')
    if (!start || start.startsWith('/') || start.split('/').includes('..')) throw new Error(`invalid start key ${JSON.stringify(start)}`)
    return { revision: rv, after: start.replace(/\u0000$/, '') }
  } catch (error) {
    throw badRequest(`invalid continue token: continue key is not valid: ${error instanceof Error ? error.message : String(error)}`)
  }
}
