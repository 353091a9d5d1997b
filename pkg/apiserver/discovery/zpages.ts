/**
 * /statusz and /flagz (KEP-4827, KEP-4828): since when this server runs and what version it is; the flags it runs with.
 * As text, or as the Statusz and Flagz of config.k8s.io for who asks for those.
 */
import { cloneJson } from '#apimachinery/json-value.ts'
import { notAcceptable } from '#apimachinery/status-error.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'
import type { Value } from '#template/types.ts'
import { encodeYaml } from '#template/yaml/encode.ts'
import type { ApiRequest, ApiResponse, Handler } from '../types.ts'

const component = 'apiserver'
const notice = 'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.'
const versions = ['v1beta1', 'v1alpha1'] as const
const offered = 'application/json, application/yaml, text/plain'

interface Page {
  readonly kind: 'Statusz' | 'Flagz'
  /** As lines, without the title. */
  readonly text: string
  readonly document: object
}

export interface StatuszFacts {
  readonly startedAtMs: number
  readonly nowMs: number
  readonly goVersion: string
  readonly binaryVersion: string
}

const statuszPaths = ['/flagz', '/healthz', '/livez', '/metrics', '/readyz', '/statusz', '/version']

export function statuszHandler(facts: () => StatuszFacts): Handler {
  return async (request) => {
    const { startedAtMs, nowMs, goVersion, binaryVersion } = facts()
    const emulationVersion = binaryVersion.split('.').slice(0, 2).join('.')
    const uptimeSeconds = Math.floor((nowMs - startedAtMs) / 1000)
    const startTime = new Date(startedAtMs).toISOString().replace(/\.\d+/, '')
    const rows = [
      ['Started', unixDate(startedAtMs)],
      ['Up', upTime(uptimeSeconds)],
      ['Go version', goVersion],
      ['Binary version', binaryVersion],
      ['Emulation version', emulationVersion],
      ['Paths', statuszPaths.join(' ')],
    ]
    return show(request, {
      kind: 'Statusz',
      text: `\n${rows.map(([name, value]) => `${name}:  ${value}\n`).join('')}`,
      document: { startTime, uptimeSeconds, goVersion, binaryVersion, emulationVersion, paths: statuszPaths },
    })
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
      return { status: 200, headers, body: `\n${component} ${kind.toLowerCase()}\n${notice}\n${text}` }
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

/** As `date` writes it: "Sun Nov 29 09:45:16 UTC 2026". */
function unixDate(ms: number): string {
  const [weekday, day, month, year, time] = new Date(ms).toUTCString().replace(',', '').split(' ')
  return `${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} UTC ${year}`
}

function upTime(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${Math.floor(seconds / 3600)} hr ${two(Math.floor(seconds / 60) % 60)} min ${two(seconds % 60)} sec`
}
