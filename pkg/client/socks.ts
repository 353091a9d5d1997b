/** SOCKS5 (RFC 1928 and 1929): a connection by way of a proxy, which looks the host's name up itself. */
import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

const handshakeMs = 30_000
const refusals = [
  '',
  'general SOCKS server failure',
  'connection not allowed by ruleset',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'TTL expired',
  'command not supported',
  'address type not supported',
]

interface Target {
  readonly host: string
  readonly port: number
}

/** What an Agent of Node.js takes as its `createConnection`. */
export function socksConnector(proxyUrl: string, secure: boolean) {
  return (options: any, ready: (error: Error | null, socket?: Socket) => void): void => {
    const target = { host: String(options.host), port: Number(options.port) }
    connectBySocks(new URL(proxyUrl), target).then(
      (socket) => ready(null, secure ? connectTls({ ...options, socket }) : socket),
      (error: Error) => ready(error),
    )
  }
}

/** Throws when the proxy is not there, is no SOCKS5 proxy, or does not reach the host. */
export async function connectBySocks(proxy: URL, target: Target): Promise<Socket> {
  const socket = connect(Number(proxy.port || 1080), proxy.hostname.replace(/^\[|\]$/g, ''))
  const timer = setTimeout(() => socket.destroy(new Error(`socks ${proxy.host}: no answer within ${handshakeMs / 1000}s`)), handshakeMs)
  try {
    await once(socket, 'connect')
    await shakeHands(socket, proxy, target)
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function shakeHands(socket: Socket, { username, password, host: at }: URL, { host, port }: Target): Promise<void> {
  const refused = (why: string): Error => new Error(`socks connect tcp ${at}->${isIP(host) === 6 ? `[${host}]` : host}:${port}: ${why}`)
  const credentials = [username, password].map((each) => Buffer.from(decodeURIComponent(each)))
  socket.write(Buffer.from(username === '' ? [5, 1, 0] : [5, 2, 0, 2]))
  const [version, method] = await take(socket, 2)
  if (version !== 5) throw refused(`unexpected protocol version ${version}`)
  if (method === 2 && username !== '') {
    socket.write(Buffer.concat([Buffer.from([1]), ...credentials.flatMap((each) => [Buffer.from([each.length]), each])]))
    const [, status] = await take(socket, 2)
    if (status !== 0) throw refused('username/password authentication failed')
  } else if (method !== 0) throw refused('no acceptable authentication methods')
  socket.write(Buffer.concat([Buffer.from([5, 1, 0]), addressOf(host), Buffer.from([port >> 8, port & 255])]))
  const [, reply = 1, , kind] = await take(socket, 4)
  if (reply !== 0) throw refused(`unknown error ${refusals[reply] ?? `unknown code: ${reply}`}`)
  const length = kind === 1 ? 4 : kind === 4 ? 16 : (await take(socket, 1))[0]!
  await take(socket, length + 2)
}

/** Its kind and its bytes. */
function addressOf(host: string): Buffer {
  if (isIP(host) === 4) return Buffer.from([1, ...host.split('.').map(Number)])
  if (isIP(host) === 6) {
    const [head = '', tail] = host.split('::')
    const groups = (text = ''): number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)))
    const [before, after] = [groups(head), groups(tail)]
    const all = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after]
    return Buffer.from([4, ...all.flatMap((group) => [group >> 8, group & 255])])
  }
  const name = Buffer.from(host)
  return Buffer.concat([Buffer.from([3, name.length]), name])
}

/** So many bytes and no more: what follows is another's. */
function take(socket: Socket, length: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const done = (act: () => void): void => {
      socket.off('readable', look).off('error', fail).off('close', cut)
      act()
    }
    const look = (): void => {
      const bytes = socket.read(length) as Buffer | null
      if (bytes?.length === length) done(() => resolve(bytes))
    }
    const fail = (error: Error): void => done(() => reject(error))
    const cut = (): void => fail(new Error('socks: the proxy ended the connection'))
    socket.on('readable', look).on('error', fail).on('close', cut)
    look()
  })
}
