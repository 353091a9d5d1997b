/** Asks an HTTP server to switch protocols, and answers the naked connection. */
import { request as httpRequest } from 'node:http'
import type { Duplex } from 'node:stream'

export interface Upgraded {
  readonly socket: Duplex
  readonly head: Buffer
  readonly headers: NodeJS.Dict<string | string[]>
}

/** `url`: what the container runtime gave for a stream. Rejects with the server's words when it does not switch. */
export function dialUpgrade(url: string, headers: Readonly<Record<string, string | readonly string[]>>): Promise<Upgraded> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method: 'POST',
      headers: { ...(headers as Record<string, string | string[]>), connection: 'Upgrade', 'content-length': '0' },
    })
    request.on('upgrade', (response, socket, head) => resolve({ socket, head, headers: response.headers }))
    request.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        if (text.length < 10_000) text += chunk
      })
      response.on('end', () => reject(new Error(`the container runtime answered ${response.statusCode}: ${text.trim()}`)))
    })
    request.on('error', reject)
    request.end()
  })
}

/** Dials for SPDY with these stream protocols, the most wanted first. */
export function dialSpdy(url: string, protocols: readonly string[]): Promise<Upgraded> {
  return dialUpgrade(url, { upgrade: 'SPDY/3.1', 'x-stream-protocol-version': [...protocols] })
}
