/** kubectl proxy: the API server on a port or socket of this machine, with the user's own credentials. */
import { compilePattern } from '#apimachinery/regular-expression.ts'
import { existsSync, lstatSync, readFileSync, statSync, unlinkSync } from 'node:fs'
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request as httpRequest, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import { extname, join, resolve } from 'node:path'
import type { Duplex } from 'node:stream'
import { CommandError } from '../errors.ts'
import { bindProblem } from '../stream/bind-problem.ts'
import type { Command, Invocation } from '../types.ts'

export const command: Command = {
  summary: 'Creates a proxy server or application-level gateway between localhost and the Kubernetes API server.',
  usage: '[--port=PORT] [--www=static-dir] [--www-prefix=prefix] [--api-prefix=prefix]',
  examples: ['kubectl proxy --port=8011 --www=./local/www/', 'kubectl proxy --unix-socket=/tmp/kubectl.sock'],
  flags: [
    { name: 'accept-hosts', type: 'string', default: '^localhost$,^127\\.0\\.0\\.1$,^\\[::1\\]$', usage: 'Patterns of hosts that are accepted' },
    { name: 'accept-paths', type: 'string', default: '^.*', usage: 'Patterns of paths that are accepted' },
    { name: 'address', type: 'string', default: '127.0.0.1', usage: 'The address to serve on' },
    { name: 'api-prefix', type: 'string', default: '/', usage: 'Prefix to serve the API under' },
    { name: 'append-server-path', type: 'bool', default: 'false', usage: 'Append the path of the server in the kubeconfig' },
    { name: 'disable-filter', type: 'bool', default: 'false', usage: 'Disable request filtering: dangerous' },
    { name: 'keepalive', type: 'duration', default: '0s', usage: 'Keep-alive period of connections' },
    { name: 'port', short: 'p', type: 'int', default: '8001', usage: 'The port to serve on; 0 for any' },
    { name: 'reject-methods', type: 'string', default: '^$', usage: 'Patterns of methods that are rejected' },
    { name: 'reject-paths', type: 'string', default: '^/api/.*/pods/.*/exec,^/api/.*/pods/.*/attach', usage: 'Patterns of paths that are rejected' },
    { name: 'unix-socket', short: 'u', type: 'string', usage: 'Unix socket to serve on' },
    { name: 'www', short: 'w', type: 'string', usage: 'Also serve static files from this directory' },
    { name: 'www-prefix', short: 'P', type: 'string', default: '/static/', usage: 'Prefix to serve static files under' },
  ],
  run,
}

async function run(invocation: Invocation): Promise<void> {
  const { flags, io, out, err, signal } = invocation
  const socket = flags.string('unix-socket')
  if (flags.changed('port') && socket !== '') throw new CommandError('error: cannot set --unix-socket and --port at the same time')
  const www = flags.string('www') === '' ? undefined : resolve(io.cwd, flags.string('www'))
  if (www && !(existsSync(www) && statSync(www).isDirectory())) err(`Warning: static file path ${JSON.stringify(flags.string('www'))} is not a directory\n`)
  if (flags.bool('disable-filter') && socket === '') err('Request filter disabled, your proxy is vulnerable to XSRF attacks, please be cautious\n')
  const allowed = filter(invocation)
  const forward = await forwarder(invocation)
  const apiPrefix = slashed(flags.string('api-prefix'))
  const wwwPrefix = slashed(flags.string('www-prefix'))
  const server = createServer((request, response) => {
    const url = request.url ?? '/'
    if (www && url.startsWith(wwwPrefix)) return serveFile(www, decode(url.slice(wwwPrefix.length)), response)
    if (!url.startsWith(apiPrefix)) return refuse(response, 404, '404 page not found')
    if (!allowed(request)) return refuse(response, 403, 'Forbidden')
    forward.http(request, response, apiPrefix === '/' ? url : `/${url.slice(apiPrefix.length)}`)
  })
  server.on('upgrade', (request, stream, head) => {
    if (!allowed(request)) {
      stream.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nForbidden')
      return
    }
    forward.upgrade(request, stream, head, apiPrefix === '/' ? (request.url ?? '/') : `/${(request.url ?? '/').slice(apiPrefix.length)}`)
  })
  if (socket !== '') removeSocket(resolve(io.cwd, socket))
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    if (socket !== '') server.listen(resolve(io.cwd, socket), done)
    else server.listen(flags.int('port'), flags.string('address'), done)
  }).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(
      `error: listen ${socket === '' ? `tcp ${flags.string('address')}:${flags.int('port')}` : `unix ${socket}`}: bind: ${bindProblem(error, socket)}`,
    )
  })
  const address = server.address()
  out(`Starting to serve on ${typeof address === 'string' ? socket : shownAddress(address)}\n`)
  await new Promise<void>((done) => {
    if (signal.aborted) return done()
    signal.addEventListener('abort', () => done(), { once: true })
  })
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
}

function shownAddress(address: AddressInfo | null): string {
  if (!address) return ''
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`
}

const slashed = (prefix: string): string => (prefix.endsWith('/') ? prefix : `${prefix}/`)

function patterns(text: string): RegExp[] {
  return text
    .split(',')
    .filter(Boolean)
    .map((each) => {
      try {
        return compilePattern(each)
      } catch (error) {
        throw new CommandError(`error: ${(error as Error).message}`)
      }
    })
}

/** Host, path and method are all judged; a web page elsewhere must not reach the API through this proxy. */
function filter({ flags }: Invocation): (request: IncomingMessage) => boolean {
  if (flags.bool('disable-filter')) return () => true
  const lists = Object.fromEntries(['accept-hosts', 'accept-paths', 'reject-paths', 'reject-methods'].map((name) => [name, patterns(flags.string(name))]))
  const matches = (name: string, text: string): boolean => lists[name]!.some((pattern) => pattern.test(text))
  const local = flags.string('unix-socket') !== ''
  return ({ headers, url = '/', method = 'GET' }) => {
    const host = (headers.host ?? '').replace(/:\d+$/, '')
    const path = decode(url.split('?')[0]!)
    if (matches('reject-methods', method) || matches('reject-paths', path)) return false
    return matches('accept-paths', path) && (local || matches('accept-hosts', host))
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

async function forwarder({ session, flags }: Invocation) {
  const to = await session.connection()
  const server = new URL(to.server)
  const start = server.protocol === 'https:' ? httpsRequest : httpRequest
  const base = flags.bool('append-server-path') ? server.pathname.replace(/\/$/, '') : ''
  const options = (request: IncomingMessage, path: string) => {
    const token = to.tokenFile ? readFileSync(to.tokenFile, 'utf8').trim() : to.token
    const headers: OutgoingHttpHeaders = { ...request.headers, host: server.host, ...to.impersonation }
    if (token) headers.authorization = `Bearer ${token}`
    else if (to.username) headers.authorization = `Basic ${Buffer.from(`${to.username}:${to.password ?? ''}`).toString('base64')}`
    return {
      host: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port || (server.protocol === 'https:' ? 443 : 80),
      method: request.method,
      path: base + path,
      headers,
      ...(to.ca ? { ca: to.ca as string } : {}),
      ...(to.cert ? { cert: to.cert as string, key: to.key as string } : {}),
      ...(to.serverName ? { servername: to.serverName } : {}),
      rejectUnauthorized: !to.insecureSkipTlsVerify,
    }
  }
  return {
    http(request: IncomingMessage, response: ServerResponse, path: string): void {
      const outgoing = start(options(request, path), (incoming) => {
        response.writeHead(incoming.statusCode ?? 502, incoming.headers)
        incoming.pipe(response)
      })
      outgoing.once('error', (error) => (response.headersSent ? response.destroy() : refuse(response, 502, `Error while proxying request: ${error.message}`)))
      response.once('close', () => outgoing.destroy())
      request.pipe(outgoing)
    },
    upgrade(request: IncomingMessage, stream: Duplex, head: Buffer, path: string): void {
      const outgoing = start(options(request, path))
      stream.on('error', () => outgoing.destroy())
      outgoing.once('error', () => stream.destroy())
      outgoing.once('response', (incoming) => void stream.end(`HTTP/1.1 ${incoming.statusCode} ${incoming.statusMessage}\r\nConnection: close\r\n\r\n`))
      outgoing.once('upgrade', (incoming, upstream, first) => {
        const lines = Object.entries(incoming.headers).flatMap(([name, value]) => [value ?? []].flat().map((each) => `${name}: ${each}`))
        stream.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`)
        if (first.length > 0) stream.write(first)
        if (head.length > 0) upstream.write(head)
        upstream.on('error', () => stream.destroy())
        upstream.pipe(stream).pipe(upstream)
      })
      outgoing.end()
    },
  }
}

function refuse(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' })
  response.end(text)
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}

function serveFile(folder: string, name: string, response: ServerResponse): void {
  const path = resolve(folder, `./${name.split('?')[0]}`)
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'index.html') : path
  if ((file !== folder && !file.startsWith(`${folder}/`)) || !existsSync(file) || !statSync(file).isFile()) {
    refuse(response, 404, '404 page not found')
    return
  }
  response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
  response.end(readFileSync(file))
}

/** A socket that an earlier proxy left; anything else is not ours to remove. */
function removeSocket(path: string): void {
  try {
    if (lstatSync(path).isSocket()) unlinkSync(path)
  } catch {
    // Not there.
  }
}
