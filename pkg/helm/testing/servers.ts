/** Servers on loopback: files of a folder, and a small registry. */
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeCharts } from '../golden/charts.ts'
import type { Surroundings } from './rig.ts'

/** What says when all is over; a test's context does. */
export interface Ending {
  after(end: () => void): void
}

/** A folder with the charts of the golden lines, and nothing of the machine's own Helm. */
export function place(t: Ending): Surroundings {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-helm-'))
  t.after(() => rmSync(dir, { recursive: true }))
  writeCharts(dir)
  return { dir, env: { PATH: process.env.PATH, HOME: dir } }
}

export async function listening(t: Ending, server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  t.after(() => void server.close())
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Files of a folder, to those who know the password. */
export async function fileServer(t: Ending, folder: string, password?: string): Promise<string> {
  return `http://${await listening(t, createServer(fromFolder(folder, password)))}`
}

export function fromFolder(folder: string, password?: string): RequestListener {
  const wanted = password && `Basic ${Buffer.from(`me:${password}`).toString('base64')}`
  return (request, response) => {
    const path = join(folder, new URL(request.url!, 'http://x').pathname)
    if (wanted && request.headers.authorization !== wanted) response.writeHead(401).end()
    else if (!existsSync(path)) response.writeHead(404).end()
    else response.end(readFileSync(path))
  }
}

/** The distribution protocol in a few lines. */
export async function startRegistry(t: Ending): Promise<string> {
  const blobs = new Map<string, Buffer>()
  const manifests = new Map<string, Buffer>()
  const digest = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const url = new URL(request.url!, 'http://x')
    const authorization = request.headers.authorization ?? ''
    if (url.pathname === '/v2/' || authorization !== '') {
      if (authorization !== `Basic ${Buffer.from('me:secret').toString('base64')}`)
        return response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end()
    }
    const send = (status: number, bytes: Buffer | string = '', headers: Record<string, string> = {}): unknown =>
      response.writeHead(status, { 'content-length': String(bytes.length), ...headers }).end(request.method === 'HEAD' ? undefined : bytes)
    if (url.pathname === '/v2/') return send(200, '{}')
    const [, name, kind, reference] = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests|tags)\/?(.*)$/.exec(url.pathname) ?? []
    if (kind === 'tags') {
      const tags = [...manifests.keys()].filter((key) => key.startsWith(`${name}:`) && !key.includes('sha256')).map((key) => key.slice(name!.length + 1))
      return send(200, JSON.stringify({ name, tags }))
    }
    if (kind === 'blobs/uploads' && request.method === 'POST') return send(202, '', { location: `/v2/${name}/blobs/uploads/one` })
    if (kind === 'blobs/uploads') {
      blobs.set(url.searchParams.get('digest')!, body)
      return send(201, '', { 'docker-content-digest': url.searchParams.get('digest')! })
    }
    if (kind === 'manifests' && request.method === 'PUT') {
      manifests.set(`${name}:${reference}`, body)
      manifests.set(`${name}:${digest(body)}`, body)
      return send(201, '', { 'docker-content-digest': digest(body) })
    }
    const found = kind === 'blobs' ? blobs.get(reference!) : manifests.get(`${name}:${reference}`)
    if (!found) return send(404, JSON.stringify({ errors: [{ code: 'NAME_UNKNOWN', message: 'not here' }] }), { 'content-type': 'application/json' })
    const type = kind === 'blobs' ? 'application/octet-stream' : 'application/vnd.oci.image.manifest.v1+json'
    return send(200, found, { 'content-type': type, 'docker-content-digest': digest(found) })
  })
  return listening(t, server)
}
