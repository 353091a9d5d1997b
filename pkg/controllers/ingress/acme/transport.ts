/** HTTPS to an ACME server; plain HTTP only to loopback. */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type AcmeAnswer, AcmeError, type AcmeTransport } from './types.ts'

const timeoutMs = 30_000
const bodyLimit = 1 << 20

export function createTransport(caCertificate: string | undefined): AcmeTransport {
  return (url, { method, body }) =>
    new Promise<AcmeAnswer>((resolve, reject) => {
      const parsed = new URL(url)
      const secure = parsed.protocol === 'https:'
      if (!secure && !(parsed.protocol === 'http:' && parsed.hostname === '127.0.0.1')) throw new AcmeError(`${url} is not an https URL`)
      const headers = {
        'user-agent': 'k8ts',
        ...(body === undefined ? {} : { 'content-type': 'application/jose+json', 'content-length': Buffer.byteLength(body) }),
      }
      const options = { method, headers, timeout: timeoutMs, ...(secure && caCertificate ? { ca: caCertificate } : {}) }
      const outgoing = (secure ? httpsRequest : httpRequest)(parsed, options, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          text += chunk
          if (text.length > bodyLimit) outgoing.destroy(new AcmeError(`${url} answers without end`))
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
        response.on('error', reject)
      })
      outgoing.on('timeout', () => outgoing.destroy(new AcmeError(`${url} does not answer`)))
      outgoing.on('error', (error) => reject(error instanceof AcmeError ? error : new AcmeError(`${url}: ${error.message}`)))
      outgoing.end(body)
    })
}
