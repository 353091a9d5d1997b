/** The proxy's own answers, as an HTTP answer or straight onto a socket that asked for an upgrade. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Duplex, pipeline, type Readable } from 'node:stream'
import type { Answer } from './answers.ts'

const statusTexts: Readonly<Record<number, string>> = {
  301: 'Moved Permanently',
  302: 'Found',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Authorization Required',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Time-out',
  413: 'Request Entity Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Temporarily Unavailable',
  504: 'Gateway Time-out',
}

/** Answers how many bytes of a body were sent. */
export function writeAnswer(request: IncomingMessage, response: ServerResponse, { status, headers = {}, body, cookies = [] }: Answer): number {
  if (response.headersSent || response.destroyed) return 0
  const text = status === 204 ? '' : (body ?? `${status} ${statusTexts[status] ?? ''}\n`)
  // What is left of the body is not read: the connection has no further use.
  const close = request.httpVersionMajor < 2 && !request.complete ? { connection: 'close' } : {}
  const length = Buffer.byteLength(text)
  response.writeHead(status, {
    'content-type': 'text/plain',
    'content-length': length,
    ...headers,
    ...(cookies.length > 0 ? { 'set-cookie': [...cookies] } : {}),
    ...close,
  })
  response.end(request.method === 'HEAD' ? undefined : text)
  return request.method === 'HEAD' ? 0 : length
}

export function writeHead(client: Duplex, status: number, headers: object): void {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`))
  client.write(
    `HTTP/1.1 ${status} ${status === 101 ? 'Switching Protocols' : (statusTexts[status] ?? 'OK')}\r\n${lines.join('\r\n')}${lines.length ? '\r\n' : ''}\r\n`,
  )
}

/** An answer to a request for an upgrade that did not come to one; the connection ends with it. */
export function writeRaw(client: Duplex, status: number, headers: object, body?: Readable): void {
  if (client.destroyed) return
  writeHead(client, status, { ...headers, connection: 'close' })
  if (body) pipeline(body, client, () => client.destroy())
  else client.end()
}
