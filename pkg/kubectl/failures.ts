/** What a refused request says when the server sent no Status (client-go's NewGenericServerResponse). */
import { StatusError } from '#apimachinery/status-error.ts'
import { failureOf } from '#client/response-error.ts'
import type { RawRequest, RawResponse } from '#client/types.ts'

const words: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  403: 'unknown',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  406: 'the server was unable to respond with a content type that the client supports',
  409: 'the server reported a conflict',
  415: 'the body of the request was in an unknown format',
  422: 'the server rejected our request due to an error in our request',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
}

export async function requestFailure(request: RawRequest, response: RawResponse): Promise<StatusError> {
  const failure = await failureOf(request, response)
  const message = words[failure.code]
  if (!message || !failure.message.startsWith('an error on the server (')) return failure
  return new StatusError({ code: failure.code, reason: failure.reason, message: message + told(request), details: failure.details })
}

/** Where upstream does not look at the body at all. */
export function genericMessage(request: RawRequest, code: number): string | undefined {
  const message = words[code]
  return message && message + told(request)
}

/** " (get pods web-0)": what was asked for, when the path is that of a resource. */
function told({ method, path }: RawRequest): string {
  const match = /^\/(?:api\/[^/]+|apis\/([^/]+)\/[^/]+)(?:\/namespaces\/[^/]+)?\/([a-z]+)(?:\/([^/?]+))?/.exec(path)
  if (!match) return ''
  const [, group, resource, name] = match
  return ` (${[method.toLowerCase(), group ? `${resource}.${group}` : resource, name && decodeURIComponent(name)].filter(Boolean).join(' ')})`
}
