/** Writes what was decided into the claims: the finalizer, the allocation, for whom it is; and waits for devices that need preparation. */
import type { Pod } from '#api/gen/core/v1.ts'
import type { AllocationResult, ResourceClaim } from '#api/gen/resource/v1.ts'
import { resourceClaims } from '#api/gen/resources.ts'
import { isConflict } from '#apimachinery/status-error.ts'
import { rfc3339, sleep } from '#base/clock.ts'
import type { Cycle, Handle } from '../../framework/types.ts'
import { isReservedFor } from './claims.ts'

export const finalizer = 'resource.kubernetes.io/delete-protection'
const maxAttempts = 5
/** How long devices may take to be ready to be bound (upstream's BindingTimeout), and how often we look. */
export const defaultBindingTimeoutSeconds = 600
const checkEveryMs = 1_000

/** Answers the claim as it is now; `allocation` undefined: it was allocated before. */
export async function bindClaim(claim: ResourceClaim, allocation: AllocationResult | undefined, pod: Pod, handle: Handle): Promise<ResourceClaim> {
  const { client, clock } = handle
  const { namespace, name } = claim.metadata
  const key = `${namespace}/${name}`
  let current = claim
  for (let attempt = 1; ; attempt++) {
    try {
      if (current.metadata.uid !== claim.metadata.uid || current.metadata.deletionTimestamp) throw new Error(`claim ${key} got deleted in the meantime`)
      if (allocation && current.status?.allocation) throw new Error(`claim ${key} got allocated elsewhere in the meantime`)
      if (!allocation && !current.status?.allocation) throw new Error(`claim ${key} got deallocated elsewhere in the meantime`)
      if (allocation && !current.metadata.finalizers?.includes(finalizer)) {
        const finalizers = [...(current.metadata.finalizers ?? []), finalizer]
        current = await client.update(resourceClaims, { ...current, metadata: { ...current.metadata, finalizers } })
      }
      if (isReservedFor(current, pod.metadata.uid)) return current
      const reference = { resource: 'pods', name: pod.metadata.name, uid: pod.metadata.uid }
      const status = {
        ...current.status,
        ...(allocation ? { allocation: { ...allocation, allocationTimestamp: rfc3339(clock.now()) } } : {}),
        reservedFor: [...(current.status?.reservedFor ?? []), reference],
      }
      return await client.update(resourceClaims, { ...current, status }, { subresource: 'status' })
    } catch (error) {
      if (!isConflict(error) || attempt >= maxAttempts) throw error
      current = await client.get(resourceClaims, { namespace, name })
    }
  }
}

/** Until the drivers have said of each device that needs it that it can be used on the node. Throws when one cannot. */
export async function untilDevicesReady(names: readonly string[], cycle: Cycle, handle: Handle, timeoutSeconds: number): Promise<void> {
  const { clock, signal } = handle
  const deadline = clock.now() + timeoutSeconds * 1000
  while (!names.every((name) => areDevicesReady(cycle.objects.resourceClaims.get(cycle.pod.namespace, name)))) {
    if (signal.aborted) throw new Error('the scheduler stops')
    if (clock.now() >= deadline) throw new Error('device binding timeout')
    await sleep(clock, checkEveryMs, signal)
  }
}

function areDevicesReady(claim: ResourceClaim | undefined): boolean {
  const { allocation, devices = [] } = claim?.status ?? {}
  if (!allocation) return false
  return (allocation.devices.results ?? []).every(({ driver, pool, device, bindingConditions = [], bindingFailureConditions = [] }) => {
    const conditions = devices.find((each) => each.driver === driver && each.pool === pool && each.device === device)?.conditions ?? []
    const holds = (type: string): boolean => conditions.some((each) => each.type === type && each.status === 'True')
    const failed = bindingFailureConditions.find(holds)
    if (failed) throw new Error(`claim ${claim!.metadata.name} binding failed: device ${device} has condition ${failed}`)
    return bindingConditions.every(holds)
  })
}
