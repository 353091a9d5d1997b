/** A cluster for a benchmark: its own name, directory, port and kubeconfig, started by the launcher as a user starts it. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Client } from '#client/types.ts'
import { ensurePki } from '#cluster/components.ts'
import { loadConfig } from '#cluster/config.ts'
import { adminClient } from '#cluster/health.ts'
import type { ClusterConfig } from '#cluster/types.ts'

const run = promisify(execFile)
const launcher = join(import.meta.dirname, '..', 'k8ts')

export interface BenchCluster {
  readonly dataDir: string
  /** Resolves when `k8ts up` has ended well: node Ready, DNS answers. */
  up(...options: readonly string[]): Promise<void>
  down(): Promise<void>
  delete(): Promise<void>
  /** Once it has been up. */
  config(): Promise<ClusterConfig>
  client(): Promise<Client>
}

/** Deletes the cluster again whatever happens, also on Ctrl-C. */
export async function withCluster(work: (cluster: BenchCluster) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'k8ts-bench-'))
  const dataDir = join(directory, 'data')
  const env = { ...process.env, KUBECONFIG: join(directory, 'kubeconfig') }
  const k8ts = async (...args: string[]): Promise<void> => {
    await run(launcher, args, { env, maxBuffer: 8 << 20 })
  }
  const port = await freePort()
  const cluster: BenchCluster = {
    dataDir,
    up: (...options) => k8ts('up', '--name', 'bench', '--data-dir', dataDir, '--port', String(port), ...options),
    down: () => k8ts('down', '--data-dir', dataDir),
    delete: () => k8ts('delete', '--name', 'bench', '--data-dir', dataDir),
    async config() {
      const config = await loadConfig(dataDir)
      if (!config) throw new Error('the cluster has never been up')
      return config
    },
    async client() {
      const config = await cluster.config()
      return adminClient(config, await ensurePki(config))
    },
  }
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error(`ended by ${signal}`)))
  })
  try {
    await Promise.race([work(cluster), interrupted])
  } finally {
    await cluster.delete()
    rmSync(directory, { recursive: true, force: true })
  }
  process.exit(0)
}

/** A port that nothing listens on just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** "--runs 5" on the command line, or the default. */
export function numberFlag(name: string, standard: number): number {
  const at = process.argv.indexOf(`--${name}`)
  const value = at < 0 ? standard : Number(process.argv[at + 1])
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number from 1`)
  return value
}
