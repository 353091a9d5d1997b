/** What of the API a pod reaches into, as upstream names it to kubelets that make mirror pods (podutil.HasAPIObjectReference). */
import type { Pod, Volume } from '#api/gen/core/v1.ts'
import { referencesOf } from '../authz/pod-references.ts'

/** The first kind of object that the pod refers to, or undefined. */
export function apiReferenceOf(pod: Pod): string | undefined {
  if (pod.spec?.serviceAccountName) return 'serviceaccounts'
  const { secrets, configMaps } = referencesOf(pod)
  if (secrets.size > 0) return 'secrets'
  if (configMaps.size > 0) return 'configmaps'
  if ((pod.spec?.resourceClaims ?? []).length > 0) return 'resourceclaims'
  for (const volume of pod.spec?.volumes ?? []) {
    const found = ofVolume(volume)
    if (found) return found
  }
  return undefined
}

const ofSources: readonly (readonly [keyof Volume, string])[] = [
  ['configMap', 'configmaps (via configmap volumes)'],
  ['secret', 'secrets (via secret volumes)'],
  ['csi', 'csidrivers (via CSI volumes)'],
  ['glusterfs', 'endpoints (via glusterFS volumes)'],
  ['persistentVolumeClaim', 'persistentvolumeclaims'],
  ['ephemeral', 'persistentvolumeclaims (via ephemeral volumes)'],
  ['azureFile', 'secrets (via azureFile volumes)'],
]
const ofProjections = [
  ['configMap', 'configmaps (via projected volumes)'],
  ['secret', 'secrets (via projected volumes)'],
  ['serviceAccountToken', 'serviceaccounts (via projected volumes)'],
  ['clusterTrustBundle', 'clustertrustbundles'],
  ['podCertificate', 'podcertificates'],
] as const

function ofVolume(volume: Volume): string | undefined {
  const found = ofSources.find(([key]) => volume[key])
  if (found) return found[1]
  return (volume.projected?.sources ?? []).map((source) => ofProjections.find(([key]) => source[key])?.[1]).find((each) => each)
}
