/**
 * Whether the kubelet is well: /healthz of its API, and the same in plain HTTP for this machine alone at healthzPort. Stands for upstream's
 * healthz package: all checks at once or one by its name, `verbose`, and `exclude`.
 */
import { createServer, type Server } from 'node:http'
import type { Logger } from '#base/log.ts'
import type { CompleteConfiguration } from '../configuration/defaults.ts'

export interface HealthzOptions extends Pick<CompleteConfiguration, 'healthzPort' | 'healthzBindAddress'> {
  readonly healthy: () => string | undefined
  readonly log: Logger
}

export interface HealthAnswer {
  readonly status: number
  readonly body: string
}

/** All but the one that `healthy` is the check of say no more than that they are answered. */
const names = ['ping', 'log', 'syncloop', 'device-plugin'] as const

/** `name` is what stands behind /healthz/; undefined: there is no such check. `healthy` answers why it is not. */
export function healthAnswer(healthy: () => string | undefined, name: string | undefined, query: URLSearchParams): HealthAnswer | undefined {
  const why = (each: string) => (each === 'syncloop' ? healthy() : undefined)
  if (name !== undefined) {
    if (!names.some((each) => each === name)) return undefined
    const problem = why(name)
    return problem === undefined ? { status: 200, body: 'ok' } : { status: 500, body: `internal server error: ${problem}\n` }
  }
  const excluded = new Set(query.getAll('exclude').flatMap((each) => each.split(',')))
  const lines = names.map((each) => {
    if (excluded.delete(each)) return `[+]${each} excluded: ok\n`
    return why(each) === undefined ? `[+]${each} ok\n` : `[-]${each} failed: reason withheld\n`
  })
  if (excluded.size > 0) {
    const unknown = [...excluded].sort().map((each) => JSON.stringify(each))
    lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown.join(', ')}\n`)
  }
  if (lines.some((each) => each.startsWith('[-]'))) return { status: 500, body: `${lines.join('')}healthz check failed\n` }
  return { status: 200, body: query.has('verbose') ? `${lines.join('')}healthz check passed\n` : 'ok' }
}

/** A port that is taken is no reason not to run: it is told, as upstream does. */
export function serveHealthz({ healthzPort, healthzBindAddress, healthy, log }: HealthzOptions): Server | undefined {
  if (healthzPort === 0) return undefined
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://kubelet')
    const [, head, name] = /^\/(healthz)(?:\/([^/]*))?$/.exec(pathname) ?? []
    const answer = head ? healthAnswer(healthy, name, searchParams) : undefined
    const { status, body } = answer ?? { status: 404, body: '404 page not found\n' }
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(body)
  })
  server.on('error', (error) => log.error('healthz is not served', { error }))
  server.listen(healthzPort, healthzBindAddress)
  return server
}
