/** Why a claim is not bound. */
import { sentence } from './deletion.ts'
import type { Finder } from './types.ts'

export const whyClaim: Finder = async (claim, reader) => {
  const { metadata, spec, status = {} } = claim
  if (status.phase === 'Bound') return []
  const name = `Claim ${metadata.name}`
  if (status.phase === 'Lost') return [{ text: `${name} has lost its volume ${spec.volumeName}: the volume does not exist any more.` }]
  const told = (await reader.events(claim)).findLast(
    ({ type, reason }) => type === 'Warning' || reason === 'WaitForFirstConsumer' || reason === 'ExternalProvisioning',
  )
  const because = told ? [{ text: sentence(told.message) }] : []
  if (!spec.storageClassName) {
    return [
      {
        text: `${name} is not bound, names no storage class, and there is no default one or no fitting volume.`,
        because,
        advice: 'Name a storage class, or mark one as the default.',
      },
    ]
  }
  const storageClass = await reader.get('storage.k8s.io/v1', 'StorageClass', undefined, spec.storageClassName)
  if (!storageClass)
    return [
      {
        text: `${name} asks for the storage class ${spec.storageClassName}, which does not exist.`,
        because,
        advice: `Create the storage class ${spec.storageClassName}, or a volume that names it; kubectl get storageclass tells which there are.`,
      },
    ]
  if (storageClass.volumeBindingMode === 'WaitForFirstConsumer')
    return [{ text: `${name} is not bound: its storage class ${spec.storageClassName} waits until a pod that uses it is scheduled.`, because }]
  return [{ text: `${name} is not bound: ${storageClass.provisioner} has not made its volume yet.`, because }]
}

export const whyVolume: Finder = async ({ metadata, spec, status = {} }, reader) => {
  const name = `Volume ${metadata.name}`
  const claim = spec.claimRef
  if (status.phase === 'Released')
    return [
      {
        text: `${name} is released: its claim ${claim?.namespace}/${claim?.name} is gone, and it keeps the data (${spec.persistentVolumeReclaimPolicy}).`,
        advice: 'Delete it, or take away spec.claimRef to let another claim have it with what is on it.',
      },
    ]
  if (status.phase === 'Failed') return [{ text: `${name} could not be reclaimed: ${sentence(status.message || status.reason || 'no reason is given')}` }]
  if (status.phase === 'Bound' || !claim) return []
  const wanted = await reader.get('v1', 'PersistentVolumeClaim', claim.namespace, claim.name)
  return wanted ? [] : [{ text: `${name} is kept for the claim ${claim.namespace}/${claim.name}, which does not exist.` }]
}
