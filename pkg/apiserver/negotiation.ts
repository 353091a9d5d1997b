/** Which form an answer takes, from the Accept header: JSON, YAML or protobuf; the object, a Table, or its metadata alone. */
import { notAcceptable, StatusError } from '#apimachinery/status-error.ts'
import { isForPeople } from '#zpages/index.ts'
import { isTrue } from './request-info.ts'
import type { ApiRequest } from './types.ts'

export interface Output {
  readonly mediaType: 'json' | 'yaml' | 'protobuf'
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata'
  /** The metadata of a list was asked for. */
  readonly isList?: boolean
  /** Version of meta.k8s.io for the latter two. */
  readonly metaVersion: 'v1' | 'v1beta1'
  readonly pretty: boolean
}

export interface NegotiationScope {
  /** The answer can be shown as a Table or as metadata. */
  readonly transforms: boolean
  readonly protobuf: boolean
  readonly watch?: boolean
  /** The route answers lists, and so watches too. */
  readonly streams?: boolean
}

const mediaTypes: Readonly<Record<string, Output['mediaType'] | undefined>> = {
  'application/json': 'json',
  '*/*': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
}

export function negotiate(request: Pick<ApiRequest, 'headers' | 'query'>, scope: NegotiationScope): Output {
  const accept = request.headers.accept ?? ''
  const pretty = wantsPretty(request)
  if (accept === '' || accept === 'application/json') return { mediaType: 'json', as: 'object', metaVersion: 'v1', pretty }
  const clauses = accept
    .split(',')
    .map(parseClause)
    .sort((a, b) => b.quality - a.quality)
  let isKnown = false
  for (const { type, parameters } of clauses) {
    const mediaType = mediaTypes[type]
    if (!mediaType || (mediaType === 'protobuf' && !scope.protobuf)) continue
    isKnown = true
    if (mediaType === 'yaml' && scope.watch) {
      const streams = ['application/json;stream=watch', ...(scope.protobuf ? ['application/vnd.kubernetes.protobuf;stream=watch'] : [])]
      throw notAcceptable(`only the following media types are accepted: ${streams.join(', ')}`)
    }
    const as = parameters.as
    if (as === undefined) return { mediaType, as: 'object', metaVersion: 'v1', pretty }
    if (!scope.transforms || parameters.g !== 'meta.k8s.io') continue
    const metaVersion = parameters.v
    if (metaVersion !== 'v1' && metaVersion !== 'v1beta1') continue
    if (as === 'Table' && mediaType !== 'protobuf') return { mediaType, as, metaVersion, pretty }
    if (as === 'PartialObjectMetadata') return { mediaType, as, metaVersion, pretty }
    if (as === 'PartialObjectMetadataList') return { mediaType, as: 'PartialObjectMetadata', isList: true, metaVersion, pretty }
  }
  // Custom resources are told apart only behind the routes.
  if (!scope.protobuf) throw notAcceptable(`only the following media types are accepted: ${offered({ ...scope, protobuf: true })}`)
  throw isKnown ? notAcceptable(`only the following media types are accepted: ${offered(scope)}`) : noneAvailable(scope)
}

function offered({ protobuf }: NegotiationScope): string {
  return ['application/json', 'application/yaml', ...(protobuf ? ['application/vnd.kubernetes.protobuf'] : [])].join(', ')
}

/** What the routes say, which know only of the media types themselves. */
function noneAvailable(scope: NegotiationScope): StatusError {
  const streams = scope.streams ? ['application/json;stream=watch', ...(scope.protobuf ? ['application/vnd.kubernetes.protobuf;stream=watch'] : [])] : []
  const message = `406: Not Acceptable\n\nAvailable representations: ${[offered(scope), ...streams].join(', ')}`
  return new StatusError({ code: 406, reason: 'NotAcceptable', message, details: {} })
}

function parseClause(clause: string): { type: string; parameters: Record<string, string>; quality: number } {
  const [type = '', ...rest] = clause.split(';').map((part) => part.trim())
  const parameters: Record<string, string> = {}
  for (const part of rest) {
    const equals = part.indexOf('=')
    if (equals > 0) parameters[part.slice(0, equals).toLowerCase()] = part.slice(equals + 1).replace(/^"|"$/g, '')
  }
  const quality = Number(parameters.q ?? 1)
  return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 1 : quality }
}

/** Asked for, or a person with a browser or curl. */
export function wantsPretty({ headers, query }: Pick<ApiRequest, 'headers' | 'query'>): boolean {
  const asked = query.get('pretty')
  if (asked !== null) return isTrue(asked)
  return isForPeople(headers['user-agent'])
}
