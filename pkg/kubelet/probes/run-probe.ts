/** One attempt of a probe or an HTTP/TCP hook: success, or failure with the text that the event shows. */
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { credentials, loadPackageDefinition, type makeGenericClientConstructor } from '@grpc/grpc-js'
import type { Container, HTTPGetAction, Probe } from '#api/gen/core/v1.ts'
import { buildServices } from '../cri/definition.ts'
import { isDeadlineExceeded } from '../cri/errors.ts'
import type { RuntimeService } from '../cri/types.ts'

export interface Attempt {
  readonly ok: boolean
  readonly output: string
  /** A success that is told of all the same. */
  readonly warning?: boolean
}

export interface ProbeTarget {
  readonly container: Container
  readonly containerId: string
  readonly podIp: string
  readonly runtime: RuntimeService
}

const maxBodyBytes = 10 * 1024

export async function runProbe(probe: Probe, target: ProbeTarget): Promise<Attempt> {
  const timeoutSeconds = probe.timeoutSeconds ?? 1
  const { exec, httpGet, tcpSocket, grpc } = probe
  if (exec) return runExec(target, exec.command ?? [], timeoutSeconds)
  if (httpGet) return runHttp(httpGet, target, timeoutSeconds * 1000, 'kube-probe/1.36')
  if (tcpSocket) {
    const port = portNumber(tcpSocket.port, target.container)
    return port === undefined ? badPort(tcpSocket.port) : runTcp(tcpSocket.host || target.podIp, port, timeoutSeconds * 1000)
  }
  if (grpc) return runGrpc(target.podIp, grpc.port, grpc.service ?? '', timeoutSeconds * 1000)
  return { ok: false, output: 'missing probe handler' }
}

export function portNumber(port: number | string, container: Container): number | undefined {
  if (typeof port === 'number') return port > 0 && port < 65536 ? port : undefined
  const named = container.ports?.find(({ name }) => name === port)?.containerPort
  if (named !== undefined) return named
  const number = Number(port)
  return Number.isInteger(number) && number > 0 && number < 65536 ? number : undefined
}

const badPort = (port: number | string): Attempt => ({ ok: false, output: `couldn't find port: ${port}` })

async function runExec({ runtime, containerId }: ProbeTarget, command: readonly string[], timeoutSeconds: number): Promise<Attempt> {
  try {
    const { stdout, stderr, exitCode } = await runtime.execSync(containerId, command, timeoutSeconds)
    const output = Buffer.concat([stdout, stderr]).subarray(0, maxBodyBytes).toString('utf8')
    return { ok: exitCode === 0, output }
  } catch (error) {
    if (isDeadlineExceeded(error)) return { ok: false, output: `command timed out: ${JSON.stringify(command.join(' '))} timed out after ${timeoutSeconds}s` }
    throw error
  }
}

export function runHttp(
  action: HTTPGetAction,
  { container, podIp }: Pick<ProbeTarget, 'container' | 'podIp'>,
  timeoutMs: number,
  agent: string,
  hops = 0,
): Promise<Attempt> {
  const port = portNumber(action.port, container)
  if (port === undefined) return Promise.resolve(badPort(action.port))
  const host = action.host || podIp
  const scheme = (action.scheme ?? 'HTTP').toLowerCase()
  const path = action.path || '/'
  const url = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path.startsWith('/') ? '' : '/'}${path}`
  const headers: Record<string, string | string[]> = { 'user-agent': agent, accept: '*/*' }
  for (const { name, value } of action.httpHeaders ?? []) {
    const key = name.toLowerCase()
    const before = headers[key]
    if (value === '' && (key === 'user-agent' || key === 'accept')) delete headers[key]
    else headers[key] = before === undefined || key === 'user-agent' || key === 'accept' || key === 'host' ? value : [before, value].flat()
  }
  return get(url, headers, timeoutMs, hops)
}

/** Go's bound on following redirects. */
const maxRequests = 10

function get(url: string, headers: http.OutgoingHttpHeaders, timeoutMs: number, hops: number): Promise<Attempt> {
  return new Promise((resolve) => {
    const finish = (attempt: Attempt) => {
      clearTimeout(timer)
      resolve(attempt)
    }
    const failed = (why: string) => finish({ ok: false, output: `Get "${url}": ${why}` })
    const options = { headers, agent: false as const, rejectUnauthorized: false }
    let request: http.ClientRequest
    const timer = setTimeout(() => {
      request?.destroy()
      failed('context deadline exceeded (Client.Timeout exceeded while awaiting headers)')
    }, timeoutMs)
    try {
      request = (url.startsWith('https:') ? https : http).get(url, options, (response) => {
        const status = response.statusCode ?? 0
        const location = response.headers.location
        const redirects = status >= 300 && status < 400
        const next = redirects && location ? new URL(location, url) : undefined
        // Another host's word is not followed; the answer counts as a success with a warning.
        if (next?.hostname === new URL(url).hostname) {
          response.resume()
          if (hops + 1 >= maxRequests) return failed(`stopped after ${maxRequests} redirects`)
          clearTimeout(timer)
          resolve(get(next.href, headers, timeoutMs, hops + 1))
          return
        }
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size <= maxBodyBytes) chunks.push(chunk)
          else response.destroy()
        })
        response.once('close', () => {
          const body = Buffer.concat(chunks).toString('utf8')
          if (redirects) finish({ ok: true, warning: true, output: `Probe terminated redirects, Response body: ${body}` })
          else if (status >= 200 && status < 300) finish({ ok: true, output: body })
          else finish({ ok: false, output: `HTTP probe failed with statuscode: ${status}` })
        })
      })
      request.on('error', (error) => failed(describe(error)))
    } catch (error) {
      failed((error as Error).message)
    }
  })
}

export function runTcp(host: string, port: number, timeoutMs: number): Promise<Attempt> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  return new Promise((resolve) => {
    const socket = net.connect({ host, port })
    const finish = (attempt: Attempt) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(attempt)
    }
    const timer = setTimeout(() => finish({ ok: false, output: `dial tcp ${address}: i/o timeout` }), timeoutMs)
    socket.once('connect', () => finish({ ok: true, output: '' }))
    socket.once('error', (error) => finish({ ok: false, output: describe(error) }))
  })
}

/** For tests as well, which serve it. */
export const healthServices = buildServices({
  package: 'grpc.health.v1',
  enums: { ServingStatus: ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] },
  messages: { HealthCheckRequest: 'service:string=1', HealthCheckResponse: 'status:ServingStatus=1' },
  services: { Health: { Check: ['HealthCheckRequest', 'HealthCheckResponse'] } },
})

function runGrpc(host: string, port: number, service: string, timeoutMs: number): Promise<Attempt> {
  const Health = loadPackageDefinition(healthServices).Health as ReturnType<typeof makeGenericClientConstructor>
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  const client = new Health(address, credentials.createInsecure(), { 'grpc.primary_user_agent': 'kube-probe/1.36', 'grpc.enable_http_proxy': 0 }) as any
  return new Promise((resolve) => {
    client.Check({ service }, { deadline: Date.now() + timeoutMs }, (error: { code: number; details: string } | null, answer?: { status: string }) => {
      client.close()
      // A connection that is refused is tried again until the time is over: the probe only knows that there was none.
      if (error?.code === 4 || (error?.code === 14 && error.details.startsWith('No connection established')))
        resolve({ ok: false, output: `timeout: failed to connect service "${address}" within ${timeoutMs / 1000}s: context deadline exceeded` })
      else if (error?.code === 12)
        resolve({ ok: false, output: `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${error.details}` })
      else if (error) resolve({ ok: false, output: `error: health rpc probe failed: ${error.details}` })
      else resolve({ ok: answer?.status === 'SERVING', output: `service unhealthy (responded with "${answer?.status}")` })
    })
  })
}

/** What a server without TLS says to a client with it. */
export const plainAnswer = 'http: server gave HTTP response to HTTPS client'

/** As Go words it, since that is what people search for. */
export function describe(error: NodeJS.ErrnoException & { address?: string; port?: number }): string {
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'connect: connection refused',
    ECONNRESET: 'read: connection reset by peer',
    EHOSTUNREACH: 'connect: no route to host',
    ENETUNREACH: 'connect: network is unreachable',
    ETIMEDOUT: 'connect: connection timed out',
  }
  if (error.code === 'EPROTO' && error.message.includes('wrong version number')) return plainAnswer
  if (error.code === 'ERR_SSL_WRONG_VERSION_NUMBER' || error.code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') return plainAnswer
  const known = error.code ? words[error.code] : undefined
  if (!known) return error.message
  return error.address ? `dial tcp ${error.address}:${error.port}: ${known}` : known
}
