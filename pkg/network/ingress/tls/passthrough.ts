/** TLS that is not ended here (ingress-nginx: ssl-passthrough): bytes go to an endpoint as they come. */
import { connect, type Socket } from 'node:net'
import type { Backend, Endpoint, IngressState } from '../types.ts'

const dialTimeoutMs = 5_000
const attempts = 3
let turn = 0

/** One endpoint after another until one takes the connection; when none does, the client is cut off. */
export async function passThrough(client: Socket, backend: Backend, state: IngressState): Promise<void> {
  const endpoints = state.endpointsOf(backend)
  const first = turn++
  client.on('error', () => client.destroy())
  for (let attempt = 0; attempt < Math.min(attempts, endpoints.length) && !client.destroyed; attempt++) {
    const upstream = await dial(endpoints[(first + attempt) % endpoints.length]!, state).catch(() => undefined)
    if (!upstream) continue
    upstream.on('error', () => client.destroy())
    upstream.on('close', () => client.destroySoon())
    client.on('close', () => upstream.destroy())
    if (client.destroyed) upstream.destroy()
    client.pipe(upstream)
    upstream.pipe(client)
    return
  }
  client.destroy()
}

async function dial({ address, port, isName }: Endpoint, state: IngressState): Promise<Socket> {
  const host = isName ? await state.resolve(address) : address
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true })
    socket.setTimeout(dialTimeoutMs, () => socket.destroy(new Error('connect timeout')))
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      socket.setTimeout(0)
      resolve(socket)
    })
  })
}
