/** WebSockets to the API server with the credentials of the connection. */
import { readFileSync } from 'node:fs'
import WebSocket from 'ws'
import { StatusError } from '#apimachinery/status-error.ts'
import { CommandError } from '../errors.ts'
import type { Session } from '../session.ts'

/** Open when it resolves; a refusal of the server is thrown as its Status. */
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
  })
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
    socket.once('unexpected-response', (_, response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        if (text.length < 1 << 16) text += chunk
      })
      response.on('end', () => reject(refusal(text, response.statusCode ?? 0)))
    })
  })
}

function refusal(text: string, code: number): Error {
  try {
    const status = JSON.parse(text)
    if (status.kind === 'Status') return StatusError.fromStatus({ code, ...status })
  } catch {
    // Not a Status; told as it is.
  }
  return new CommandError(`error: unable to upgrade connection: ${text.trim() || code}`)
}
