/** `k8ts up`: from nothing, or from what an earlier `up` left, to a cluster that is usable. */
import { existsSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { defaultName, hostAddressesOf, ipFamilyOf, kubeconfigPath, loadConfig, planCluster, saveConfig, withNodeCount } from '../config.ts'
import { recordDataDir } from '../data-directories.ts'
import { familyOption, requireFamily } from '../ip-family.ts'
import { ensurePki } from '../components.ts'
import { adminClient, apiServerUrl, dnsAnswers, nodeHealth } from '../health.ts'
import { installRequirements, requireRoot } from '../host/requirements.ts'
import { mergeKubeconfig, userKubeconfigPath } from '../kubeconfig-file.ts'
import { type KubeconfigOptions, kubeconfigText } from '../pki/kubeconfig.ts'
import { writeAtomically } from '../pki/atomic-file.ts'
import type { ClusterPki } from '../pki/types.ts'
import { superviseHere, superviseInBackground } from '../supervise.ts'
import { logPath } from '../supervisor/child.ts'
import { askSupervisor } from '../supervisor/control-socket.ts'
import { namesake } from '../running-clusters.ts'
import type { ClusterConfig } from '../types.ts'
import { UsageError } from '../usage-error.ts'
import { gitVersion } from '../version.ts'
import { clusterOptions, type Command, dataDirOf, numberOption } from './command.ts'
import { adoptComponentOptions, componentOptions } from './component-options.ts'
import { ingressPortsOption, withIngressPorts } from './ingress-ports.ts'
import { Progress } from './progress.ts'

const readyTimeoutMs = 120_000

export const up: Command = {
  name: 'up',
  summary: 'Starts a cluster and waits until it is usable.',
  usage: '[--nodes N] [--name C] [--data-dir D] [--port P] [--foreground]',
  options: [
    { name: 'nodes', short: 'n', value: 'N', help: 'how many nodes (default 1, or what it has)' },
    { name: 'sim-nodes', value: 'N', help: 'as many simulated nodes beside them, where pods only seem to run (0 to 5000; default 0, or what it has)' },
    { name: 'ip-family', value: 'ipv4|dual|ipv6', help: 'the families of its addresses, chosen when it is made (default ipv4)' },
    { name: 'port', value: 'P', help: 'port of the API server on 127.0.0.1 (default 6443)' },
    ...componentOptions,
    { name: 'ingress-access-log', value: 'on|off', help: 'a line a request of Ingresses, in logs/ingress-access-NODE.log (default on)' },
    ingressPortsOption,
    { name: 'foreground', help: 'stay, show the log, and go down on Ctrl-C' },
    { name: 'store', value: 'URL', help: 'sqlite (default), or etcd://HOST:PORT for a store of your own' },
    ...clusterOptions,
  ],
  examples: [
    ['k8ts up', 'one node'],
    ['k8ts up --nodes 3', 'three nodes on this machine'],
    ['k8ts up --ip-family dual', 'pods, nodes and Services with an IPv4 and an IPv6 address each'],
    ['k8ts up --sim-nodes 100', 'a hundred more that only the API knows'],
    ['k8ts up --name test --port 7443', 'a second cluster beside the first'],
    ['k8ts up --controller-manager-arg node-monitor-grace-period=16s', "kube-controller-manager's flags, one each time"],
    ['k8ts up --kubelet-config kubelet.yaml', 'eviction thresholds, log sizes, static pods … of its nodes'],
  ],
  async run({ options, print }) {
    requireRoot()
    const progress = new Progress(print)
    await installRequirements((text) => progress.note(text))
    const dataDir = dataDirOf(options)
    const nodes = numberOption(options, 'nodes', 1, 16)
    const port = numberOption(options, 'port', 1, 65535)
    const running = await askSupervisor(dataDir, { op: 'status' })
    const stored = await loadConfig(dataDir)
    const config = await configure({ options, stored, isRunning: running !== undefined, ...(nodes ? { nodes } : {}), ...(port ? { port } : {}), dataDir })
    await adoptComponentOptions(config, options, running !== undefined)
    const pki = await ensurePki(config)
    if (options.foreground === true) {
      if (running) throw new UsageError(`the cluster ${config.name} is already running; stop it first with: k8ts down`)
      await writeKubeconfigs(config, pki)
      await superviseHere(config)
      return 0
    }
    if (running?.ok) {
      if (stored && stored.nodes.length !== config.nodes.length) await askSupervisor(dataDir, { op: 'reload' })
    } else {
      superviseInBackground(config)
    }
    await waitUntilUsable(config, pki, progress)
    await writeKubeconfigs(config, pki)
    print(summary(config, progress, running !== undefined))
    return 0
  },
}

interface ConfigureOptions {
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  readonly dataDir: string
  readonly stored: ClusterConfig | undefined
  readonly isRunning: boolean
  readonly nodes?: number
  readonly port?: number
}

async function configure({ options, dataDir, stored, isRunning, nodes, port }: ConfigureOptions): Promise<ClusterConfig> {
  const name = typeof options.name === 'string' ? options.name : (stored?.name ?? defaultName)
  if (stored?.machine) throw new UsageError(`${dataDir} belongs to a cluster of \`k8ts ${stored.machine.role}\`; start it by that`)
  if (stored && stored.name !== name) throw new UsageError(`${dataDir} holds the cluster "${stored.name}", not "${name}"; choose another --data-dir`)
  if (stored && isRunning && port !== undefined && port !== stored.apiServer.port) {
    throw new UsageError(`the cluster ${name} is already running on port ${stored.apiServer.port}; stop it first with: k8ts down`)
  }
  const ipFamily = familyOption(options)
  if (stored && ipFamily !== undefined && ipFamily !== ipFamilyOf(stored))
    throw new UsageError(`the cluster ${name} was made with --ip-family ${ipFamilyOf(stored)}, which stays; delete it first, or make another with --name`)
  requireFamily(ipFamily ?? (stored ? ipFamilyOf(stored) : 'ipv4'))
  let config = stored
  if (!config) {
    if (existsSync(dataDir) && readdirSync(dataDir).length > 0)
      throw new UsageError(`${dataDir} is not empty and holds no k8ts cluster; choose another with --data-dir`)
    await refuseNamesake(name, dataDir)
    config = planCluster({ name, dataDir, ...(nodes ? { nodes } : {}), ...(port ? { port } : {}), ...(ipFamily ? { ipFamily } : {}) }, await freeSlot(name))
  }
  if (port !== undefined) config = { ...config, apiServer: { ...config.apiServer, port } }
  if (nodes !== undefined && nodes !== config.nodes.length) config = withNodeCount(config, nodes)
  config = withAccessLog(config, options['ingress-access-log'], isRunning)
  if (isRunning && options['ingress-ports'] !== undefined)
    throw new UsageError(`the cluster ${name} is running; stop it before its Ingresses are served elsewhere: k8ts down`)
  config = withIngressPorts(config, options)
  config = withSimulatedNodes(config, options, isRunning)
  if (stored && !isRunning) await refuseNamesake(name, dataDir)
  if (!isRunning) await checkPort(config.apiServer.port)
  await saveConfig(config)
  recordDataDir(config.name, config.dataDir)
  return config
}

function withAccessLog(config: ClusterConfig, wanted: string | boolean | undefined, isRunning: boolean): ClusterConfig {
  if (wanted === undefined) return config
  if (wanted !== 'on' && wanted !== 'off') throw new UsageError('--ingress-access-log must be on or off')
  if (isRunning) throw new UsageError(`the cluster ${config.name} is running; stop it before its access logs are turned on or off: k8ts down`)
  return { ...config, ingressAccessLog: wanted === 'on' }
}

function withSimulatedNodes(config: ClusterConfig, options: ConfigureOptions['options'], isRunning: boolean): ClusterConfig {
  const wanted = numberOption(options, 'sim-nodes', 0, 5000)
  if (wanted === undefined || wanted === (config.simulatedNodes ?? 0)) return config
  if (isRunning) throw new UsageError(`the cluster ${config.name} is running; stop it before its number of simulated nodes is changed: k8ts down`)
  return { ...config, simulatedNodes: wanted }
}

/** Interfaces, namespaces and rules are named after the cluster: two of one name would take them from each other. */
async function refuseNamesake(name: string, dataDir: string): Promise<void> {
  const other = await namesake(name, dataDir)
  if (other)
    throw new UsageError(
      `a cluster "${name}" runs already, from ${other.dataDir}; choose another --name, or stop that one: k8ts down --data-dir ${other.dataDir}`,
    )
}

/** Slots are told apart by their underlay's host address, which only one cluster on a machine can have. */
async function freeSlot(name: string): Promise<number> {
  if (name === defaultName) return 0
  const { networkInterfaces } = await import('node:os')
  const used = new Set(Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address)))
  for (let slot = 1; slot < 16; slot++) if (!hostAddressesOf(slot).some((address) => used.has(address))) return slot
  throw new UsageError('there are 15 clusters on this machine already; delete one with: k8ts delete --name NAME')
}

async function checkPort(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new UsageError(`port ${port} on 127.0.0.1 is taken by another program; choose another with: k8ts up --port ${port + 1000}`)
          : error,
      )
    })
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()))
  })
}

async function waitUntilUsable(config: ClusterConfig, pki: ClusterPki, progress: Progress): Promise<void> {
  const client = adminClient(config, pki)
  const until = Date.now() + readyTimeoutMs
  const poll = async (what: string, done: () => Promise<string | undefined>): Promise<void> => {
    for (;;) {
      const missing = await done()
      if (missing === undefined) break
      if (Date.now() > until) throw new UsageError(`${what} is not ready after ${readyTimeoutMs / 1000} s: ${missing}. See: k8ts status, k8ts logs`)
      await failIfSupervisorFails(config)
      await setTimeout(25)
    }
    progress.done(what)
  }
  try {
    await poll('API server', async () => ((await nodeHealth(client)) ? undefined : `it does not answer; its log is ${logPath(config.dataDir, 'apiserver')}`))
    await poll(config.nodes.length === 1 ? 'node' : `${config.nodes.length} nodes`, async () => {
      // What the API says of a node may be of its last life; its agent says whether this one has come up.
      const reply = await askSupervisor(config.dataDir, { op: 'status' })
      const starting = reply?.ok ? reply.status?.children.find(({ ready }) => !ready) : undefined
      if (starting)
        return `${starting.name} is ${starting.state}${starting.lastExit ? ` (${starting.lastExit})` : ''}; its log is ${logPath(config.dataDir, starting.name)}`
      const health = (await nodeHealth(client)) ?? []
      const bad = config.nodes.find((node) => !health.some(({ name, ready }) => name === node.name && ready))
      if (!bad) return undefined
      return `${bad.name}: ${health.find(({ name }) => name === bad.name)?.message ?? 'it has not registered'}`
    })
    await poll('cluster DNS', async () => ((await dnsAnswers(config)) ? undefined : `${config.dnsAddress} does not answer`))
  } finally {
    client.close()
  }
}

let graceUntilMs = 0
async function failIfSupervisorFails(config: ClusterConfig): Promise<void> {
  graceUntilMs ||= Date.now() + 5_000
  if (Date.now() < graceUntilMs) return
  graceUntilMs = Date.now() + 2_000
  if (!(await askSupervisor(config.dataDir, { op: 'status' })))
    throw new UsageError(`the supervisor ended; its log is ${logPath(config.dataDir, 'supervisor')}`)
}

export function adminKubeconfig(config: ClusterConfig, pki: ClusterPki): KubeconfigOptions & { readonly name: string } {
  const name = config.name === defaultName ? defaultName : `${defaultName}-${config.name}`
  return { name, user: `${name}-admin`, server: apiServerUrl(config), ca: pki.ca.certificate, certificate: pki.admin.certificate, key: pki.admin.key }
}

export async function writeKubeconfigs(config: ClusterConfig, pki: ClusterPki): Promise<void> {
  const own = adminKubeconfig(config, pki)
  writeAtomically(kubeconfigPath(config.dataDir), kubeconfigText(own))
  await mergeKubeconfig(userKubeconfigPath(), own)
}

function summary(config: ClusterConfig, progress: Progress, wasRunning: boolean): string {
  const flags = config.name === defaultName ? '' : ` --name ${config.name}`
  return `
Kubernetes ${gitVersion} ${wasRunning ? 'is running' : `is up after ${progress.seconds()}`}: cluster ${config.name}, ${config.nodes.length} node${config.nodes.length === 1 ? '' : 's'}
  API server  ${apiServerUrl(config)}
  kubeconfig  ${userKubeconfigPath()} (context ${config.name === defaultName ? defaultName : `${defaultName}-${config.name}`})

Try:
  ./k8ts${flags} kubectl get nodes
  ./k8ts${flags} kubectl apply -f examples/hello.yaml
  ./k8ts status${flags}
  ./k8ts --help
`
}
