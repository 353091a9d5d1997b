/** Which nodes a DaemonSet's pod belongs on (upstream's NodeShouldRunDaemonPod), and the pod that is bound there. */
import type { DaemonSet } from '#api/gen/apps/v1.ts'
import type { Node, Pod, PodSpec, Toleration } from '#api/gen/core/v1.ts'
import { matchesPodAffinity } from '#api/core/v1/placement/node-affinity.ts'
import { tolerates } from '#api/core/v1/placement/tolerations.ts'

const alwaysTolerated: readonly (readonly [name: string, effect: string])[] = [
  ['not-ready', 'NoExecute'],
  ['unreachable', 'NoExecute'],
  ['disk-pressure', 'NoSchedule'],
  ['memory-pressure', 'NoSchedule'],
  ['pid-pressure', 'NoSchedule'],
  ['unschedulable', 'NoSchedule'],
]

export function tolerationsOf(spec: PodSpec | undefined): Toleration[] {
  const tolerations = [...(spec?.tolerations ?? [])]
  const wanted = spec?.hostNetwork ? [...alwaysTolerated, ['network-unavailable', 'NoSchedule'] as const] : alwaysTolerated
  for (const [name, effect] of wanted) {
    const key = `node.kubernetes.io/${name}`
    if (!tolerations.some((each) => each.key === key && each.effect === effect && each.operator === 'Exists'))
      tolerations.push({ key, operator: 'Exists', effect } as Toleration)
  }
  return tolerations
}

export interface Fit {
  /** A new pod may be put there. */
  readonly shouldRun: boolean
  /** One that is there may stay. */
  readonly mayStay: boolean
}

export function fitOf({ spec }: DaemonSet, node: Node): Fit {
  const pod = spec.template.spec
  const here = (!pod?.nodeName || pod.nodeName === node.metadata.name) && matchesPodAffinity({ ...(pod ? { spec: pod } : {}) }, node)
  if (!here) return { shouldRun: false, mayStay: false }
  const tolerations = tolerationsOf(pod)
  const against = (node.spec?.taints ?? []).filter((taint) => !tolerates(tolerations, taint))
  const evicted = against.some(({ effect }) => effect === 'NoExecute')
  return { shouldRun: !evicted && !against.some(({ effect }) => effect === 'NoSchedule'), mayStay: !evicted }
}

/** The template's affinity, narrowed to one node by name: the scheduler then binds it there and nowhere else. */
export function boundTo(spec: PodSpec | undefined, nodeName: string): PodSpec {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [nodeName] }]
  const affinity = spec?.affinity
  const required = { nodeSelectorTerms: [{ matchFields }] }
  return {
    ...spec!,
    tolerations: tolerationsOf(spec),
    affinity: { ...affinity, nodeAffinity: { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required } },
  } as PodSpec
}

/** The node a daemon pod is on, or is meant for. */
export function nodeNameOf({ spec }: Pod): string | undefined {
  if (spec.nodeName) return spec.nodeName
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  for (const { matchFields = [] } of terms)
    for (const { key, operator, values } of matchFields) if (key === 'metadata.name' && operator === 'In' && values?.length === 1) return values[0]
  return undefined
}
