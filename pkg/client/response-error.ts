/** What went wrong with a request, as a StatusError (client-go's transformResponse). */
import type { Status } from '#apimachinery/gen/meta-v1.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import type { RawRequest, RawResponse } from './types.ts'

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

export async function failureOf(request: RawRequest, response: RawResponse): Promise<StatusError> {
  const text = await response.text().catch(() => '')
  const status = statusIn(text)
  if (status) return StatusError.fromStatus({ code: response.status, ...status })
  const detail = text === '' ? '' : `: ${text.slice(0, 2048)}`
  return new StatusError({
    code: response.status,
    reason: reasons[response.status] ?? 'Unknown',
    message: `an error on the server ("${response.status}") has prevented the request from succeeding (${request.method} ${request.path})${detail}`,
  })
}

function statusIn(text: string): Partial<Status> | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const value = JSON.parse(text)
    return value?.kind === 'Status' ? value : undefined
  } catch {
    return undefined
  }
}

/** No answer at all: refused, reset, timed out. */
export function unreachable(request: RawRequest, cause: unknown): StatusError {
  if (cause instanceof StatusError) return cause
  const why = cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code ?? cause) : String(cause)
  return new StatusError({ code: 503, reason: 'ServiceUnavailable', message: `${request.method} ${request.path}: ${why}`, cause })
}

/** How long the server asks us to wait before the same request is sent again; undefined when it does not. */
export function retryAfterMs(response: RawResponse): number | undefined {
  if (response.status !== 429 && response.status < 500) return undefined
  const seconds = Number(response.headers['retry-after'])
  return response.headers['retry-after'] !== undefined && Number.isInteger(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}
