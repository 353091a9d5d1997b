/** What makes a StatefulSet's pod itself: its name, its ordinal, its claims. */
import type { StatefulSet } from '#api/gen/apps/v1.ts'
import type { PersistentVolumeClaim, Pod, PodTemplateSpec, Volume } from '#api/gen/core/v1.ts'
import { statefulSets } from '#api/gen/resources.ts'
import type { Draft } from '#apimachinery/object.ts'
import { controllerRef } from '../workload/owner.ts'
import { podFromTemplate } from '../workload/pod-control.ts'
import { revisionHashLabel } from '../workload/revisions.ts'

export const startOrdinal = ({ spec }: StatefulSet): number => spec.ordinals?.start ?? 0
export const replicasOf = ({ spec }: StatefulSet): number => spec.replicas ?? 1
export const podName = ({ metadata }: StatefulSet, ordinal: number): string => `${metadata.name}-${ordinal}`

/** -1 for a pod whose name is not one of the set's. */
export function ordinalOf({ metadata }: StatefulSet, pod: Pod): number {
  const { name } = pod.metadata
  const tail = name.startsWith(`${metadata.name}-`) ? name.slice(metadata.name.length + 1) : ''
  return /^(0|[1-9]\d*)$/.test(tail) ? Number(tail) : -1
}

export const podNameLabel = 'statefulset.kubernetes.io/pod-name'

/** How others find one pod of the set. */
export const identityLabels = (name: string, ordinal: number) => ({ [podNameLabel]: name, 'apps.kubernetes.io/pod-index': String(ordinal) })

export function newPod(set: StatefulSet, template: PodTemplateSpec, ordinal: number, revision: string): Draft<Pod> {
  const name = podName(set, ordinal)
  const pod = podFromTemplate(template, set, controllerRef(set, statefulSets), name)
  const labels = {
    ...template.metadata?.labels,
    [revisionHashLabel]: revision,
    ...identityLabels(name, ordinal),
  }
  const volumes = volumesOf(set, ordinal, template.spec?.volumes)
  const spec = { ...template.spec, hostname: name, subdomain: set.spec.serviceName, ...(volumes.length > 0 ? { volumes } : {}) }
  // Upstream's pods carry both: they are made from the prefix, then named.
  return { ...pod, metadata: { ...pod.metadata, generateName: `${set.metadata.name}-`, labels }, spec: spec as Draft<Pod>['spec'] }
}

/** A pod's volumes: its claims, and what else it has. */
export function volumesOf(set: StatefulSet, ordinal: number, others: readonly Volume[] = []): Volume[] {
  const claims = claimsOf(set, ordinal)
  const names = new Set(claims.map(({ volume }) => volume))
  return [
    ...claims.map(({ volume, claim }) => ({ name: volume, persistentVolumeClaim: { claimName: claim.metadata!.name!, readOnly: false } }) as Volume),
    ...others.filter((each) => !names.has(each.name)),
  ]
}

/** Whether each of its claims is the volume of that name. */
export function hasItsClaims(set: StatefulSet, ordinal: number, { spec }: Pod): boolean {
  return claimsOf(set, ordinal).every(({ volume, claim }) =>
    spec.volumes?.some(({ name, persistentVolumeClaim }) => name === volume && persistentVolumeClaim?.claimName === claim.metadata!.name),
  )
}

/** The claims of one pod; they outlive it unless the set's retention policy says otherwise. */
export function claimsOf(set: StatefulSet, ordinal: number): { readonly volume: string; readonly claim: Draft<PersistentVolumeClaim> }[] {
  return (set.spec.volumeClaimTemplates ?? []).map((template) => {
    const volume = template.metadata.name
    const labels = { ...template.metadata.labels, ...set.spec.selector?.matchLabels }
    const { annotations } = template.metadata
    const metadata = { name: `${volume}-${podName(set, ordinal)}`, namespace: set.metadata.namespace, labels, ...(annotations ? { annotations } : {}) }
    return { volume, claim: { metadata, spec: template.spec } }
  })
}
