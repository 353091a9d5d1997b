/**
 * ServiceCIDR: ready as soon as it is there; a deleted one stays while addresses would be left without a range.
 * In: ServiceCIDRs, IPAddresses. Out: ServiceCIDR status and finalizer. Upstream: pkg/controller/servicecidrs.
 */
import type { IPAddress, ServiceCIDR } from '#api/gen/networking/v1.ts'
import { ipAddresses, serviceCIDRs } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { rfc3339 } from '#base/clock.ts'
import { type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import { containsAddress, containsRange, overlaps } from './ranges.ts'

const finalizer = 'networking.k8s.io/service-cidr-finalizer'
const managedByLabel = 'ipaddress.kubernetes.io/managed-by'
const managedBy = 'ipallocator.k8s.io'
/** So long an API server may not know yet that the range is going. */
const deletionGraceMs = 10_000

export function serviceCidrController(): Controller {
  return {
    name: 'service-cidr-controller',
    account: 'service-cidrs-controller',
    eventSource: 'service-cidr-controller',
    inputs: [
      input(serviceCIDRs, {
        // A range that comes may free another that is to go.
        keys: (cidr, change, _previous, context) =>
          change === 'update' ? [cidr.metadata.name] : [cidr.metadata.name, ...others(cidr, context).map(({ metadata }) => metadata.name)],
      }),
      input(ipAddresses, {
        keys: (address, change, _previous, { cache }) =>
          change === 'update' || !isOurs(address)
            ? []
            : cache(serviceCIDRs)
                .list()
                .filter((cidr) => containsAddress(cidr, address.metadata.name))
                .map(({ metadata }) => metadata.name),
      }),
    ],
    outputs: [output(serviceCIDRs, 'status'), output(serviceCIDRs, 'finalizers')],
    async reconcile(name, context): Promise<ReconcileResult | undefined> {
      const cidr = context.cache(serviceCIDRs).byKey(name)
      if (!cidr) return undefined
      if (cidr.metadata.deletionTimestamp) return remove(cidr, context)
      const finalizers = cidr.metadata.finalizers ?? []
      const guarded = finalizers.includes(finalizer) ? cidr : await setFinalizers(cidr, [...finalizers, finalizer], context)
      if (!guarded) return undefined
      try {
        await setReady(guarded, 'True', '', 'Kubernetes Service CIDR is ready', context)
      } catch (error) {
        context.events.event(cidr, 'Warning', 'KubernetesServiceCIDRError', 'The ServiceCIDR Status can not be set to Ready=True')
        throw error
      }
      return undefined
    },
  }
}

async function remove(cidr: ServiceCIDR, context: ControllerContext): Promise<ReconcileResult | undefined> {
  const { finalizers = [], deletionTimestamp } = cidr.metadata
  if (isNeeded(cidr, context)) {
    const why = 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR'
    await setReady(cidr, 'False', 'Terminating', why, context)
    return undefined
  }
  const leftMs = Date.parse(deletionTimestamp!) + deletionGraceMs - context.clock.now()
  if (leftMs > 0) return { requeueAfterMs: leftMs }
  if (finalizers.includes(finalizer))
    await setFinalizers(
      cidr,
      finalizers.filter((each) => each !== finalizer),
      context,
    )
  return undefined
}

/** Addresses that no other range holds. */
function isNeeded(cidr: ServiceCIDR, context: ControllerContext): boolean {
  const rest = context
    .cache(serviceCIDRs)
    .list()
    .filter(({ metadata }) => metadata.name !== cidr.metadata.name)
  if ((cidr.spec.cidrs ?? []).every((range) => rest.some((other) => containsRange(other, range)))) return false
  return context
    .cache(ipAddresses)
    .list()
    .filter(isOurs)
    .map(({ metadata }) => metadata.name)
    .some((address) => containsAddress(cidr, address) && !rest.some((other) => containsAddress(other, address)))
}

function others(cidr: ServiceCIDR, { cache }: ControllerContext): ServiceCIDR[] {
  return cache(serviceCIDRs)
    .list()
    .filter((other) => other.metadata.name !== cidr.metadata.name && overlaps(other, cidr))
}

function isOurs({ metadata }: IPAddress): boolean {
  return metadata.labels?.[managedByLabel] === managedBy
}

async function setReady(cidr: ServiceCIDR, status: string, reason: string, message: string, { client, clock }: ControllerContext): Promise<void> {
  const before = cidr.status?.conditions?.find(({ type }) => type === 'Ready')
  // The server that made the default one says it in its own words.
  if (before?.status === status && (before.reason ?? '') === reason) return
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : rfc3339(clock.now())
  const ready = { type: 'Ready', status, reason, message, lastTransitionTime }
  const { name } = cidr.metadata
  const applied = { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { name }, status: { conditions: [ready] } }
  await client.patch(serviceCIDRs, { name }, applied, { type: 'apply', subresource: 'status', fieldManager: 'service-cidr-controller', force: true })
}

/** Undefined: gone meanwhile. */
async function setFinalizers(cidr: ServiceCIDR, finalizers: string[], { client }: ControllerContext): Promise<ServiceCIDR | undefined> {
  const { name, uid, resourceVersion } = cidr.metadata
  try {
    return await client.patch(serviceCIDRs, { name }, { metadata: { uid, resourceVersion, finalizers } }, { type: 'merge' })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
