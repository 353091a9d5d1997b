/** /debug/pprof/ and /debug/flags/v: what helps to find out what a server that runs is doing. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { textResponse } from '../response.ts'
import type { Router } from '../router.ts'
import type { ApiRequest, ApiResponse, Handler } from '../types.ts'
import { allocationProfile, cpuProfile, type ProfileOf } from './profiles.ts'

const profiles: Readonly<Record<string, { readonly of: ProfileOf; readonly seconds: number; readonly about: string }>> = {
  allocs: { of: allocationProfile, seconds: 5, about: 'A sampling of what is allocated over the time that the seconds parameter says.' },
  profile: { of: cpuProfile, seconds: 30, about: 'CPU profile. You can specify the duration in the seconds GET parameter.' },
}
const maxSeconds = 600
const uncached = { 'cache-control': 'no-cache, private' }
const html = (status: number, body: string, headers: Record<string, string> = {}): ApiResponse => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8', ...uncached, ...headers },
  body,
})
const plain = (status: number, text: string, headers: Record<string, string> = {}): ApiResponse => textResponse(status, text, { ...uncached, ...headers })
/** As upstream's handler of flags, which names no charset. */
const bare = (status: number, text: string): ApiResponse => plain(status, text, { 'content-type': 'text/plain' })

export function mountDebugging(router: Router, { clock, log }: { readonly clock: Clock; readonly log: Logger }): void {
  router.prefix('/debug/pprof', pprof(clock))
  router.prefix('/debug/flags', flags(log))
}

function pprof(clock: Clock): Handler {
  return async (request) => {
    if (request.path === '/debug/pprof') return html(302, '<a href="/debug/pprof/">Found</a>.\n\n', { location: '/debug/pprof/' })
    const name = request.path.slice('/debug/pprof/'.length)
    if (name === '') return html(200, index(), { 'x-content-type-options': 'nosniff' })
    if (name === 'symbol') return plain(200, 'num_symbols: 1\n')
    const profile = Object.hasOwn(profiles, name) ? profiles[name]! : undefined
    if (!profile) return plain(404, 'Unknown profile\n', { 'x-go-pprof': '1' })
    const body = await profile.of({ clock, durationMs: secondsOf(request, profile.seconds) * 1000, signal: request.signal })
    if (!body) return plain(500, 'Could not enable CPU profiling: cpu profiling already in use\n', { 'x-go-pprof': '1' })
    const headers = {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${name}"`,
      'x-content-type-options': 'nosniff',
      ...uncached,
    }
    return { status: 200, headers, body }
  }
}

function secondsOf({ query }: ApiRequest, otherwise: number): number {
  const given = Number(query.get('seconds') ?? '')
  return given > 0 ? Math.min(given, maxSeconds) : otherwise
}

function index(): string {
  const rows = Object.entries(profiles).map(([name, { about }]) => `<tr><td><a href='${name}'>${name}</a></td><td>${about}</td></tr>`)
  return `<html>\n<head>\n<title>/debug/pprof/</title>\n</head>\n<body>\n/debug/pprof/\n<br>\nTypes of profiles available:\n<table>\n${rows.join('\n')}\n</table>\n</body>\n</html>\n`
}

const flagsPage =
  '<html>\n<head>\n<title>/debug/flags/</title>\n</head>\n<body>\n/debug/flags/<br>\n<br>\nflags:<br>\n<table>\n<tr>v<br>\n</table>\n<br>\nfull flags configurable<br>\n</body>\n</html>\n'

function flags(log: Logger): Handler {
  return async (request) => {
    const { path, method } = request
    if (path !== '/debug/flags/v') return html(200, flagsPage)
    if (method !== 'PUT') return bare(406, 'unsupported http method\n')
    const text = Buffer.from(await request.body()).toString()
    if (!/^\d+$/.test(text)) return bare(400, `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax\n`)
    log.setVerbosity?.(Number(text))
    return bare(200, `successfully set klog.logging.verbosity to ${text}\n`)
  }
}
