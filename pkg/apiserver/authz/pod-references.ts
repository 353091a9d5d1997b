/** What a pod refers to: the edges of the node authorizer's graph. */
import type { Pod } from '#api/gen/core/v1.ts'

export const mirrorPodAnnotation = 'kubernetes.io/config.mirror'

export interface PodReferences {
  readonly secrets: ReadonlySet<string>
  readonly configMaps: ReadonlySet<string>
  readonly claims: ReadonlySet<string>
  readonly resourceClaims: ReadonlySet<string>
  readonly serviceAccount: string
}

export function referencesOf({ metadata, spec, status }: Pod): PodReferences {
  const secrets = new Set<string>()
  const configMaps = new Set<string>()
  const claims = new Set<string>()
  const add = (to: Set<string>, name: string | undefined): void => void (name && to.add(name))
  for (const each of spec?.imagePullSecrets ?? []) add(secrets, each.name)
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...(spec?.ephemeralContainers ?? [])]) {
    for (const { valueFrom } of container.env ?? []) {
      add(secrets, valueFrom?.secretKeyRef?.name)
      add(configMaps, valueFrom?.configMapKeyRef?.name)
    }
    for (const { secretRef, configMapRef } of container.envFrom ?? []) {
      add(secrets, secretRef?.name)
      add(configMaps, configMapRef?.name)
    }
  }
  for (const volume of spec?.volumes ?? []) {
    add(secrets, volume.secret?.secretName)
    add(configMaps, volume.configMap?.name)
    for (const source of volume.projected?.sources ?? []) {
      add(secrets, source.secret?.name)
      add(configMaps, source.configMap?.name)
    }
    add(secrets, volume.azureFile?.secretName)
    for (const source of [volume.cephfs, volume.rbd, volume.flexVolume, volume.scaleIO, volume.iscsi, volume.storageos]) add(secrets, source?.secretRef?.name)
    add(secrets, volume.csi?.nodePublishSecretRef?.name)
    add(claims, volume.persistentVolumeClaim?.claimName)
    if (volume.ephemeral) add(claims, `${metadata.name}-${volume.name}`)
  }
  const resourceClaims = new Set<string>()
  for (const claim of spec?.resourceClaims ?? []) add(resourceClaims, claim.resourceClaimName)
  for (const claim of status?.resourceClaimStatuses ?? []) add(resourceClaims, claim.resourceClaimName)
  add(resourceClaims, status?.extendedResourceClaimStatus?.resourceClaimName)
  return { secrets, configMaps, claims, resourceClaims, serviceAccount: metadata.annotations?.[mirrorPodAnnotation] ? '' : (spec?.serviceAccountName ?? '') }
}
