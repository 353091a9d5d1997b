/** Which audiences a kubelet may ask tokens for: those that the pod's own volumes name (ServiceAccountNodeAudienceRestriction). */
import type { Pod, Volume } from '#api/gen/core/v1.ts'
import { csiDrivers, persistentVolumeClaims, persistentVolumes } from '#api/gen/resources.ts'
import { cachedReader } from '../cached-reader.ts'
import type { AdmissionAttributes } from '../types.ts'
import type { AdmissionContext } from './types.ts'

/** Gives why the token is refused, or undefined. */
export function nodeTokenAudience(
  context: AdmissionContext,
): (attributes: AdmissionAttributes, audiences: readonly string[], pod: Pod) => Promise<string | undefined> {
  const claims = cachedReader(context, persistentVolumeClaims)
  const volumes = cachedReader(context, persistentVolumes)
  const drivers = cachedReader(context, csiDrivers)

  async function driverOf(namespace: string, pod: Pod, { name, ephemeral, persistentVolumeClaim, csi }: Volume): Promise<string | undefined> {
    if (csi) return csi.driver
    const claimName = ephemeral?.volumeClaimTemplate ? `${pod.metadata.name}-${name}` : persistentVolumeClaim?.claimName
    if (!claimName) return undefined
    const claim = await claims.get(namespace, claimName)
    if (!claim) throw new Error(`persistentvolumeclaim "${claimName}" not found`)
    const volumeName = claim.spec.volumeName ?? ''
    const volume = await volumes.get(undefined, volumeName)
    if (!volume) throw new Error(`persistentvolume "${volumeName}" not found`)
    return volume.spec.csi?.driver
  }

  return async (attributes, audiences, pod) => {
    if (audiences.length > 1) return 'node may only request 0 or 1 audiences'
    const audience = audiences[0] ?? ''
    const errors: string[] = []
    for (const volume of pod.spec?.volumes ?? []) {
      if ((volume.projected?.sources ?? []).some(({ serviceAccountToken: token }) => token && (token.audience ?? '') === audience)) return undefined
      try {
        const name = await driverOf(attributes.namespace, pod, volume)
        if (!name) continue
        const driver = await drivers.get(undefined, name)
        if (!driver) throw new Error(`csidriver.storage.k8s.io "${name}" not found`)
        if ((driver.spec.tokenRequests ?? []).some((each) => each.audience === audience)) return undefined
      } catch (error) {
        errors.push(error instanceof Error ? error.message : String(error))
      }
    }
    const quoted = JSON.stringify(audience)
    if (errors.length > 0) return `error validating audience ${quoted}: ${errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`}`
    const { decision } = await context.authorizer.authorize({
      user: attributes.user,
      verb: 'request-serviceaccounts-token-audience',
      isResourceRequest: true,
      path: '',
      group: '',
      version: 'v1',
      resource: audience,
      subresource: '',
      namespace: attributes.namespace,
      name: attributes.name,
    })
    return decision === 'allow'
      ? undefined
      : `audience ${quoted} not found in pod spec volume, ${attributes.user.name} is not authorized to request tokens for this audience`
  }
}
