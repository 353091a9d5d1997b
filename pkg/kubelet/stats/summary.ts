/** GET /stats/summary: the kubelet's summary API (k8s.io/kubelet/pkg/apis/stats/v1alpha1). */
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import type { Pod } from '#api/gen/core/v1.ts'
import { rfc3339 } from '#base/clock.ts'
import type { VolumeStats } from '../csi/messages.ts'
import { type ContainerUsage, nanoCores, nodeCpuNanoseconds, type PodUse, podUse, type StatsSource, sumOf } from './collect.ts'
import { nodeMemory } from './node-memory.ts'
import { type Interface, interfacesOf } from './network.ts'
import { readPressure } from './pressure.ts'

/** With `onlyCpuAndMemory` the disk is left alone. */
export async function statsSummary(source: StatsSource, onlyCpuAndMemory = false): Promise<object> {
  const time = rfc3339(Date.now())
  const [uses, imageFs] = await Promise.all([podUse(source), onlyCpuAndMemory ? undefined : imageDisk(source, time)])
  const pods = await Promise.all(uses.map((use) => podSummary(source, use, time, onlyCpuAndMemory)))
  return { node: nodeSummary(source, uses, time, imageFs), pods }
}

function nodeSummary({ nodeName, rootDir, startedAtMs }: StatsSource, uses: readonly PodUse[], time: string, imageFs: object | undefined): object {
  const cpuNanoseconds = nodeCpuNanoseconds()
  const { usageBytes, workingSetBytes, availableBytes, rssBytes } = nodeMemory()
  const containers = uses.flatMap((use) => use.containers)
  const { user, system } = process.cpuUsage()
  const own = (user + system) * 1000
  const systemContainer = (name: string, startMs: number, cpu: number, memory: number) => ({
    name,
    startTime: rfc3339(startMs),
    cpu: { time, usageNanoCores: nanoCores(`system/${name}`, Date.now() * 1e6, cpu), usageCoreNanoSeconds: cpu },
    memory: { time, usageBytes: memory, workingSetBytes: memory, rssBytes: memory },
  })
  const used = sumOf(containers, (each) => each.cpuNanoseconds)
  const disk = fileSystem(rootDir, time)
  return {
    nodeName,
    systemContainers: [
      systemContainer('kubelet', startedAtMs, own, process.memoryUsage.rss()),
      systemContainer(
        'pods',
        startedAtMs,
        used,
        sumOf(containers, (each) => each.memoryBytes),
      ),
    ],
    startTime: rfc3339(bootMs()),
    cpu: { time, usageNanoCores: nanoCores('node', Date.now() * 1e6, cpuNanoseconds), usageCoreNanoSeconds: cpuNanoseconds, ...psi('cpu') },
    memory: { time, availableBytes, usageBytes, workingSetBytes, rssBytes, ...psi('memory') },
    ...(readPressure('/sys/fs/cgroup', 'io') ? { io: { time, ...psi('io') } } : {}),
    network: networkSummary(interfacesOf('self'), time),
    fs: disk,
    ...(imageFs ? { runtime: { imageFs, containerFs: imageFs } } : {}),
    rlimit: { time, ...processLimits() },
    swap: swap(time),
  }
}

const psi = (of: 'cpu' | 'memory' | 'io'): object => {
  const pressure = readPressure('/sys/fs/cgroup', of)
  return pressure ? { psi: pressure } : {}
}

function bootMs(): number {
  return Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? 0) * 1000
}

export function processLimits(): { readonly maxpid: number; readonly curproc: number } {
  const number = (path: string) => Number(readFileSync(path, 'utf8'))
  return {
    maxpid: Math.min(number('/proc/sys/kernel/pid_max'), number('/proc/sys/kernel/threads-max')),
    curproc: Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[3]!.split('/')[1]),
  }
}

function swap(time: string): object {
  const memory = readFileSync('/proc/meminfo', 'utf8')
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(memory)?.[1] ?? 0) * 1024
  return { time, swapAvailableBytes: bytes('SwapFree'), swapUsageBytes: bytes('SwapTotal') - bytes('SwapFree') }
}

function fileSystem(path: string, time: string, usedBytes?: number): object {
  const { blocks, bavail, bfree, bsize, files, ffree } = statfsSync(path)
  return {
    time,
    availableBytes: bavail * bsize,
    capacityBytes: blocks * bsize,
    usedBytes: usedBytes ?? (blocks - bfree) * bsize,
    inodesFree: ffree,
    inodes: files,
    ...(usedBytes === undefined ? { inodesUsed: files - ffree } : {}),
  }
}

async function imageDisk({ cri, rootDir }: StatsSource, time: string): Promise<object> {
  const [images] = await cri.images.imageFsInfo().catch(() => [])
  const mountpoint = images?.fsId?.mountpoint
  return {
    ...fileSystem(mountpoint && existsSync(mountpoint) ? mountpoint : rootDir, time, images?.usedBytes?.value ?? 0),
    inodesUsed: images?.inodesUsed?.value ?? 0,
  }
}

function networkSummary(interfaces: readonly Interface[], time: string): object {
  const shown = interfaces.map(({ name, rxBytes, rxErrors, txBytes, txErrors }) => ({ name, rxBytes, rxErrors, txBytes, txErrors }))
  const [first = { name: '' }] = shown
  return { time, ...first, interfaces: shown }
}

async function podSummary(source: StatsSource, { pod, containers, processes, network }: PodUse, time: string, onlyCpuAndMemory: boolean): Promise<object> {
  const { metadata, status } = pod
  const cpuAndMemory = {
    podRef: { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
    startTime: status?.startTime,
    cpu: {
      time,
      usageNanoCores: sumOf(containers, (each) => each.cpuNanoCores),
      usageCoreNanoSeconds: sumOf(containers, (each) => each.cpuNanoseconds),
    },
    memory: {
      time,
      usageBytes: sumOf(containers, (each) => each.usageBytes),
      workingSetBytes: sumOf(containers, (each) => each.memoryBytes),
      rssBytes: sumOf(containers, (each) => each.rssBytes),
      pageFaults: sumOf(containers, (each) => each.pageFaults),
      majorPageFaults: sumOf(containers, (each) => each.majorPageFaults),
    },
  }
  if (onlyCpuAndMemory) return { ...cpuAndMemory, containers: containers.map((each) => containerSummary(source, pod, each, time)) }
  const volumes = await Promise.all((pod.spec.volumes ?? []).map((volume) => volumeSummary(source, pod, volume.name, time)))
  const logs = await source.treeBytes(source.pods.logDirectory(pod))
  const ephemeral =
    sumOf(
      volumes.filter((each) => each?.isLocal),
      (each) => each!.usedBytes,
    ) +
    logs +
    sumOf(containers, (each) => each.rootBytes)
  return {
    ...cpuAndMemory,
    containers: await Promise.all(
      containers.map(async (each) => ({ ...containerSummary(source, pod, each, time), ...(await diskOf(source, pod, each, time)) })),
    ),
    ...(network.length > 0 ? { network: networkSummary(network, time) } : {}),
    volume: volumes.filter((each) => each !== undefined).map(({ summary }) => summary),
    'ephemeral-storage': fileSystem(source.rootDir, time, ephemeral),
    process_stats: { process_count: processes.length },
    swap: { time, swapUsageBytes: 0 },
  }
}

function containerSummary(_source: StatsSource, _pod: Pod, use: ContainerUsage, time: string): object {
  return {
    name: use.name,
    startTime: rfc3339(use.record?.startedAt ?? 0),
    cpu: { time, usageNanoCores: use.cpuNanoCores, usageCoreNanoSeconds: use.cpuNanoseconds },
    memory: {
      time,
      usageBytes: use.usageBytes,
      workingSetBytes: use.memoryBytes,
      rssBytes: use.rssBytes,
      pageFaults: use.pageFaults,
      majorPageFaults: use.majorPageFaults,
    },
    swap: { time, swapUsageBytes: 0 },
  }
}

async function diskOf({ pods, rootDir, treeBytes }: StatsSource, pod: Pod, use: ContainerUsage, time: string): Promise<object> {
  const logs = await treeBytes(`${pods.logDirectory(pod)}/${use.name}`)
  return { rootfs: { ...fileSystem(rootDir, time, use.rootBytes), inodesUsed: use.rootInodes }, logs: fileSystem(rootDir, time, logs) }
}

/** Volumes that hold data of their own; a hostPath is the host's, and is not walked. */
async function volumeSummary({ rootDir, treeBytes, csiStats, claimPath }: StatsSource, pod: Pod, name: string, time: string) {
  const volume = pod.spec.volumes?.find((each) => each.name === name)
  const plugin = volume?.emptyDir
    ? 'empty-dir'
    : volume?.configMap
      ? 'configmap'
      : volume?.secret
        ? 'secret'
        : volume?.downwardAPI
          ? 'downward-api'
          : volume?.projected
            ? 'projected'
            : undefined
  if (!plugin) {
    // A driver that does not answer has no figures, and keeps nobody else's back.
    const stats = await csiStats?.(pod.metadata.uid, name).catch(() => undefined)
    if (stats) return { isLocal: false, usedBytes: 0, summary: csiSummary(pod, name, stats, time) }
    const claimed = claimPath?.(pod.metadata.uid, name)
    if (claimed === undefined || !existsSync(claimed)) return undefined
    return { isLocal: false, usedBytes: 0, summary: { ...fileSystem(claimed, time), name, ...claimOf(pod, name) } }
  }
  const path = `${rootDir}/pods/${pod.metadata.uid}/volumes/kubernetes.io~${plugin}/${name}`
  if (!existsSync(path)) return undefined
  const usedBytes = await treeBytes(path)
  // What lies in memory counts there.
  const isLocal = plugin !== 'secret' && plugin !== 'projected' && volume?.emptyDir?.medium !== 'Memory'
  return { isLocal, usedBytes, summary: { ...fileSystem(path, time, usedBytes), name } }
}

/** Which claim a volume of the pod is. */
function claimOf({ metadata, spec }: Pod, name: string): { pvcRef?: { name: string; namespace: string | undefined } } {
  const volume = spec.volumes?.find((each) => each.name === name)
  const claim = volume?.persistentVolumeClaim?.claimName ?? (volume?.ephemeral ? `${metadata.name}-${name}` : undefined)
  return claim ? { pvcRef: { name: claim, namespace: metadata.namespace } } : {}
}

function csiSummary(pod: Pod, name: string, { usage, volume_condition: condition }: VolumeStats, time: string): object {
  const of = (unit: string) => usage.find((each) => each.unit === unit)
  const [bytes, inodes] = [of('BYTES'), of('INODES')]
  return {
    time,
    ...(bytes ? { availableBytes: bytes.available, capacityBytes: bytes.total, usedBytes: bytes.used } : {}),
    ...(inodes ? { inodesFree: inodes.available, inodes: inodes.total, inodesUsed: inodes.used } : {}),
    name,
    ...claimOf(pod, name),
    ...(condition ? { volumeHealthStats: { abnormal: condition.abnormal } } : {}),
  }
}
