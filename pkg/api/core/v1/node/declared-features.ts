/**
 * What nodes say that they can do beyond what every node of a cluster can (KEP-5328, NodeDeclaredFeatures; component-helpers'
 * nodedeclaredfeatures): which of it a pod needs to be placed, and which a change of its spec needs.
 */
import { ResourceRequirementsSchema, type Container, type PodSpec } from '#api/gen/core/v1.ts'
import { semanticEqual } from '../../../semantic-equal.ts'

/** Of a kubelet of 1.36 with its default feature gates; sorted, as the status wants it. */
export const declaredFeatures = [
  'ExtendWebSocketsToKubelet',
  'InPlacePodLevelResourcesVerticalScaling',
  'InPlacePodVerticalScalingInitContainers',
  'RestartAllContainersOnContainerExits',
] as const

/** What a node must declare to be given the pod. */
export function featuresForPlacement({ containers, initContainers = [], hostNetwork, hostUsers }: PodSpec): string[] {
  const restartsAll = [...containers, ...(initContainers ?? [])].some(({ restartPolicyRules }) =>
    restartPolicyRules?.some(({ action }) => action === 'RestartAllContainers'),
  )
  return [...(restartsAll ? ['RestartAllContainersOnContainerExits'] : []), ...(hostNetwork && hostUsers === false ? ['UserNamespacesHostNetworkSupport'] : [])]
}

/** What the node of a pod must declare for its spec to become `after`. */
export function featuresForUpdate(before: PodSpec, after: PodSpec): string[] {
  const resized = ({ restartPolicy, resources }: Container, index: number): boolean =>
    restartPolicy !== 'Always' && !semanticEqual(resources ?? {}, after.initContainers?.[index]?.resources ?? {}, ResourceRequirementsSchema)
  return [
    ...(semanticEqual(before.resources, after.resources, ResourceRequirementsSchema) ? [] : ['InPlacePodLevelResourcesVerticalScaling']),
    ...((before.initContainers ?? []).some(resized) ? ['InPlacePodVerticalScalingInitContainers'] : []),
  ]
}
