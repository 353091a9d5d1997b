/**
 * How such a page is answered: as text, or in JSON or YAML as the document of config.k8s.io for who asks for that by group, version
 * and kind. Upstream: `server/flagz` and `server/statusz` of k8s.io/apiserver.
 */
import { writeJson } from '#apimachinery/codec/exact-json.ts'
import { cloneJson } from '#apimachinery/json-value.ts'
import { notAcceptable } from '#apimachinery/status-error.ts'
import type { Value } from '#template/types.ts'
import { encodeYaml } from '#template/yaml/encode.ts'

export interface ZPage {
  /** "apiserver", "kubelet", "kube-controller-manager". */
  readonly component: string
  readonly kind: 'Statusz' | 'Flagz'
  /** As lines, without the title. */
  readonly text: string
  /** The document's fields beside kind, version and name. */
  readonly document: object
}

export interface ZPageRequest {
  /** The header. */
  readonly accept: string | undefined
  /** JSON is indented, for people. */
  readonly pretty: boolean
}

export interface ZPageAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const notice = 'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.'
const versions = ['v1beta1', 'v1alpha1'] as const
const refusals: ReadonlySet<string> = new Set(['application/json', 'application/yaml', 'application/*'])
const caching = { 'cache-control': 'no-cache, private' }

/** Programs that show people what they were answered: JSON is indented for them where nobody says otherwise. */
export function isForPeople(userAgent = ''): boolean {
  return ['curl', 'Wget', 'Mozilla/5.0'].some((each) => userAgent.startsWith(each))
}

export function answerZPage({ component, kind, text, document }: ZPage, { accept, pretty }: ZPageRequest): ZPageAnswer {
  for (const { type, parameters } of clausesOf(accept?.trim() || '*/*')) {
    if (type === 'text/plain' || type === 'text/*' || type === '*/*') {
      const headers = { ...caching, 'content-type': 'text/plain; charset=utf-8' }
      return { status: 200, headers, body: `\n${component} ${kind.toLowerCase()}\n${notice}\n${text}` }
    }
    const version = versions.find((each) => parameters.v === each)
    if (!version || parameters.g !== 'config.k8s.io' || parameters.as !== kind || (type !== 'application/json' && type !== 'application/yaml')) continue
    const whole = { kind, apiVersion: `config.k8s.io/${version}`, metadata: { name: component }, ...document }
    const headers: Record<string, string> = { ...caching, 'content-type': `${type};g=config.k8s.io;v=${version};as=${kind}` }
    if (version === 'v1alpha1') headers.warning = `299 - "This version of the ${kind.toLowerCase()} endpoint is deprecated. Please use a newer version."`
    const body =
      type === 'application/yaml' ? encodeYaml(cloneJson(whole) as unknown as Value) : `${writeJson(whole, pretty ? 2 : undefined)}${pretty ? '' : '\n'}`
    return { status: 200, headers, body }
  }
  return refuse(accept, pretty)
}

/** The refusal itself is in a form that was asked for, where there is one. */
function refuse(accept: string | undefined, pretty: boolean): ZPageAnswer {
  const status = notAcceptable('only the following media types are accepted: application/json, application/yaml, text/plain').toStatus()
  const asked = clausesOf(accept ?? '').find(({ type, parameters }) => refusals.has(type) && parameters.as === undefined)?.type
  if (asked === 'application/yaml')
    return { status: 406, headers: { ...caching, 'content-type': asked }, body: encodeYaml(cloneJson(status) as unknown as Value) }
  const isCompact = asked !== undefined && !pretty
  return { status: 406, headers: { ...caching, 'content-type': 'application/json' }, body: isCompact ? `${writeJson(status)}\n` : writeJson(status, 2) }
}

interface Clause {
  readonly type: string
  readonly parameters: Readonly<Record<string, string>>
}

/** By quality, and what is wanted exactly before what is wanted by a star. */
function clausesOf(accept: string): Clause[] {
  const clauses = accept.split(',').map((clause) => {
    const [type = '', ...rest] = clause.split(';').map((part) => part.trim())
    return { type, parameters: Object.fromEntries(rest.map((part) => part.split('=', 2) as [string, string])) as Record<string, string> }
  })
  const quality = ({ parameters: { q } }: Clause): number => (q === undefined ? 1 : Number(q) || 0)
  const stars = ({ type }: Clause): number => type.split('/').filter((part) => part === '*').length
  return clauses.sort((a, b) => quality(b) - quality(a) || stars(a) - stars(b))
}
