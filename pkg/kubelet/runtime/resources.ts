/** Requests and limits as the kernel takes them: shares, quota, memory limit, OOM score, QoS class. Numbers are upstream's. */
import type { Container, Pod, PodQOSClass } from '#api/gen/core/v1.ts'
import { Quantity } from '#apimachinery/quantity.ts'

/** cpuCFSQuotaPeriod where nobody has set it. */
export const defaultPeriodMicroseconds = 100_000
const minQuota = 1000

export function milli(text: string | undefined): number {
  return text === undefined ? 0 : Quantity.parse(text).milliValue()
}

export function bytes(text: string | undefined): number {
  return text === undefined ? 0 : Quantity.parse(text).value()
}

export function milliToShares(milliCpu: number): number {
  return milliCpu === 0 ? 2 : Math.min(262144, Math.max(2, Math.floor((milliCpu * 1024) / 1000)))
}

export function milliToQuota(milliCpu: number, periodMicroseconds = defaultPeriodMicroseconds): number {
  return milliCpu === 0 ? 0 : Math.max(minQuota, Math.floor((milliCpu * periodMicroseconds) / 1000))
}

export function qosClass({ spec }: Pod): PodQOSClass {
  // What the pod as a whole asks for decides, where it asks (KEP-2837).
  if (spec.resources?.requests || spec.resources?.limits) return classOf([spec.resources])
  return classOf([...spec.containers, ...(spec.initContainers ?? [])].map(({ resources }) => resources))
}

function classOf(asked: readonly Container['resources'][]): PodQOSClass {
  let any = false
  let guaranteed = true
  for (const resources of asked) {
    for (const name of ['cpu', 'memory']) {
      const request = resources?.requests?.[name]
      const limit = resources?.limits?.[name]
      if (milli(request) > 0 || milli(limit) > 0) any = true
      if (milli(limit) === 0 || (request !== undefined && milli(request) !== milli(limit))) guaranteed = false
    }
  }
  return !any ? 'BestEffort' : guaranteed ? 'Guaranteed' : 'Burstable'
}

export const isCriticalPriority = ({ spec }: Pod): boolean => (spec.priority ?? 0) >= 2_000_000_000

export function oomScoreAdjust(pod: Pod, container: Container, memoryCapacity: number): number {
  if (isCriticalPriority(pod)) return -997
  const qos = pod.status?.qosClass ?? qosClass(pod)
  if (qos === 'Guaranteed') return -997
  if (qos === 'BestEffort') return 1000
  const score = Math.floor(1000 - (1000 * bytes(container.resources?.requests?.memory)) / memoryCapacity)
  return Math.min(999, Math.max(3, score))
}

function hugePageNames({ containers, initContainers = [] }: Pod['spec']): string[] {
  const all = [...containers, ...initContainers].flatMap(({ resources }) => Object.keys(resources?.limits ?? {}))
  return [...new Set(all.filter((name) => name.startsWith('hugepages-')))]
}

export interface PodResources {
  readonly shares: number
  /** 0: no limit. */
  readonly quota: number
  readonly memory: number
  /** Bytes by resource, where any is asked for. */
  readonly hugePages: Readonly<Record<string, number>>
}

/** The pod's own cgroup: what the pod as a whole asks for, else the sum of its containers or its largest init container; and its overhead. */
export function podResources({ spec }: Pod, periodMicroseconds = defaultPeriodMicroseconds): PodResources {
  const sum = (read: (container: Container) => number): number => {
    const sidecars = (spec.initContainers ?? []).filter((each) => each.restartPolicy === 'Always')
    const total = [...spec.containers, ...sidecars].reduce((all, each) => all + read(each), 0)
    return Math.max(total, ...(spec.initContainers ?? []).map(read), 0)
  }
  const ofPod = spec.resources
  const all = (name: 'cpu' | 'memory') => [...spec.containers].every(({ resources }) => milli(resources?.limits?.[name]) > 0)
  const cpuRequest = ofPod?.requests?.cpu ?? ofPod?.limits?.cpu
  const cpuLimit = ofPod?.limits?.cpu !== undefined ? milli(ofPod.limits.cpu) : all('cpu') ? sum(({ resources }) => milli(resources?.limits?.cpu)) : 0
  const memoryLimit =
    ofPod?.limits?.memory !== undefined ? bytes(ofPod.limits.memory) : all('memory') ? sum(({ resources }) => bytes(resources?.limits?.memory)) : 0
  return {
    shares: milliToShares(
      (cpuRequest !== undefined ? milli(cpuRequest) : sum(({ resources }) => milli(resources?.requests?.cpu ?? resources?.limits?.cpu))) +
        milli(spec.overhead?.cpu),
    ),
    quota: cpuLimit > 0 ? milliToQuota(cpuLimit + milli(spec.overhead?.cpu), periodMicroseconds) : 0,
    memory: memoryLimit > 0 ? memoryLimit + bytes(spec.overhead?.memory) : 0,
    hugePages: Object.fromEntries(
      hugePageNames(spec).map((name) => [name, bytes(ofPod?.limits?.[name]) || sum(({ resources }) => bytes(resources?.limits?.[name]))]),
    ),
  }
}
