/** A pod with all that scheduling asks of it worked out once (upstream's framework.PodInfo). */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import type { Labels } from '#apimachinery/labels.ts'
import { keyOf } from '#apimachinery/object.ts'
import { type AffinityTerms, affinityTermsOf } from './affinity-term.ts'
import { claimNameOf } from './claim-names.ts'
import { podRequests } from './resources.ts'

export interface PodInfo {
  readonly pod: Pod
  readonly key: string
  readonly namespace: string
  readonly labels: Labels
  readonly priority: number
  /** When it started, in ms; one that has not counts as last of all. */
  readonly startedAt: number
  readonly cpu: number
  readonly memory: number
  readonly ephemeralStorage: number
  /** Everything else it asks for: huge pages, devices. */
  readonly scalars: ReadonlyMap<string, number>
  /** As asked, but with what scoring supposes of containers that ask for nothing. */
  readonly nonZeroCpu: number
  readonly nonZeroMemory: number
  /** As that, but of the containers alone: how upstream's fit scores a pod that has yet to be placed. */
  readonly scoredCpu: number
  readonly scoredMemory: number
  readonly hostPorts: readonly HostPort[]
  readonly terms: AffinityTerms
  /** Persistent volume claims it mounts, by name. */
  readonly claims: readonly string[]
}

export interface HostPort {
  readonly protocol: string
  readonly ip: string
  readonly port: number
}

/** What a container that asks for nothing is supposed to need, for scoring only. */
const supposed: ReadonlyMap<string, number> = new Map([
  ['cpu', 100],
  ['memory', 200 * 1024 * 1024],
])
const noScalars: ReadonlyMap<string, number> = new Map()

export function podInfoOf(pod: Pod): PodInfo {
  const requests = podRequests(pod)
  const scalars = new Map([...requests].filter(([name, amount]) => amount > 0 && name !== 'cpu' && name !== 'memory' && name !== 'ephemeral-storage'))
  const full = isSupposing(pod) ? podRequests(pod, supposed) : requests
  const scored = pod.spec.resources?.requests ? podRequests({ ...pod, spec: { ...pod.spec, resources: {} } }, supposed) : full
  const cpu = requests.get('cpu') ?? 0
  const memory = requests.get('memory') ?? 0
  return {
    pod,
    key: keyOf(pod),
    namespace: pod.metadata.namespace ?? '',
    labels: pod.metadata.labels ?? {},
    priority: pod.spec.priority ?? 0,
    startedAt: startOf(pod),
    cpu,
    memory,
    ephemeralStorage: requests.get('ephemeral-storage') ?? 0,
    scalars: scalars.size === 0 ? noScalars : scalars,
    nonZeroCpu: full.get('cpu') ?? 0,
    nonZeroMemory: full.get('memory') ?? 0,
    scoredCpu: scored.get('cpu') ?? 0,
    scoredMemory: scored.get('memory') ?? 0,
    hostPorts: hostPortsOf(pod),
    terms: affinityTermsOf(pod),
    claims: claimsOf(pod),
  }
}

/** Whether a container leaves something to suppose; most do not, and are summed up once. */
function isSupposing({ spec: { containers, initContainers } }: Pod): boolean {
  return containers.some(asksTooLittle) || (initContainers?.some(asksTooLittle) ?? false)
}

function asksTooLittle({ resources }: Container): boolean {
  return resources?.requests?.cpu === undefined || resources.requests.memory === undefined
}

const maxDate = 8.64e15

function startOf({ status }: Pod): number {
  return status?.startTime ? Date.parse(status.startTime) : maxDate
}

function hostPortsOf({ spec }: Pod): HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...spec.containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports.filter(({ hostPort }) => hostPort).map(({ protocol = 'TCP', hostIP, hostPort }) => ({ protocol, ip: hostIP || '0.0.0.0', port: hostPort! })),
  )
}

function claimsOf(pod: Pod): string[] {
  return (pod.spec.volumes ?? []).flatMap((volume) => claimNameOf(pod, volume) ?? [])
}
