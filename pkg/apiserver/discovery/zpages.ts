/**
 * /statusz and /flagz (KEP-4827, KEP-4828): since when this server runs and what version it is; the flags it runs with.
 * As text, or as the Statusz and Flagz of config.k8s.io for who asks for those.
 */
import { cloneJson } from '#apimachinery/json-value.ts'
import { type StatuszFacts, statuszFields, statuszText, zPageNotice } from '#apimachinery/statusz.ts'
import { notAcceptable } from '#apimachinery/status-error.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'
import type { Value } from '#template/types.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import type { ApiRequest, ApiResponse, Handler } from '../types.ts'

const component = 'apiserver'
const versions = ['v1beta1', 'v1alpha1'] as const
const offered = 'application/json, application/yaml, text/plain'

interface Page {
  readonly kind: 'Statusz' | 'Flagz'
  /** As lines, without the title. */
  readonly text: string
  readonly document: object
}

const statuszPaths = ['/flagz', '/healthz', '/livez', '/metrics', '/readyz', '/statusz', '/version']

export function statuszHandler(facts: () => Omit<StatuszFacts, 'paths'>): Handler {
  return async (request) => {
    const all = { ...facts(), paths: statuszPaths }
    return show(request, { kind: 'Statusz', text: `\n${statuszText(all)}`, document: statuszFields(all) })
  }
}

/** `flags`: by name, as upstream prints their values. */
export function flagzHandler(flags: Readonly<Record<string, string>>): Handler {
  const sorted = Object.fromEntries(Object.entries(flags).sort(([a], [b]) => (a < b ? -1 : 1)))
  return async (request) =>
    show(request, {
      kind: 'Flagz',
      text: Object.entries(sorted)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
      document: { flags: sorted },
    })
}

/** Throws NotAcceptable. */
function show(request: ApiRequest, { kind, text, document }: Page): ApiResponse {
  const caching = { 'cache-control': 'no-cache, private' }
  for (const { type, parameters } of clausesOf(request.headers.accept)) {
    if (type === 'text/plain' || type === 'text/*' || type === '*/*') {
      const headers = { ...caching, 'content-type': 'text/plain; charset=utf-8' }
      return { status: 200, headers, body: `\n${component} ${kind.toLowerCase()}\n${zPageNotice}\n${text}` }
    }
    const version = versions.find((each) => parameters.v === each)
    if (!version || parameters.g !== 'config.k8s.io' || parameters.as !== kind || (type !== 'application/json' && type !== 'application/yaml')) continue
    const whole = { kind, apiVersion: `config.k8s.io/${version}`, metadata: { name: component }, ...document }
    const headers: Record<string, string> = { ...caching, 'content-type': `${type};g=config.k8s.io;v=${version};as=${kind}` }
    if (version === 'v1alpha1') headers.warning = `299 - "This version of the ${kind.toLowerCase()} endpoint is deprecated. Please use a newer version."`
    return { status: 200, headers, body: type === 'application/yaml' ? encodeYaml(cloneJson(whole) as unknown as Value) : `${writeJson(whole)}\n` }
  }
  throw notAcceptable(`only the following media types are accepted: ${offered}`)
}

function clausesOf(accept = '*/*'): { type: string; parameters: Record<string, string> }[] {
  return accept.split(',').map((clause) => {
    const [type = '', ...rest] = clause.split(';').map((part) => part.trim())
    return { type, parameters: Object.fromEntries(rest.map((part) => part.split('=', 2) as [string, string])) }
  })
}
