/** Debian's docker-registry inside a node's network, with an image pushed into it: for tests of pulls. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hashSync } from 'bcryptjs'
import { runOrThrow } from '#cluster/host/exec.ts'
import { findProgram } from '#cluster/host/requirements.ts'
import { eventually } from './cluster.ts'

export interface RegistryOptions {
  /** Where it keeps its files. */
  readonly directory: string
  /** Of the node: it listens nowhere else. */
  readonly address: string
  readonly port: number
  readonly networkNamespace: string
  readonly user?: { readonly name: string; readonly password: string }
}

export interface TestRegistry {
  /** "ADDRESS:PORT", the first part of its images' names. */
  readonly host: string
  /** The image of an OCI archive; answers the digest of its manifest. */
  push(archive: string, repository: string, tag: string): Promise<string>
  stop(): Promise<void>
}

/** Why there is none here, or undefined when there is. */
export function missingForRegistry(): string | undefined {
  return findProgram('docker-registry') ? undefined : 'no docker-registry on PATH'
}

export async function startRegistry({ directory, address, port, networkNamespace, user }: RegistryOptions): Promise<TestRegistry> {
  mkdirSync(directory, { recursive: true })
  const passwords = join(directory, 'htpasswd')
  if (user) writeFileSync(passwords, `${user.name}:${hashSync(user.password, 4)}\n`)
  const configuration = {
    version: 0.1,
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(directory, 'storage') } },
    http: { addr: `${address}:${port}` },
    ...(user ? { auth: { htpasswd: { realm: 'test', path: passwords } } } : {}),
  }
  const file = join(directory, 'config.yml')
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(configuration))
  const child: ChildProcess = spawn('nsenter', [`--net=/run/netns/${networkNamespace}`, '--', 'docker-registry', 'serve', file], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const host = `${address}:${port}`
  const headers = user ? { authorization: `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}` } : {}
  const ask = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const response = await fetch(url, { ...init, headers: { ...headers, ...init.headers } })
    if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${url}: ${response.status} ${await response.text()}`)
    return response
  }
  const registry: TestRegistry = {
    host,
    async push(archive, repository, tag) {
      const unpacked = join(directory, `${repository}-${tag}`)
      mkdirSync(unpacked, { recursive: true })
      await runOrThrow(['tar', '-xf', archive, '-C', unpacked])
      const blob = (digest: string) => readFileSync(join(unpacked, 'blobs', ...digest.split(':')))
      const { manifests } = JSON.parse(readFileSync(join(unpacked, 'index.json'), 'utf8'))
      const manifest = blob(manifests[0].digest)
      const { config, layers, mediaType } = JSON.parse(manifest.toString('utf8'))
      for (const { digest } of [config, ...layers]) {
        const { headers: answer } = await ask(`http://${host}/v2/${repository}/blobs/uploads/`, { method: 'POST' })
        const place = new URL(answer.get('location')!, `http://${host}`)
        place.searchParams.set('digest', digest)
        await ask(String(place), { method: 'PUT', body: blob(digest), headers: { 'content-type': 'application/octet-stream' } })
      }
      await ask(`http://${host}/v2/${repository}/manifests/${tag}`, { method: 'PUT', body: manifest, headers: { 'content-type': mediaType } })
      return `sha256:${createHash('sha256').update(manifest).digest('hex')}`
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
  try {
    await eventually('the registry answers', async () => (await ask(`http://${host}/v2/`)).ok)
  } catch (error) {
    await registry.stop()
    throw error
  }
  return registry
}
