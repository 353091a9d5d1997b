/** Small answers: JSON values, Status objects, plain text. */
import { StatusError } from '#apimachinery/status-error.ts'
import type { ApiRequest, ApiResponse } from './types.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'

export function jsonResponse(status: number, value: unknown, headers: Record<string, string> = {}): ApiResponse {
  return { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-cache, private', ...headers }, body: `${writeJson(value)}\n` }
}

/** What upstream writes without its serializers: indented, and no end of line. */
export function indentedResponse(value: unknown): ApiResponse {
  return { status: 200, headers: { 'content-type': 'application/json', 'cache-control': 'no-cache, private' }, body: writeJson(value, 2) }
}

export function textResponse(status: number, text: string, headers: Record<string, string> = {}): ApiResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', ...headers }, body: text }
}

/** What upstream answers on a path that nobody serves. */
export function pathNotFound(): ApiResponse {
  return textResponse(404, '404 page not found\n')
}

/** Where the server itself has failed before there was anything to answer with: no Status, and its text is made safe for browsers. */
export function internalError({ path, uri = path }: Pick<ApiRequest, 'path' | 'uri'>, why: string): ApiResponse {
  const text = `Internal Server Error: ${JSON.stringify(uri)}: ${why}`
  return textResponse(500, `${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}\n`)
}

/** A path of a group version that is served, which leads to none of its resources. */
export function nobodysPath(): StatusError {
  return new StatusError({ code: 404, reason: 'NotFound', message: 'the server could not find the requested resource', details: {} })
}

/** Writes to all namespaces at once, and methods that there are not. */
export function notAllowedHere(): StatusError {
  return new StatusError({ code: 405, reason: 'MethodNotAllowed', message: 'the server does not allow this method on the requested resource', details: {} })
}

/** Anything thrown, as the Status that clients decode. */
export function errorResponse(error: unknown): ApiResponse {
  const failure = StatusError.from(error)
  const retryAfter = failure.details?.retryAfterSeconds
  return jsonResponse(failure.code, failure.toStatus(), retryAfter ? { 'retry-after': String(retryAfter) } : {})
}
