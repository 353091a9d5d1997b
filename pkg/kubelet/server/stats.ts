/** Usage of node, pods and containers from CRI: /stats/summary for the API, /metrics/resource for metrics-server. */
import { readFileSync } from 'node:fs'
import { freemem, totalmem } from 'node:os'
import type { Cri } from '../cri/index.ts'
import type { ContainerStats } from '../cri/types.ts'
import { containerNameLabel, podUidLabel } from '../runtime/labels.ts'
import type { PodDirectory } from '../types.ts'

export interface StatsSource {
  readonly cri: Cri
  readonly pods: PodDirectory
  readonly nodeName: string
}

interface Usage {
  readonly cpuNanoseconds: number
  readonly memoryBytes: number
}

function nodeUsage(): Usage {
  const cpu = /^cpu\s+(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]?.split(/\s+/).map(Number) ?? []
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = cpu
  // Ticks of 10 ms.
  return { cpuNanoseconds: (user + nice + system + irq + softirq + steal) * 1e7, memoryBytes: totalmem() - freemem() }
}

const usageOf = ({ cpu, memory }: ContainerStats): Usage => ({
  cpuNanoseconds: cpu?.usageCoreNanoSeconds?.value ?? 0,
  memoryBytes: memory?.workingSetBytes?.value ?? 0,
})

/** Usage per nanosecond between the last two looks: CRI gives none on cgroup v1. */
const lastLook = new Map<string, { at: number; used: number }>()
function nanoCores(id: string, { cpu }: ContainerStats): number {
  const used = cpu?.usageCoreNanoSeconds?.value ?? 0
  const at = cpu?.timestamp ?? 0
  const before = lastLook.get(id)
  lastLook.set(id, { at, used })
  if (lastLook.size > 2000) lastLook.delete(lastLook.keys().next().value!)
  if (cpu?.usageNanoCores?.value) return cpu.usageNanoCores.value
  return before && at > before.at && used >= before.used ? Math.round(((used - before.used) / (at - before.at)) * 1e9) : 0
}

async function byPod({ cri }: StatsSource): Promise<Map<string, ContainerStats[]>> {
  const pods = new Map<string, ContainerStats[]>()
  for (const stats of await cri.runtime.listContainerStats()) {
    const uid = stats.attributes.labels[podUidLabel]
    if (!uid || !stats.cpu) continue
    pods.set(uid, [...(pods.get(uid) ?? []), stats])
  }
  return pods
}

export async function statsSummary(source: StatsSource): Promise<object> {
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const stats = await byPod(source)
  const node = nodeUsage()
  const cpu = (cores: number, total: number) => ({ time, usageNanoCores: cores, usageCoreNanoSeconds: total })
  return {
    node: {
      nodeName: source.nodeName,
      startTime: time,
      cpu: { time, usageCoreNanoSeconds: node.cpuNanoseconds },
      memory: { time, availableBytes: freemem(), usageBytes: node.memoryBytes, workingSetBytes: node.memoryBytes },
    },
    pods: source.pods
      .list()
      .filter(({ metadata }) => stats.has(metadata.uid))
      .map(({ metadata, status }) => {
        const containers = stats.get(metadata.uid)!.map((each) => ({
          name: each.attributes.labels[containerNameLabel],
          startTime: status?.startTime,
          cpu: cpu(nanoCores(each.attributes.id, each), usageOf(each).cpuNanoseconds),
          memory: {
            time,
            usageBytes: each.memory?.usageBytes?.value ?? 0,
            workingSetBytes: usageOf(each).memoryBytes,
            rssBytes: each.memory?.rssBytes?.value ?? 0,
            pageFaults: each.memory?.pageFaults?.value ?? 0,
            majorPageFaults: each.memory?.majorPageFaults?.value ?? 0,
          },
          rootfs: { time, usedBytes: each.writableLayer?.usedBytes?.value ?? 0, inodesUsed: each.writableLayer?.inodesUsed?.value ?? 0 },
        }))
        const sum = (read: (each: (typeof containers)[number]) => number) => containers.reduce((all, each) => all + read(each), 0)
        return {
          podRef: { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
          startTime: status?.startTime,
          containers,
          cpu: cpu(
            sum((each) => each.cpu.usageNanoCores),
            sum((each) => each.cpu.usageCoreNanoSeconds),
          ),
          memory: { time, usageBytes: sum((each) => each.memory.usageBytes), workingSetBytes: sum((each) => each.memory.workingSetBytes) },
        }
      }),
  }
}

export async function resourceMetrics(source: StatsSource): Promise<string> {
  const stats = await byPod(source)
  const node = nodeUsage()
  const now = Date.now()
  const lines = {
    cpu: [
      '# HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the container in core-seconds',
      '# TYPE container_cpu_usage_seconds_total counter',
    ],
    memory: [
      '# HELP container_memory_working_set_bytes [STABLE] Current working set of the container in bytes',
      '# TYPE container_memory_working_set_bytes gauge',
    ],
    podCpu: [
      '# HELP pod_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the pod in core-seconds',
      '# TYPE pod_cpu_usage_seconds_total counter',
    ],
    podMemory: ['# HELP pod_memory_working_set_bytes [STABLE] Current working set of the pod in bytes', '# TYPE pod_memory_working_set_bytes gauge'],
  }
  for (const { metadata } of source.pods.list()) {
    const ofPod = stats.get(metadata.uid) ?? []
    if (ofPod.length === 0) continue
    const pod = `namespace="${metadata.namespace}",pod="${metadata.name}"`
    for (const each of ofPod) {
      const labels = `{container="${each.attributes.labels[containerNameLabel]}",${pod}}`
      lines.cpu.push(`container_cpu_usage_seconds_total${labels} ${usageOf(each).cpuNanoseconds / 1e9} ${now}`)
      lines.memory.push(`container_memory_working_set_bytes${labels} ${usageOf(each).memoryBytes} ${now}`)
    }
    lines.podCpu.push(`pod_cpu_usage_seconds_total{${pod}} ${ofPod.reduce((all, each) => all + usageOf(each).cpuNanoseconds, 0) / 1e9} ${now}`)
    lines.podMemory.push(`pod_memory_working_set_bytes{${pod}} ${ofPod.reduce((all, each) => all + usageOf(each).memoryBytes, 0)} ${now}`)
  }
  return [
    ...lines.cpu,
    ...lines.memory,
    ...lines.podCpu,
    ...lines.podMemory,
    '# HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node in core-seconds',
    '# TYPE node_cpu_usage_seconds_total counter',
    `node_cpu_usage_seconds_total ${node.cpuNanoseconds / 1e9} ${now}`,
    '# HELP node_memory_working_set_bytes [STABLE] Current working set of the node in bytes',
    '# TYPE node_memory_working_set_bytes gauge',
    `node_memory_working_set_bytes ${node.memoryBytes} ${now}`,
    '# TYPE resource_scrape_error gauge',
    'resource_scrape_error 0',
    '',
  ].join('\n')
}
