/** What the node, its pods and their containers use now, out of CRI, /proc and the pods' cgroups. */
import { readFileSync } from 'node:fs'
import type { Pod } from '#api/gen/core/v1.ts'
import type { CgroupManager } from '../cgroups/cgroup-manager.ts'
import type { Cri } from '../cri/index.ts'
import type { ContainerStats } from '../cri/types.ts'
import { containerNameLabel, podUidLabel } from '../runtime/labels.ts'
import type { VolumeStats } from '../csi/messages.ts'
import type { ContainerRecord } from '../runtime/pod-runtime.ts'
import type { PodDirectory } from '../types.ts'
import { type Interface, interfacesOf } from './network.ts'

export interface StatsSource {
  readonly cri: Cri
  readonly pods: PodDirectory
  readonly nodeName: string
  readonly cgroups: CgroupManager
  /** The disk of volumes and logs. */
  readonly rootDir: string
  readonly startedAtMs: number
  /** How much the trees below these paths take; remembered for volumeStatsAggPeriod. */
  readonly treeBytes: (path: string) => Promise<number>
  /** Where a claim's volume lies, if it is as full as its file system. */
  readonly claimPath?: (podUid: string, podVolume: string) => string | undefined
  /** What a CSI driver says of a pod's volume; undefined for other volumes. */
  readonly csiStats?: (podUid: string, podVolume: string) => Promise<VolumeStats | undefined>
}

export interface ContainerUsage {
  readonly name: string
  readonly id: string
  readonly record: ContainerRecord | undefined
  readonly cpuNanoseconds: number
  readonly cpuNanoCores: number
  readonly memoryBytes: number
  readonly usageBytes: number
  readonly rssBytes: number
  readonly pageFaults: number
  readonly majorPageFaults: number
  readonly rootBytes: number
  readonly rootInodes: number
}

export interface PodUse {
  readonly pod: Pod
  readonly containers: readonly ContainerUsage[]
  readonly processes: readonly number[]
  readonly network: readonly Interface[]
}

/** Processor time of the whole node since it started. */
export function nodeCpuNanoseconds(): number {
  const cpu = /^cpu\s+(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]?.split(/\s+/).map(Number) ?? []
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = cpu
  // Ticks of 10 ms.
  return (user + nice + system + irq + softirq + steal) * 1e7
}

/** Usage per nanosecond between the last two looks: CRI gives none on cgroup v1. */
const lastLook = new Map<string, { at: number; used: number }>()
const maxLooks = 2000
export function nanoCores(id: string, at: number, used: number): number {
  const before = lastLook.get(id)
  lastLook.set(id, { at, used })
  if (lastLook.size > maxLooks) lastLook.delete(lastLook.keys().next().value!)
  return before && at > before.at && used >= before.used ? Math.round(((used - before.used) / (at - before.at)) * 1e9) : 0
}

/** Pods of which something runs. */
export async function podUse({ cri, pods, cgroups }: Pick<StatsSource, 'cri' | 'pods' | 'cgroups'>): Promise<PodUse[]> {
  const byPod = new Map<string, ContainerStats[]>()
  for (const stats of await cri.runtime.listContainerStats()) {
    const uid = stats.attributes.labels[podUidLabel]
    if (uid && stats.cpu) byPod.set(uid, [...(byPod.get(uid) ?? []), stats])
  }
  return pods
    .list()
    .filter(({ metadata }) => byPod.has(metadata.uid))
    .map((pod) => {
      const records = pods.runtimeStatus(pod.metadata.uid)?.containers ?? []
      const processes = cgroups.processes(pod)
      return {
        pod,
        containers: byPod.get(pod.metadata.uid)!.map((stats) => usageOf(stats, records)),
        processes,
        // The host's counters are the node's, not the pod's.
        network: pod.spec.hostNetwork ? [] : interfacesOf(processes[0]),
      }
    })
}

function usageOf({ attributes, cpu, memory, writableLayer }: ContainerStats, records: readonly ContainerRecord[]): ContainerUsage {
  const used = cpu?.usageCoreNanoSeconds?.value ?? 0
  return {
    name: attributes.labels[containerNameLabel] ?? '',
    id: attributes.id,
    record: records.find(({ id }) => id === attributes.id),
    cpuNanoseconds: used,
    cpuNanoCores: cpu?.usageNanoCores?.value || nanoCores(attributes.id, cpu?.timestamp ?? 0, used),
    memoryBytes: memory?.workingSetBytes?.value ?? 0,
    usageBytes: memory?.usageBytes?.value ?? 0,
    rssBytes: memory?.rssBytes?.value ?? 0,
    pageFaults: memory?.pageFaults?.value ?? 0,
    majorPageFaults: memory?.majorPageFaults?.value ?? 0,
    rootBytes: writableLayer?.usedBytes?.value ?? 0,
    rootInodes: writableLayer?.inodesUsed?.value ?? 0,
  }
}

export const sumOf = <T>(list: readonly T[], read: (each: T) => number): number => list.reduce((all, each) => all + read(each), 0)
