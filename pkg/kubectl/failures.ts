/** What a refused request says when the server sent no Status (client-go's NewGenericServerResponse). */
import { StatusError } from '#apimachinery/status-error.ts'
import { genericWords } from '#client/generic-failure.ts'
import { failureOf } from '#client/response-error.ts'
import type { RawRequest, RawResponse } from '#client/types.ts'

export async function requestFailure(request: RawRequest, response: RawResponse): Promise<StatusError> {
  const failure = await failureOf(request, response)
  const message = genericWords[failure.code]
  if (!message || !failure.message.startsWith('an error on the server (')) return failure
  return new StatusError({ code: failure.code, reason: failure.reason, message: message + told(request), details: failure.details })
}

/** Where upstream does not look at the body at all. */
export function genericMessage(request: RawRequest, code: number): string | undefined {
  const message = genericWords[code]
  return message && message + told(request)
}

/** " (get pods web-0)": what was asked for, when the path is that of a resource. */
function told({ method, path }: RawRequest): string {
  const match = /^\/(?:api\/[^/]+|apis\/([^/]+)\/[^/]+)(?:\/namespaces\/[^/]+)?\/([a-z]+)(?:\/([^/?]+))?/.exec(path)
  if (!match) return ''
  const [, group, resource, name] = match
  return ` (${[method.toLowerCase(), group ? `${resource}.${group}` : resource, name && decodeURIComponent(name)].filter(Boolean).join(' ')})`
}
