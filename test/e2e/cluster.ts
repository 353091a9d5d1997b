/** A real cluster for the end-to-end tests: made by the launcher as a user would, in a directory of its own, gone afterwards. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubeconfigTransport, loadKubeconfig } from '#client/kubeconfig.ts'
import { createClient } from '#client/rest.ts'
import type { Client } from '#client/types.ts'
import { type ExecResult, run, runOrThrow } from '#cluster/host/exec.ts'
import { findProgram } from '#cluster/host/requirements.ts'
import { type ClusterIpFamily, loadConfig } from '#cluster/config.ts'
import type { ClusterConfig } from '#cluster/types.ts'

const checkout = join(import.meta.dirname, '..', '..')
const launcher = join(checkout, 'k8ts')

/** Why no real cluster can be had here, or undefined when it can. */
export function missingForCluster(): string | undefined {
  if (process.platform !== 'linux') return 'a real cluster needs Linux'
  if (process.getuid?.() !== 0) return 'a real cluster needs root'
  return undefined
}

export function missingKubectl(): string | undefined {
  return findProgram('kubectl') ? undefined : 'no kubectl on PATH'
}

/** Where the reference manifests are, when the documents lie beside the checkout. */
export function referenceManifests(): string | undefined {
  const path = join(process.env.K8TS_SHARED ?? join(checkout, '..', 'shared'), 'documents', 'manifests')
  return existsSync(path) ? path : undefined
}

export interface E2eCluster {
  readonly name: string
  readonly dataDir: string
  readonly client: Client
  config(): Promise<ClusterConfig>
  /** Runs the launcher; rejects on a failing exit code unless `mayFail`. */
  k8ts(args: readonly string[], options?: { readonly mayFail?: boolean }): Promise<ExecResult>
  kubectl(args: readonly string[], options?: { readonly input?: string; readonly mayFail?: boolean }): Promise<ExecResult>
  delete(): Promise<void>
}

export interface StartOptions {
  readonly name: string
  readonly nodes?: number
  readonly port: number
  readonly ipFamily?: ClusterIpFamily
  /** Fields of a KubeletConfiguration for its nodes. */
  readonly kubelet?: Readonly<Record<string, unknown>>
  /** A disk of its own of that size, in memory, for all that it keeps. */
  readonly diskMegabytes?: number
  /** kube-apiserver's flags, a line each. */
  readonly apiServerFlags?: string
}

/** `k8ts up` with a home of its own, so that nobody's kubeconfig is touched. */
export async function startCluster({ name, nodes = 1, port, ipFamily, kubelet, apiServerFlags, diskMegabytes }: StartOptions): Promise<E2eCluster> {
  const home = mkdtempSync(join(tmpdir(), `k8ts-${name}-`))
  const dataDir = join(home, 'data')
  if (diskMegabytes) await runOrThrow(['mount', '-t', 'tmpfs', '-o', `size=${diskMegabytes}m`, 'tmpfs', home])
  mkdirSync(join(home, '.kube'))
  const env = { ...process.env, HOME: home, KUBECONFIG: '', K8TS_DATA_DIR: '' }
  const k8ts: E2eCluster['k8ts'] = async (args, { mayFail = false } = {}) => {
    const result = await run([launcher, ...args], { env, timeoutMs: 300_000 })
    if (result.code !== 0 && !mayFail)
      throw new Error(`k8ts ${args.join(' ')}: exit code ${result.code}\n${result.stdout}\n${result.stderr}\n${logTails(dataDir)}`)
    return result
  }
  const place = ['--name', name, '--data-dir', dataDir]
  const remove = async (): Promise<void> => {
    await k8ts(['delete', ...place])
    if (diskMegabytes) await runOrThrow(['umount', '-l', home])
    rmSync(home, { recursive: true, force: true })
  }
  try {
    const configuration: string[] = ipFamily ? ['--ip-family', ipFamily] : []
    if (kubelet) {
      const file = join(home, 'kubelet.yaml')
      writeFileSync(file, JSON.stringify({ apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', ...kubelet }))
      configuration.push('--kubelet-config', file)
    }
    if (apiServerFlags !== undefined) {
      const file = join(home, 'apiserver.flags')
      writeFileSync(file, apiServerFlags)
      configuration.push('--api-server-flags', file)
    }
    await k8ts(['up', ...place, '--port', String(port), '--nodes', String(nodes), ...configuration])
  } catch (error) {
    await remove().catch(() => {})
    throw error
  }
  const kubeconfig = join(dataDir, 'kubeconfig')
  const client = createClient(kubeconfigTransport(loadKubeconfig(kubeconfig)))
  return {
    name,
    dataDir,
    client,
    config: async () => (await loadConfig(dataDir))!,
    k8ts: ([command, ...args], options) => k8ts([command!, ...place, ...args], options),
    async kubectl(args, { input, mayFail = false } = {}) {
      const result = await run(['kubectl', `--kubeconfig=${kubeconfig}`, ...args], { env, timeoutMs: 120_000, ...(input !== undefined ? { input } : {}) })
      if (result.code !== 0 && !mayFail) throw new Error(`kubectl ${args.join(' ')}: exit code ${result.code}\n${result.stdout}\n${result.stderr}`)
      return result
    },
    async delete() {
      client.close()
      const refused = refusedControllers(dataDir)
      await remove()
      if (refused.length > 0) throw new Error(`controllers were refused what they need:\n${refused.join('\n')}`)
    },
  }
}

/** Each controller asks as its own service account; what the default policy does not let it do, it should not try. */
function refusedControllers(dataDir: string): string[] {
  const path = join(dataDir, 'logs', 'controllers.log')
  if (!existsSync(path)) return []
  const refused = readFileSync(path, 'utf8').match(/User "system:(serviceaccount:kube-system:[\w-]+|kube-controller-manager|kube-scheduler)" cannot [^:]+/g)
  return [...new Set(refused)]
}

function logTails(dataDir: string): string {
  return ['supervisor', 'apiserver', 'controllers', 'node-1']
    .map((name) => join(dataDir, 'logs', `${name}.log`))
    .filter((path) => existsSync(path))
    .map((path) => `--- ${path}\n${readFileSync(path, 'utf8').slice(-2000)}`)
    .join('\n')
}

/** Polls until `look` answers something, and no empty text; the failure says what was seen last. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false>, timeoutMs = 60_000): Promise<T> {
  const until = Date.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      const seen = await look()
      if (seen !== undefined && seen !== false && seen !== '') return seen
      last = seen
    } catch (error) {
      last = error
    }
    if (Date.now() > until) throw new Error(`not within ${timeoutMs / 1000} s: ${what} (last: ${last instanceof Error ? last.message : JSON.stringify(last)})`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
