/**
 * PVC protection: a deleted claim stays until no pod uses it.
 * In: claims, pods. Out: the finalizer of claims. Upstream: pkg/controller/volume/pvcprotection.
 */
import type { PersistentVolumeClaim, Pod } from '#api/gen/core/v1.ts'
import { persistentVolumeClaims, pods } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { type Controller, input, output } from '#runtime/types.ts'
import { claimsOfPod } from '../persistent-volume/index.ts'
import { controllerOf } from '../workload/owner.ts'

const finalizer = 'kubernetes.io/pvc-protection'

export function pvcProtectionController(): Controller {
  return {
    name: 'persistentvolumeclaim-protection-controller',
    account: 'pvc-protection-controller',
    inputs: [
      input(persistentVolumeClaims, { keys: (claim, change) => (change !== 'delete' && needsWork(claim) ? [keyOf(claim)] : []) }),
      input(pods, {
        // Only a pod that ended, went, or never got a node can set a claim free.
        keys: (pod, change, previous) => {
          if (previous && previous.metadata.uid !== pod.metadata.uid) return [...claimsOfPod(previous), ...claimsOfPod(pod)]
          return change === 'delete' || hasEnded(pod) || !pod.spec.nodeName ? claimsOfPod(pod) : []
        },
        indexes: { usedClaim: claimsOfPod },
      }),
    ],
    outputs: [output(persistentVolumeClaims, 'object', { shared: true })],
    async reconcile(key, { cache, client }) {
      const claim = cache(persistentVolumeClaims).byKey(key)
      if (!claim || !needsWork(claim)) return
      const { metadata } = claim
      const { finalizers = [], namespace } = metadata
      if (!metadata.deletionTimestamp) {
        await client.update(persistentVolumeClaims, { ...claim, metadata: { ...metadata, finalizers: [...finalizers, finalizer] } })
        return
      }
      if (
        cache(pods)
          .byIndex('usedClaim', key)
          .some((pod) => uses(pod, claim))
      )
        return
      // The cache may be late, and data would be lost: ask.
      const live = await client.list(pods, { namespace: namespace! })
      if (live.items.some((pod) => claimsOfPod(pod).includes(key) && uses(pod, claim))) return
      await client.update(persistentVolumeClaims, { ...claim, metadata: { ...metadata, finalizers: finalizers.filter((each) => each !== finalizer) } })
    },
  }
}

function needsWork({ metadata }: PersistentVolumeClaim): boolean {
  return (metadata.deletionTimestamp !== undefined) === (metadata.finalizers ?? []).includes(finalizer)
}

/** A pod that has no node yet is not started with a claim that is being deleted. */
function uses(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if (!pod.spec.nodeName) return false
  const { metadata, spec } = pod
  if (spec.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === claim.metadata.name)) return true
  const shutDown = metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0
  return !shutDown && controllerOf(claim)?.uid === metadata.uid
}

function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Failed' || status?.phase === 'Succeeded'
}
