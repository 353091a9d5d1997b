/** /healthz, /livez and /readyz, each check by itself too, and ?verbose. */
import { textResponse } from '../response.ts'
import type { ApiRequest, ApiResponse, Handler } from '../types.ts'

export interface HealthCheck {
  readonly name: string
  /** undefined: well. */
  readonly check: () => string | undefined
}

export function healthHandler(endpoint: string, checks: readonly HealthCheck[]): Handler {
  return async (request) => {
    const excluded = new Set(request.query.getAll('exclude'))
    const results = checks.filter(({ name }) => !excluded.has(name)).map(({ name, check }) => ({ name, failure: check() }))
    const failed = results.filter(({ failure }) => failure !== undefined)
    if (failed.length === 0 && !request.query.has('verbose')) return textResponse(200, 'ok')
    const lines = results.map(({ name, failure }) => (failure === undefined ? `[+]${name} ok` : `[-]${name} failed: reason withheld`))
    for (const name of excluded) lines.push(`[+]${name} excluded: ok`)
    const verdict = failed.length === 0 ? 'passed' : 'failed'
    return textResponse(failed.length === 0 ? 200 : 500, `${lines.join('\n')}\n${endpoint} check ${verdict}\n`)
  }
}

export function singleCheck(check: HealthCheck): Handler {
  return async (_request: ApiRequest): Promise<ApiResponse> => {
    const failure = check.check()
    return failure === undefined ? textResponse(200, 'ok') : textResponse(500, `internal server error: ${failure}\n`)
  }
}
