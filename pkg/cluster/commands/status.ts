/** `k8ts status`: what runs, since when, how large, and whether it is well. */
import { loadConfig } from '../config.ts'
import { ensurePki } from '../components.ts'
import { adminClient, apiServerUrl, dnsAnswers, nodeHealth } from '../health.ts'
import { usageOf } from '../host/process-identity.ts'
import { requireRoot } from '../host/requirements.ts'
import { askSupervisor } from '../supervisor/control-socket.ts'
import type { ChildStatus, SupervisorStatus } from '../supervisor/types.ts'
import type { ClusterConfig } from '../types.ts'
import { UsageError } from '../usage-error.ts'
import { gitVersion, k8tsVersion } from '../version.ts'
import { clusterOptions, type Command, dataDirOf, noClusterIn } from './command.ts'
import { age, megabytes, table } from './table.ts'

export const status: Command = {
  name: 'status',
  summary: "Shows a cluster's components with their health, addresses, memory and age. The exit code is 0 when it is usable.",
  usage: '[-o json]',
  options: [{ name: 'output', short: 'o', value: 'FORMAT', help: 'json for scripts' }, ...clusterOptions],
  examples: [
    ['k8ts status', 'a table'],
    ['k8ts status -o json', 'the same for a script'],
  ],
  async run({ options, print }) {
    requireRoot()
    if (options.output !== undefined && options.output !== 'json') throw new UsageError(`unknown output format "${options.output}"; use json`)
    const dataDir = dataDirOf(options)
    const config = await loadConfig(dataDir)
    if (!config) throw noClusterIn(options)
    const report = await gather(config)
    print(options.output === 'json' ? `${JSON.stringify(report, undefined, 2)}\n` : render(config, report))
    return report.usable ? 0 : 1
  },
}

interface ComponentReport {
  readonly name: string
  readonly health: string
  readonly address: string
  readonly pid?: number
  readonly memoryBytes?: number
  readonly cpuTicks?: number
  readonly startedAt?: string
  readonly restarts: number
}

interface Report {
  readonly name: string
  readonly version: string
  readonly kubernetesVersion: string
  readonly running: boolean
  readonly usable: boolean
  readonly components: readonly ComponentReport[]
}

async function gather(config: ClusterConfig): Promise<Report> {
  const reply = await askSupervisor(config.dataDir, { op: 'status' })
  const supervisor = reply?.ok ? reply.status : undefined
  const head = { name: config.name, version: k8tsVersion, kubernetesVersion: gitVersion }
  if (!supervisor) return { ...head, running: false, usable: false, components: [] }
  const client = adminClient(config, await ensurePki(config))
  const [nodes, dns] = await Promise.all([nodeHealth(client), dnsAnswers(config)])
  client.close()
  const own: ComponentReport = {
    name: 'supervisor',
    health: 'ok',
    address: '',
    pid: supervisor.pid,
    startedAt: new Date(supervisor.startedAtMs).toISOString(),
    restarts: 0,
    ...usageFields(supervisor.pid),
  }
  const components = supervisor.children.map((child): ComponentReport => {
    const node = config.nodes.find(({ name }) => name === child.name)
    const nodeState = nodes?.find(({ name }) => name === child.name)
    const health =
      child.state !== 'running'
        ? `${child.state}${child.lastExit ? ` (${child.lastExit})` : ''}`
        : child.name === 'apiserver'
          ? nodes
            ? 'ok'
            : 'does not answer'
          : node
            ? nodeState?.ready
              ? 'Ready'
              : (nodeState?.message ?? 'not registered')
            : 'ok'
    return {
      name: child.name,
      health,
      address: child.name === 'apiserver' ? apiServerUrl(config) : (node?.address ?? ''),
      restarts: child.restarts,
      ...childFields(child),
    }
  })
  const dnsReport: ComponentReport = { name: 'dns', health: dns ? 'ok' : 'does not answer', address: config.dnsAddress, restarts: 0 }
  const usable = nodes !== undefined && dns && config.nodes.every(({ name }) => nodes.some((node) => node.name === name && node.ready))
  return { ...head, running: true, usable, components: [own, ...components, dnsReport] }
}

function childFields(child: ChildStatus): Partial<ComponentReport> {
  return {
    ...(child.pid !== undefined ? { pid: child.pid } : {}),
    ...(child.startedAtMs !== undefined ? { startedAt: new Date(child.startedAtMs).toISOString() } : {}),
    ...(child.proportionalBytes !== undefined ? { memoryBytes: child.proportionalBytes } : {}),
    ...(child.cpuTicks !== undefined ? { cpuTicks: child.cpuTicks } : {}),
  }
}

function usageFields(pid: SupervisorStatus['pid']): Partial<ComponentReport> {
  const usage = usageOf(pid)
  return usage ? { memoryBytes: usage.proportionalBytes, cpuTicks: usage.cpuTicks } : {}
}

function render(config: ClusterConfig, report: Report): string {
  const title = `Cluster ${report.name}, Kubernetes ${report.kubernetesVersion} (k8ts ${report.version}), ${config.dataDir}\n`
  if (!report.running) return `${title}It is not running; start it with: k8ts up\n`
  const rows = report.components.map((each) => [
    each.name,
    each.health,
    each.address,
    each.memoryBytes === undefined ? '' : megabytes(each.memoryBytes),
    each.startedAt === undefined ? '' : age(Date.now() - Date.parse(each.startedAt)),
    String(each.restarts || ''),
  ])
  return `${title}\n${table(['COMPONENT', 'HEALTH', 'ADDRESS', 'MEMORY', 'AGE', 'RESTARTS'], rows)}`
}
