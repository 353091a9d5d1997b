/** /healthz, /livez and /readyz, each check by itself too, with ?verbose and ?exclude (upstream: k8s.io/apiserver/pkg/server/healthz). */
import { textResponse } from '../response.ts'
import type { ApiRequest, ApiResponse, Handler } from '../types.ts'

export interface HealthCheck {
  readonly name: string
  /** undefined: well. */
  readonly check: () => string | undefined
}

export function healthHandler(endpoint: string, checks: () => readonly HealthCheck[]): Handler {
  return async (request) => {
    const excluded = new Set(request.query.getAll('exclude'))
    const unknown = new Set(excluded)
    const lines: string[] = []
    let failed = false
    for (const { name, check } of checks()) {
      unknown.delete(name)
      if (excluded.has(name)) lines.push(`[+]${name} excluded: ok`)
      else if (check() === undefined) lines.push(`[+]${name} ok`)
      else {
        failed = true
        // Anyone may ask; why is told only to who asks for the check itself.
        lines.push(`[-]${name} failed: reason withheld`)
      }
    }
    if (unknown.size > 0) {
      const names = [...unknown].sort().map((name) => JSON.stringify(name))
      lines.push(`warn: some health checks cannot be excluded: no matches for ${names.join(',')}`)
    }
    if (failed) return textResponse(500, `${lines.join('\n')}\n${endpoint} check failed\n`)
    return textResponse(200, request.query.has('verbose') ? `${lines.join('\n')}\n${endpoint} check passed\n` : 'ok')
  }
}

export function singleCheck(check: HealthCheck): Handler {
  return async (_request: ApiRequest): Promise<ApiResponse> => {
    const failure = check.check()
    return failure === undefined
      ? { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'ok' }
      : textResponse(500, `internal server error: ${failure}\n`)
  }
}
