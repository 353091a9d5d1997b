/**
 * ResourceClaims: makes them from templates for pods, and takes back what pods that are done had reserved (KEP-4381).
 * In: pods, claims, templates. Out: claims, their reservations, pods' resourceClaimStatuses. Upstream: pkg/controller/resourceclaim.
 */
import type { Pod } from '#api/gen/core/v1.ts'
import type { ResourceClaim } from '#api/gen/resource/v1.ts'
import { pods, resourceClaims, resourceClaimTemplates } from '#api/gen/resources.ts'
import { keyOf } from '#apimachinery/object.ts'
import { type Counter, MetricSet } from '#base/metric-set.ts'
import { type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import { controllerIndex } from '../workload/owner.ts'
import { Uncertainty, uncertainRetryMs } from '../workload/uncertainty.ts'
import { hasAdminAccess, makeClaim } from './make-claim.ts'
import { claimKeysOf, claimsOf, isOwnedBy, isPodDone } from './pod-claims.ts'
import { releaseClaim } from './release-claim.ts'

const podPrefix = 'pod:'
const claimPrefix = 'claim:'

export function resourceClaimController(): Controller {
  /** Made, and perhaps not in the cache yet: by pod uid and entry, the claim's name. */
  const made = new Map<string, ResourceClaim>()
  const uncertainty = new Uncertainty()
  const metrics = new MetricSet()
  const creates = metrics.counter('resourceclaim_controller_creates_total', 'Number of ResourceClaims creation requests, by creation status and admin access')
  let claims: () => readonly ResourceClaim[] = () => []
  metrics.gauges('resourceclaim_controller_resource_claims', 'Number of ResourceClaims, by allocation status and admin access', () => countClaims(claims()))
  return {
    name: 'resourceclaim-controller',
    account: 'resource-claim-controller',
    metrics,
    eventSource: 'resource_claim',
    workers: 50,
    inputs: [
      input(pods, {
        indexes: { resourceClaim: claimKeysOf },
        keys: (pod, change) => {
          if ((pod.spec.resourceClaims ?? []).length === 0 && !pod.status?.extendedResourceClaimStatus) return []
          const gone = change === 'delete' || isPodDone(pod)
          if (change === 'delete') for (const { name } of pod.spec.resourceClaims ?? []) made.delete(`${pod.metadata.uid}/${name}`)
          return gone ? claimKeysOf(pod).map((key) => claimPrefix + key) : [podPrefix + keyOf(pod)]
        },
      }),
      input(resourceClaims, {
        indexes: { owner: controllerIndex },
        keys: (claim, change, previous, { cache }) => {
          const key = keyOf(claim)
          // A claim that went, or was allocated, concerns the pods that use it.
          const users = change === 'delete' || (claim.status?.allocation && !previous?.status?.allocation) ? cache(pods).byIndex('resourceClaim', key) : []
          return [...(change === 'delete' ? [] : [claimPrefix + key]), ...users.map((pod) => podPrefix + keyOf(pod))]
        },
      }),
      input(resourceClaimTemplates, {
        keys: ({ metadata }, change, _previous, { cache }) =>
          change === 'delete'
            ? []
            : cache(pods)
                .list(metadata.namespace)
                .filter((pod) => claimsOf(pod).some(({ entry, claimName }) => claimName === undefined && entry.resourceClaimTemplateName === metadata.name))
                .map((pod) => podPrefix + keyOf(pod)),
      }),
    ],
    outputs: [output(resourceClaims), output(resourceClaims, 'status.reservedFor', { shared: true }), output(pods, 'status', { shared: true })],
    start({ cache }) {
      claims = () => cache(resourceClaims).list()
    },
    async reconcile(key, context): Promise<ReconcileResult | undefined> {
      const of = key.slice(key.indexOf(':') + 1)
      if (key.startsWith(claimPrefix)) {
        const claim = context.cache(resourceClaims).byKey(of)
        if (claim) await releaseClaim(claim, context)
        return undefined
      }
      const pod = context.cache(pods).byKey(of)
      if (!pod || pod.metadata.deletionTimestamp || isPodDone(pod)) {
        uncertainty.forget(of)
        return undefined
      }
      if (!(await uncertainty.resolved(of, pod, resourceClaims, context))) return { requeueAfterMs: uncertainRetryMs }
      await ensureClaims(context.cache(pods).byKey(of) ?? pod, made, uncertainty, creates, context)
      if (pod.spec.nodeName) await reserveClaims(pod, context)
      return undefined
    },
  }
}

function countClaims(list: readonly ResourceClaim[]): [Record<string, string>, number][] {
  const counts = new Map<string, number>()
  for (const claim of list) {
    const key = `${claim.status?.allocation !== undefined} ${hasAdminAccess(claim)}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts].map(([key, count]) => {
    const [allocated = '', adminAccess = ''] = key.split(' ')
    return [{ allocated, admin_access: adminAccess }, count]
  })
}

/** Makes what is missing, then says all new names in one write. */
async function ensureClaims(pod: Pod, made: Map<string, ResourceClaim>, uncertainty: Uncertainty, creates: Counter, context: ControllerContext): Promise<void> {
  const { cache, client, events } = context
  const { namespace, name, uid } = pod.metadata
  const found = new Map<string, string>()
  for (const { entry, claimName, generated } of claimsOf(pod)) {
    if (!generated || claimName === null) continue
    const existing = claimName === undefined ? undefined : cache(resourceClaims).get(namespace, claimName)
    if (existing && isOwnedBy(existing, pod)) continue
    const memory = `${uid}/${entry.name}`
    try {
      const claim = await makeClaim(pod, entry, made.get(memory), creates, context)
      made.set(memory, claim)
      if (claim.metadata.name !== claimName) found.set(entry.name, claim.metadata.name)
    } catch (error) {
      uncertainty.note(keyOf(pod), error)
      const message = `PodResourceClaim ${entry.name}: ${(error as Error).message}`
      events.event(pod, 'Warning', 'FailedResourceClaimCreation', message)
      throw new Error(`pod ${namespace}/${name}, ${message}`, { cause: error })
    }
  }
  if (found.size === 0) return
  const kept = (pod.status?.resourceClaimStatuses ?? []).filter((each) => !found.has(each.name))
  const resourceClaimStatuses = [...kept, ...[...found].map(([entry, resourceClaimName]) => ({ name: entry, resourceClaimName }))]
  const applied = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid }, status: { resourceClaimStatuses } }
  await client.patch(pods, { namespace, name }, applied, { type: 'apply', subresource: 'status', fieldManager: 'ResourceClaimController', force: true })
}

/** A pod that was given its node without a scheduler still has to hold what it uses. */
async function reserveClaims(pod: Pod, { cache, client }: ControllerContext): Promise<void> {
  const { namespace, name, uid } = pod.metadata
  for (const { claimName, generated } of claimsOf(pod)) {
    const claim = claimName ? cache(resourceClaims).get(namespace, claimName) : undefined
    if (!claim?.status?.allocation || (generated && !isOwnedBy(claim, pod))) continue
    const { reservedFor = [] } = claim.status
    if (reservedFor.length >= maxConsumers || reservedFor.some((each) => each.uid === uid)) continue
    const status = { ...claim.status, reservedFor: [...reservedFor, { resource: 'pods', name, uid }] }
    await client.update(resourceClaims, { ...claim, status }, { subresource: 'status' })
  }
}

/** ResourceClaimReservedForMaxSize. */
const maxConsumers = 256
