/** pods/log: the kubelet's containerLogs, streamed. */
import { parseTime } from '#apimachinery/codec/time.ts'
import { type FieldError, forbiddenField, invalidValue, path, toCauses } from '#apimachinery/field-error.ts'
import { badRequest, internalError, invalid, StatusError } from '#apimachinery/status-error.ts'
import type { ApiRequest } from '../types.ts'
import { type BackendTls, fetchStream } from './backend.ts'
import { containerOf, type Locator } from './locate.ts'
import type { ConnectHandler } from './types.ts'

export function podLogHandler(locate: Locator, tls: BackendTls): ConnectHandler {
  return async (request) => {
    const { namespace, name } = request.context.info
    const { query } = request
    check(name, query)
    const pod = await locate.pod(namespace, name)
    const container = containerOf(pod, query.get('container'))
    const nodeName = pod.spec?.nodeName
    // Not placed yet: there is nothing to say, which is no error.
    if (!nodeName) return { status: 204, headers: {} }
    const { host, port } = await locate.kubelet(nodeName)
    const location = `/containerLogs/${namespace}/${name}/${container}${parameters(query)}`
    return fetchStream(passingOnly(request), { scheme: 'https', host, port, path: location, tls }, (code, text) => refusal(code, text, name))
  }
}

/** Headers of ours that would change the kubelet's answer (compression, caching) stay here, and so does a wish for a WebSocket: the kubelet's logs are plain. */
function passingOnly(request: ApiRequest): ApiRequest {
  return { ...request, method: 'GET', headers: { accept: '*/*' }, upgrade: undefined }
}

function parameters(query: URLSearchParams): string {
  const passed = new URLSearchParams()
  for (const name of ['follow', 'previous', 'timestamps']) if (isTrue(query.get(name))) passed.set(name, 'true')
  for (const name of ['sinceSeconds', 'sinceTime', 'tailLines', 'limitBytes']) {
    const value = query.get(name)
    if (value) passed.set(name, value)
  }
  const text = passed.toString()
  return text === '' ? '' : `?${text}`
}

export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false'
}

function check(name: string, query: URLSearchParams): void {
  const errors: FieldError[] = []
  const whole = (field: string, least: number, message: string): void => {
    const text = query.get(field)
    if (!text) return
    if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
    if (Number(text) < least) errors.push(invalidValue(path(field), Number(text), message))
  }
  whole('tailLines', 0, 'must be greater than or equal to 0')
  whole('limitBytes', 1, 'must be greater than 0')
  if (query.get('sinceSeconds') && query.get('sinceTime'))
    errors.push(forbiddenField(path('[]'), 'at most one of `sinceTime` or `sinceSeconds` may be specified'))
  else whole('sinceSeconds', 1, 'must be greater than 0')
  const time = query.get('sinceTime')
  if (time) checkTime(time)
  // Streams apart are a feature that is off by default (PodLogsQuerySplitStreams).
  if (query.has('stream')) errors.push(forbiddenField(path('stream'), 'may not be specified'))
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, name, toCauses(errors))
}

function checkTime(text: string): void {
  try {
    parseTime(text)
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error))
  }
}

function refusal(code: number, text: string, name: string): StatusError {
  if (code === 400) return badRequest(text)
  if (code === 500) return internalError(text)
  const reasons: Record<number, string> = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'NotFound', 429: 'TooManyRequests', 503: 'ServiceUnavailable' }
  const message = code === 404 ? `the server could not find the requested resource ( pods/log ${name})` : text || 'the server responded with an error'
  return new StatusError({
    code,
    reason: reasons[code] ?? 'InternalError',
    message,
    details: { name, kind: 'pods/log', causes: [{ reason: 'UnexpectedServerResponse', message: text }] },
  })
}
