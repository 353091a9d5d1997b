/** /healthz, /livez and /readyz, each check by itself too, with ?verbose and ?exclude (upstream: k8s.io/apiserver/pkg/server/healthz). */
import { textResponse } from '../response.ts'
import type { ApiRequest, ApiResponse, Handler } from '../types.ts'

export interface HealthCheck {
  readonly name: string
  /** undefined: well. */
  readonly check: () => string | undefined
}

/** What came of the checks, as /metrics/slis tells it. */
export class HealthResults {
  /** By name and endpoint. */
  readonly #results = new Map<string, { readonly name: string; readonly type: string; last: boolean; success: number; error: number }>()

  note(name: string, type: string, isWell: boolean): void {
    const key = `${name}\n${type}`
    const found = this.#results.get(key) ?? { name, type, last: isWell, success: 0, error: 0 }
    found.last = isWell
    found[isWell ? 'success' : 'error']++
    this.#results.set(key, found)
  }

  reset(): void {
    this.#results.clear()
  }

  text(): string {
    const results = [...this.#results.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, result]) => result)
    if (results.length === 0) return ''
    return [
      '# HELP kubernetes_healthcheck [STABLE] This metric records the result of a single healthcheck.',
      '# TYPE kubernetes_healthcheck gauge',
      ...results.map(({ name, type, last }) => `kubernetes_healthcheck{name="${name}",type="${type}"} ${last ? 1 : 0}`),
      '# HELP kubernetes_healthchecks_total [STABLE] This metric records the results of all healthcheck.',
      '# TYPE kubernetes_healthchecks_total counter',
      ...results.flatMap(({ name, type, success, error }) => [
        ...(error > 0 ? [`kubernetes_healthchecks_total{name="${name}",status="error",type="${type}"} ${error}`] : []),
        ...(success > 0 ? [`kubernetes_healthchecks_total{name="${name}",status="success",type="${type}"} ${success}`] : []),
      ]),
      '',
    ].join('\n')
  }
}

export function healthHandler(endpoint: string, checks: () => readonly HealthCheck[], results: HealthResults): Handler {
  return async (request) => {
    const excluded = new Set(request.query.getAll('exclude'))
    const unknown = new Set(excluded)
    const lines: string[] = []
    let failed = false
    for (const { name, check } of checks()) {
      unknown.delete(name)
      if (excluded.has(name)) {
        lines.push(`[+]${name} excluded: ok`)
        continue
      }
      const isWell = check() === undefined
      results.note(name, endpoint, isWell)
      if (isWell) lines.push(`[+]${name} ok`)
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
