/** The first kind of API object that a pod's spec refers to, by the plural that upstream's errors use. */
import type { Pod } from '#api/gen/core/v1.ts'

export function objectReference({ spec }: Pod): string | undefined {
  if (spec.serviceAccountName) return 'serviceaccounts'
  if ((spec.imagePullSecrets?.length ?? 0) > 0) return 'secrets'
  if ((spec.resourceClaims?.length ?? 0) > 0) return 'resourceclaims'
  for (const { env = [], envFrom = [] } of [...(spec.initContainers ?? []), ...spec.containers]) {
    if (env.some(({ valueFrom }) => valueFrom?.secretKeyRef) || envFrom.some(({ secretRef }) => secretRef)) return 'secrets'
    if (env.some(({ valueFrom }) => valueFrom?.configMapKeyRef) || envFrom.some(({ configMapRef }) => configMapRef)) return 'configmaps'
  }
  for (const volume of spec.volumes ?? []) {
    if (volume.secret) return 'secrets'
    if (volume.configMap) return 'configmaps'
    if (volume.persistentVolumeClaim || volume.ephemeral) return 'persistentvolumeclaims'
    for (const source of volume.projected?.sources ?? []) {
      if (source.secret) return 'secrets'
      if (source.configMap) return 'configmaps'
      if (source.serviceAccountToken) return 'serviceaccounts'
      if (source.clusterTrustBundle) return 'clustertrustbundles'
    }
  }
  return undefined
}
