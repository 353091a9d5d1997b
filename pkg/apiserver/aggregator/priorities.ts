/** The order of the built-in groups and versions: what clients prefer, and what their APIServices say. */
import type { ResourceDefinition } from '#api/types.ts'

export interface Priority {
  /** `groupPriorityMinimum`: higher groups are listed first. */
  readonly group: number
  /** `versionPriority`: higher versions are preferred. */
  readonly version: number
}

const groups: Readonly<Record<string, number>> = {
  '': 18000,
  apps: 17800,
  'events.k8s.io': 17750,
  'authentication.k8s.io': 17700,
  'authorization.k8s.io': 17600,
  autoscaling: 17500,
  batch: 17400,
  'certificates.k8s.io': 17300,
  'networking.k8s.io': 17200,
  policy: 17100,
  'rbac.authorization.k8s.io': 17000,
  'storage.k8s.io': 16800,
  'apiextensions.k8s.io': 16700,
  'admissionregistration.k8s.io': 16700,
  'scheduling.k8s.io': 16600,
  'coordination.k8s.io': 16500,
  'node.k8s.io': 16300,
  'discovery.k8s.io': 16200,
  'resource.k8s.io': 16200,
  'flowcontrol.apiserver.k8s.io': 16100,
  'internal.apiserver.k8s.io': 16000,
  'storagemigration.k8s.io': 15800,
}

/** Where a version's place is not the usual one of its stability. */
const versions: Readonly<Record<string, number>> = {
  '/v1': 1,
  'autoscaling/v2': 30,
  'events.k8s.io/v1beta1': 5,
  'admissionregistration.k8s.io/v1beta1': 12,
  'coordination.k8s.io/v1beta1': 13,
  'coordination.k8s.io/v1alpha2': 12,
  'discovery.k8s.io/v1beta1': 12,
  'flowcontrol.apiserver.k8s.io/v1': 21,
  'resource.k8s.io/v1': 21,
  'resource.k8s.io/v1beta2': 15,
}

/** Custom resources all have the same. */
export const customPriority: Priority = { group: 1000, version: 100 }
/** As metrics-server's manifest says it. */
const metricsPriority: Priority = { group: 100, version: 100 }
/** The aggregator's own group is listed first of all, and has no APIService. */
export const registrationGroup = 'apiregistration.k8s.io'

export function builtInPriority(group: string, version: string): Priority | undefined {
  if (group === 'metrics.k8s.io') return metricsPriority
  const ofGroup = groups[group]
  if (ofGroup === undefined) return undefined
  return { group: ofGroup, version: versions[`${group}/${version}`] ?? (version.includes('alpha') ? 1 : version.includes('beta') ? 9 : 15) }
}

export function priorityOf({ group, version, custom }: Pick<ResourceDefinition, 'group' | 'version' | 'custom'>): Priority {
  if (group === registrationGroup) return { group: Number.POSITIVE_INFINITY, version: 15 }
  return (custom ? undefined : builtInPriority(group, version)) ?? customPriority
}
