/** WebSockets to the API server with the credentials of the connection. */
import { readFileSync } from 'node:fs'
import { agentThrough } from '#client/https-transport.ts'
import WebSocket from 'ws'
import { CommandError } from '../errors.ts'
import type { Session } from '../session.ts'

/** Open when it resolves; a refusal of the server is thrown in its words. */
export async function openSocket(session: Session, path: string, protocols: readonly string[]): Promise<WebSocket> {
  const to = await session.connection()
  const url = new URL(to.server)
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:'
  const token = to.tokenFile ? readFileSync(to.tokenFile, 'utf8').trim() : to.token
  const authorization = token ? `Bearer ${token}` : to.username ? `Basic ${Buffer.from(`${to.username}:${to.password ?? ''}`).toString('base64')}` : undefined
  const socket = new WebSocket(`${url.origin.replace(/^http/, 'ws')}${url.pathname.replace(/\/$/, '')}${path}`, [...protocols], {
    headers: { ...(to.impersonation as Record<string, string>), ...(authorization ? { authorization } : {}) },
    ...(to.ca ? { ca: to.ca as string } : {}),
    ...(to.cert ? { cert: to.cert as string, key: to.key as string } : {}),
    ...(to.serverName ? { servername: to.serverName } : {}),
    rejectUnauthorized: !to.insecureSkipTlsVerify,
    perMessageDeflate: false,
    ...(to.proxyUrl ? { agent: agentThrough(to, url.protocol === 'wss:') } : {}),
  })
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
    socket.once('unexpected-response', (_, response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        if (text.length < 1 << 16) text += chunk
      })
      response.on('end', () => reject(refusal(text)))
    })
  })
}

/** As kubectl 1.36 tells of it: in the server's words, be they a Status or not, without their reason. */
function refusal(text: string): Error {
  return new CommandError(`error: unable to upgrade connection: ${messageOf(text).trim() || text.trim() || 'empty server response'}`)
}

function messageOf(text: string): string {
  try {
    const { message, error } = JSON.parse(text) ?? {}
    return String(message || error || '')
  } catch {
    return ''
  }
}
