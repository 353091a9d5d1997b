/** GET /metrics/cadvisor: the container metrics that dashboards ask for, by cAdvisor's names and labels. */
import { availableParallelism, totalmem } from 'node:os'
import type { Container } from '#api/gen/core/v1.ts'
import { containersOf } from '../runtime/containers.ts'
import { bytes, milli, milliToQuota, milliToShares } from '../runtime/resources.ts'
import { type CgroupUsage, cgroupUsage } from './cgroup-usage.ts'
import { nodeCpuNanoseconds, podUse, type StatsSource, sumOf } from './collect.ts'
import { nodeMemory } from './node-memory.ts'
import { Exposition, type Labels } from './exposition.ts'
import { type Interface, interfacesOf } from './network.ts'

const families: readonly (readonly [name: string, type: 'gauge' | 'counter', help: string])[] = [
  [
    'cadvisor_version_info',
    'gauge',
    "A metric with a constant '1' value labeled by kernel version, OS version, docker version, cadvisor version & cadvisor revision.",
  ],
  ['container_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed in seconds.'],
  ['container_fs_usage_bytes', 'gauge', 'Number of bytes that are consumed by the container on this filesystem.'],
  ['container_fs_inodes_total', 'gauge', 'Number of Inodes'],
  ['container_last_seen', 'gauge', 'Last time a container was seen by the exporter'],
  ['container_memory_failures_total', 'counter', 'Cumulative count of memory allocation failures.'],
  ['container_memory_rss', 'gauge', 'Size of RSS in bytes.'],
  ['container_memory_usage_bytes', 'gauge', 'Current memory usage in bytes, including all memory regardless of when it was accessed'],
  ['container_memory_working_set_bytes', 'gauge', 'Current working set in bytes.'],
  ['container_network_receive_bytes_total', 'counter', 'Cumulative count of bytes received'],
  ['container_network_receive_errors_total', 'counter', 'Cumulative count of errors encountered while receiving'],
  ['container_network_receive_packets_dropped_total', 'counter', 'Cumulative count of packets dropped while receiving'],
  ['container_network_receive_packets_total', 'counter', 'Cumulative count of packets received'],
  ['container_network_transmit_bytes_total', 'counter', 'Cumulative count of bytes transmitted'],
  ['container_network_transmit_errors_total', 'counter', 'Cumulative count of errors encountered while transmitting'],
  ['container_network_transmit_packets_dropped_total', 'counter', 'Cumulative count of packets dropped while transmitting'],
  ['container_network_transmit_packets_total', 'counter', 'Cumulative count of packets transmitted'],
  ['container_processes', 'gauge', 'Number of processes running inside the container.'],
  ['container_scrape_error', 'gauge', '1 if there was an error while getting container metrics, 0 otherwise'],
  ['container_spec_cpu_period', 'gauge', 'CPU period of the container.'],
  ['container_spec_cpu_quota', 'gauge', 'CPU quota of the container.'],
  ['container_spec_cpu_shares', 'gauge', 'CPU share of the container.'],
  ['container_spec_memory_limit_bytes', 'gauge', 'Memory limit for the container.'],
  ['container_start_time_seconds', 'gauge', 'Start time of the container since unix epoch in seconds.'],
  ['machine_cpu_cores', 'gauge', 'Number of logical CPU cores.'],
  ['machine_memory_bytes', 'gauge', 'Amount of memory installed on the machine.'],
]

/** What a cgroup counts: by name, type, help and reading. */
const kernelFamilies: readonly (readonly [name: string, type: 'gauge' | 'counter', help: string, read: keyof CgroupUsage])[] = [
  ['container_cpu_cfs_periods_total', 'counter', 'Number of elapsed enforcement period intervals.', 'periods'],
  ['container_cpu_cfs_throttled_periods_total', 'counter', 'Number of throttled period intervals.', 'throttledPeriods'],
  ['container_cpu_cfs_throttled_seconds_total', 'counter', 'Total time duration the container has been throttled.', 'throttledSeconds'],
  ['container_cpu_system_seconds_total', 'counter', 'Cumulative system cpu time consumed in seconds.', 'systemSeconds'],
  ['container_cpu_user_seconds_total', 'counter', 'Cumulative user cpu time consumed in seconds.', 'userSeconds'],
  ['container_memory_cache', 'gauge', 'Number of bytes of page cache memory.', 'cache'],
  ['container_memory_failcnt', 'counter', 'Number of memory usage hits limits', 'failures'],
  ['container_memory_kernel_usage', 'gauge', 'Size of kernel memory allocated in bytes.', 'kernel'],
  ['container_memory_mapped_file', 'gauge', 'Size of memory mapped files in bytes.', 'mappedFile'],
  ['container_memory_max_usage_bytes', 'gauge', 'Maximum memory usage recorded in bytes', 'maxUsage'],
  ['container_memory_swap', 'gauge', 'Container swap usage in bytes.', 'swap'],
  ['container_memory_total_active_file_bytes', 'gauge', 'Current total active file in bytes.', 'activeFile'],
  ['container_memory_total_inactive_file_bytes', 'gauge', 'Current total inactive file in bytes.', 'inactiveFile'],
  ['container_threads', 'gauge', 'Number of threads running inside the container', 'threads'],
  ['container_threads_max', 'gauge', 'Maximum number of threads allowed inside the container, infinity if value is zero', 'threadsMax'],
]

function kernelCounts(text: Exposition, labels: Labels, now: number): void {
  const usage = cgroupUsage(labels.id ?? '')
  for (const [name, , , read] of kernelFamilies) {
    const value = usage[read]
    if (value !== undefined) text.sample(name, labels, value, now)
  }
}

const networkSamples = [
  ['receive_bytes', 'rxBytes'],
  ['receive_errors', 'rxErrors'],
  ['receive_packets_dropped', 'rxDropped'],
  ['receive_packets', 'rxPackets'],
  ['transmit_bytes', 'txBytes'],
  ['transmit_errors', 'txErrors'],
  ['transmit_packets_dropped', 'txDropped'],
  ['transmit_packets', 'txPackets'],
] as const

export async function cadvisorMetrics(source: StatsSource): Promise<string> {
  const text = new Exposition()
  const all = [...families, ...kernelFamilies.map(([name, type, help]) => [name, type, help] as const)]
  for (const family of all.sort(([one], [other]) => (one < other ? -1 : 1))) text.family(...family)
  const now = Date.now()
  const root = { container: '', id: '/', image: '', name: '', namespace: '', pod: '' }
  const memory = nodeMemory()
  text.sample('machine_cpu_cores', {}, availableParallelism())
  text.sample('machine_memory_bytes', {}, totalmem())
  text.sample('cadvisor_version_info', { cadvisorRevision: '', cadvisorVersion: '', dockerVersion: '', kernelVersion: '', osVersion: '' }, 1)
  text.sample('container_cpu_usage_seconds_total', { ...root, cpu: 'total' }, nodeCpuNanoseconds() / 1e9, now)
  text.sample('container_memory_working_set_bytes', root, memory.workingSetBytes, now)
  text.sample('container_memory_usage_bytes', root, memory.usageBytes, now)
  text.sample('container_memory_rss', root, memory.rssBytes, now)
  network(text, root, interfacesOf('self'), now)
  let failed = 0
  try {
    for (const { pod, containers, processes, network: interfaces } of await podUse(source)) {
      const { namespace = '', name } = pod.metadata
      const cgroup = source.cgroups.parentOf(pod)
      const ofPod = { container: '', id: cgroup, image: '', name: '', namespace, pod: name }
      text.sample('container_cpu_usage_seconds_total', { ...ofPod, cpu: 'total' }, sumOf(containers, (each) => each.cpuNanoseconds) / 1e9, now)
      text.sample(
        'container_memory_working_set_bytes',
        ofPod,
        sumOf(containers, (each) => each.memoryBytes),
        now,
      )
      text.sample(
        'container_memory_usage_bytes',
        ofPod,
        sumOf(containers, (each) => each.usageBytes),
        now,
      )
      text.sample('container_processes', ofPod, processes.length, now)
      kernelCounts(text, ofPod, now)
      network(text, ofPod, interfaces, now)
      const specs = new Map(containersOf(pod).map(({ container }) => [container.name, container]))
      for (const use of containers) {
        const labels = { container: use.name, id: `${cgroup}/${use.id}`, image: use.record?.image ?? '', name: use.id, namespace, pod: name }
        text.sample('container_cpu_usage_seconds_total', { ...labels, cpu: 'total' }, use.cpuNanoseconds / 1e9, now)
        text.sample('container_memory_working_set_bytes', labels, use.memoryBytes, now)
        text.sample('container_memory_usage_bytes', labels, use.usageBytes, now)
        text.sample('container_memory_rss', labels, use.rssBytes, now)
        text.sample('container_memory_failures_total', { ...labels, failure_type: 'pgfault', scope: 'container' }, use.pageFaults, now)
        text.sample('container_memory_failures_total', { ...labels, failure_type: 'pgmajfault', scope: 'container' }, use.majorPageFaults, now)
        text.sample('container_fs_usage_bytes', { ...labels, device: '' }, use.rootBytes, now)
        text.sample('container_fs_inodes_total', { ...labels, device: '' }, use.rootInodes, now)
        text.sample('container_last_seen', labels, Math.floor(now / 1000), now)
        if (use.record?.startedAt) text.sample('container_start_time_seconds', labels, Math.floor(use.record.startedAt / 1000), now)
        limits(text, labels, specs.get(use.name), now)
        kernelCounts(text, labels, now)
      }
    }
  } catch {
    failed = 1
  }
  return text.sample('container_scrape_error', {}, failed).toString()
}

function network(text: Exposition, labels: Labels, interfaces: readonly Interface[], now: number): void {
  for (const each of interfaces) {
    for (const [name, field] of networkSamples) text.sample(`container_network_${name}_total`, { ...labels, interface: each.name }, each[field], now)
  }
}

function limits(text: Exposition, labels: Labels, container: Container | undefined, now: number): void {
  const { requests, limits: most } = container?.resources ?? {}
  text.sample('container_spec_cpu_period', labels, 100_000, now)
  if (most?.cpu) text.sample('container_spec_cpu_quota', labels, milliToQuota(milli(most.cpu)), now)
  text.sample('container_spec_cpu_shares', labels, milliToShares(milli(requests?.cpu ?? most?.cpu)), now)
  text.sample('container_spec_memory_limit_bytes', labels, bytes(most?.memory), now)
}
