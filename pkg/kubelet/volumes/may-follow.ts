/** Which pods' sandboxes may be made while their volumes are still being set up. */
import type { Pod, Volume, VolumeProjection } from '#api/gen/core/v1.ts'

/**
 * True where every volume is one that the node makes by itself, or from what every namespace has: the token, the cluster's
 * certificate, the pod's own fields, empty directories. A pod that may have to wait for an object or a disk gets its sandbox after
 * them, as with upstream's kubelet, and so shows no address while it waits.
 */
export function volumesMayFollow({ spec }: Pod): boolean {
  return (spec.resourceClaims ?? []).length === 0 && (spec.volumes ?? []).every(isOwn)
}

function isOwn({ emptyDir, downwardAPI, projected }: Volume): boolean {
  return emptyDir !== undefined || downwardAPI !== undefined || (projected?.sources?.every(isOfEveryNamespace) ?? false)
}

const rootCertificate = 'kube-root-ca.crt'

function isOfEveryNamespace({ serviceAccountToken, downwardAPI, configMap }: VolumeProjection): boolean {
  return serviceAccountToken !== undefined || downwardAPI !== undefined || configMap?.name === rootCertificate
}
