/** Devices for a pod's ResourceClaims, out of what drivers publish in ResourceSlices (KEP-4381, dynamic resource allocation). */
import type { ContainerExtendedResourceRequest, Pod } from '#api/gen/core/v1.ts'
import type { Device, DeviceClass, ResourceClaim } from '#api/gen/resource/v1.ts'
import { resourceClaims } from '#api/gen/resources.ts'
import { matchesNodeSelector } from '#api/core/v1/placement/node-affinity.ts'
import { isItself } from '../../framework/events.ts'
import type { Cycle, Handle, Plugin, PreFilterResult, Verdict } from '../../framework/types.ts'
import { normalise } from '../../framework/normalise.ts'
import type { NodeInfo } from '../../state/node-info.ts'
import { type AllocatedDevices, allocatedDevices, AssumedClaims } from './allocated.ts'
import { allocate, type Chosen, keyOf } from './allocator.ts'
import { bindClaim, defaultBindingTimeoutSeconds, untilDevicesReady } from './bind.ts'
import { isReservedFor, podClaims, usesClaim } from './claims.ts'
import { backedByDevices, extendedClaim, isInMemory, leftToDevices, requestsOf } from './extended.ts'
import { deleteClaim, makeClaim, tellPod } from './extended-claim.ts'
import { gatherPools } from './pools.ts'
import { allocationOf } from './result.ts'
import { hasAlternatives, scoreOf } from './score.ts'

const plugin = 'DynamicResources'
const unavailable: Verdict = { plugin, reasons: ['resourceclaim not available on the node'], resolvable: false }
const leftOver: Verdict = { plugin, reasons: ['cannot schedule extended resource claim'], resolvable: true }
const cannotAllocate: Verdict = { plugin, reasons: ['cannot allocate all claims'], resolvable: false }

interface ClaimState {
  readonly claims: readonly ResourceClaim[]
  /** Those that have no devices yet. */
  readonly open: readonly ResourceClaim[]
  readonly allocated: AllocatedDevices
  readonly matches: WeakMap<Device, Map<string, boolean>>
  /** By node, what was found there: for each open claim, and then for extended resources. */
  readonly chosen: Map<string, Found>
  /** The claim for extended resources, where classes stand for some of them. */
  readonly extended: { readonly claim: ResourceClaim; readonly classes: ReadonlyMap<string, DeviceClass> } | undefined
  /** Claims whose devices some node could not reach. */
  readonly unavailable: Set<ResourceClaim>
  /** After reserve: open claims with their allocation. */
  decided: readonly ResourceClaim[]
  /** For extended resources, once it is written. */
  made?: ResourceClaim
}

interface Found {
  readonly devices: readonly Chosen[][]
  /** The claim as this node needs it; undefined: its device plugins have all. */
  readonly extended?: { readonly claim: ResourceClaim; readonly mappings: readonly ContainerExtendedResourceRequest[] } | undefined
}

export function dynamicResources(
  { bindingTimeoutSeconds }: { readonly bindingTimeoutSeconds: number } = { bindingTimeoutSeconds: defaultBindingTimeoutSeconds },
): Plugin<ClaimState> {
  const assumed = new AssumedClaims()
  /** What was found for a pod, between the calls of its cycle. */
  const states = new WeakMap<Cycle, ClaimState>()
  return {
    name: plugin,
    ignoresPods: true,
    nothingToPostFilter: 'no new claims to deallocate',
    preEnqueue(pod, { resourceClaims: reader }) {
      try {
        podClaims(pod, reader)
        return undefined
      } catch (error) {
        return (error as Error).message
      }
    },
    preFilter(cycle) {
      const result = preFilter(cycle, assumed)
      if ('state' in result) states.set(cycle, result.state)
      return result
    },
    filter(state, cycle, { nodes, verdicts, length }) {
      for (let i = 0; i < length; i++) verdicts[i] ??= judge(state, cycle, nodes[i]!)
    },
    score(cycle, nodes, into) {
      const state = states.get(cycle)
      if (!state || !hasAlternatives(state.open)) return false
      for (let i = 0; i < nodes.length; i++) into[i] = scoreOf(state.open, state.chosen.get(nodes[i]!.name)?.devices ?? [])
      normalise(into, nodes.length, false)
      return true
    },
    reserve(state, _cycle, node) {
      const found = state.chosen.get(node.name)
      if (state.open.length === 0 && !found?.extended) return
      if (!found || !node.node) throw new Error('claim allocation not found for node')
      const claims = found.extended ? [...state.open, found.extended.claim] : state.open
      state.decided = claims.map((claim, index) => ({
        ...claim,
        status: { ...claim.status, allocation: allocationOf(claim, found.devices[index]!, node.node!) },
      }))
      for (const claim of state.decided) assumed.decide(claim)
    },
    async unreserve(state, cycle, _node, handle) {
      for (const { metadata } of state.decided) if (assumed.isPending(metadata.uid)) assumed.forget(metadata.uid)
      await giveBack(state.claims, cycle.pod.pod, handle)
      if (!state.made) return
      assumed.forget(state.made.metadata.uid)
      await deleteClaim(state.made, handle)
    },
    async preBind(state, cycle, node, handle) {
      const { pod } = cycle.pod
      for (const claim of state.claims) {
        if (isReservedFor(claim, pod.metadata.uid)) continue
        const allocation = state.decided.find(({ metadata }) => metadata.uid === claim.metadata.uid)?.status.allocation
        assumed.written(await bindClaim(claim, allocation, pod, handle))
      }
      const extended = state.chosen.get(node.name)?.extended
      if (extended) {
        const { allocation } = state.decided.find(({ metadata }) => metadata.uid === extended.claim.metadata.uid)!.status
        state.made = await makeClaim(extended.claim, handle)
        state.made = await bindClaim(state.made, allocation, pod, handle)
        assumed.written(state.made)
        assumed.forget(extended.claim.metadata.uid)
        await tellPod(pod, state.made, extended.mappings, handle)
      }
      const conditional = state.claims.filter(({ metadata, status }) => {
        const { allocation } = state.decided.find((each) => each.metadata.uid === metadata.uid)?.status ?? status ?? {}
        return allocation?.devices.results?.some(({ bindingConditions = [] }) => bindingConditions.length > 0)
      })
      if (conditional.length === 0) return
      const note = `waiting for binding conditions for device on node ${node.name}`
      handle.events.record(pod, { type: 'Normal', reason: 'BindingConditionsPending', action: 'Scheduling', note })
      await untilDevicesReady(
        conditional.map(({ metadata }) => metadata.name),
        cycle,
        handle,
        bindingTimeoutSeconds,
      )
    },
    postFilter(state, cycle, handle) {
      // Made for a try that came to nothing: the next one makes its own.
      if (state.extended && !isInMemory(state.extended.claim)) {
        return { message: 'deletion of ResourceClaim completed', work: deleteClaim(state.extended.claim, handle) }
      }
      const free = [...state.unavailable].find(({ status }) => (status.reservedFor ?? []).every(({ uid }) => uid === cycle.pod.pod.metadata.uid))
      if (!free) return { message: 'still not schedulable' }
      return { message: 'deallocation of ResourceClaim completed', work: deallocate(free, handle) }
    },
    willPreBind: (state, { pod }) =>
      state.extended !== undefined ||
      state.claims.some(
        (claim) =>
          !isReservedFor(claim, pod.pod.metadata.uid) ||
          claim.status?.allocation?.devices.results?.some(({ bindingConditions = [] }) => bindingConditions.length > 0),
      ),
    interests: [
      { event: 'UnschedulablePod/GeneratedResourceClaim', hint: isItself },
      { event: 'Node/Add' },
      { event: 'Node/UpdateLabel' },
      { event: 'Node/UpdateTaint' },
      { event: 'DeviceClass/Change' },
      { event: 'ResourceSlice/Change' },
      { event: 'ResourceClaim/Change', hint: mayHelp },
    ],
  }
}

/** The pod's own claim, or devices that another gave back. */
function mayHelp(pod: Pod, claim: ResourceClaim, before: ResourceClaim | undefined): boolean {
  if (before?.status?.allocation && !claim.status?.allocation) return true
  return usesClaim(pod, claim) && (!before || JSON.stringify(before.status) !== JSON.stringify(claim.status))
}

function preFilter(cycle: Cycle, assumed: AssumedClaims): PreFilterResult<ClaimState> {
  const { pod } = cycle.pod
  const classes = cycle.pod.scalars.size > 0 ? backedByDevices(cycle.pod.scalars, cycle.objects) : none
  if ((pod.spec.resourceClaims ?? []).length === 0 && classes.size === 0) return { skip: true }
  const { resourceClaims: reader, deviceClasses } = cycle.objects
  const rejected = (reason: string): PreFilterResult<ClaimState> => ({ rejected: { plugin, reasons: [reason], resolvable: false } })
  let claims: ResourceClaim[]
  try {
    claims = podClaims(pod, reader).map((claim) => assumed.of(claim))
  } catch (error) {
    return rejected((error as Error).message)
  }
  if (claims.length === 0 && classes.size === 0) return { skip: true }
  const pending = claims.find(({ metadata }) => assumed.isPending(metadata.uid))
  if (pending) return rejected(`resource claim ${keyOf(pending)} is in the process of being allocated`)
  const open = claims.filter(({ status }) => !status?.allocation)
  for (const { name, exactly, firstAvailable = [] } of open.flatMap(({ spec }) => spec.devices.requests ?? [])) {
    const wishes = exactly ? [{ name, of: exactly }] : firstAvailable.map((each) => ({ name: `${name}/${each.name}`, of: each }))
    const missing = wishes.find(({ of }) => !deviceClasses.get(undefined, of.deviceClassName))
    if (missing) return rejected(`request ${missing.name}: device class ${missing.of.deviceClassName} does not exist`)
  }
  const allocated = allocatedDevices(open.length === 0 && classes.size === 0 ? [] : assumed.all(reader))
  const extended = classes.size === 0 ? undefined : { claim: extendedClaim(pod, reader), classes }
  return { state: { claims, open, extended, allocated, matches: new WeakMap(), chosen: new Map(), unavailable: new Set(), decided: [] } }
}

const none: ReadonlyMap<string, DeviceClass> = new Map()

function judge(state: ClaimState, { objects, pod }: Cycle, info: NodeInfo): Verdict | undefined {
  const { node, name } = info
  if (!node) return unavailable
  if (state.extended && !isInMemory(state.extended.claim)) return leftOver
  const elsewhere = state.claims.filter(({ status }) => status?.allocation?.nodeSelector && !matchesNodeSelector(status.allocation.nodeSelector, node))
  if (elsewhere.length > 0) {
    for (const claim of elsewhere) state.unavailable.add(claim)
    return unavailable
  }
  const extended = state.extended && extendedFor(state.extended, pod.pod, info)
  if (state.open.length === 0 && !extended) return undefined
  const pools = gatherPools(objects.resourceSlices.list(), node)
  const { allocated, matches } = state
  const claims = extended ? [...state.open, extended.claim] : state.open
  const chosen = allocate({ claims, pools, allocated, matches, classOf: (each) => objects.deviceClasses.get(undefined, each) })
  if (!chosen) return cannotAllocate
  state.chosen.set(name, { devices: chosen, extended })
  return undefined
}

/** Each node may have other resources by plugins, and so needs a claim of its own. */
function extendedFor({ claim, classes }: NonNullable<ClaimState['extended']>, pod: Pod, node: NodeInfo): Found['extended'] {
  const here = new Map([...classes].filter(([name]) => leftToDevices(name, node)))
  if (here.size === 0) return undefined
  const { requests, mappings } = requestsOf(pod, here)
  return { claim: { ...claim, spec: { ...claim.spec, devices: { ...claim.spec.devices, requests } } }, mappings }
}

/** Devices that nobody uses are given back, so that the pod may have others where it fits. */
async function deallocate(claim: ResourceClaim, { client, log }: Handle): Promise<void> {
  const { allocation: _, reservedFor: __, ...status } = claim.status
  await client
    .update(resourceClaims, { ...claim, status }, { subresource: 'status' })
    .catch((error: unknown) => log.warn('a claim could not be deallocated', { claim: keyOf(claim), error }))
}

/** The pod will not have them now: somebody else may. */
async function giveBack(claims: readonly ResourceClaim[], { metadata }: Pod, { client, log }: Handle): Promise<void> {
  for (const claim of claims) {
    if (!claim.status?.allocation || !isReservedFor(claim, metadata.uid)) continue
    const { namespace, name, uid } = claim.metadata
    const patch = { metadata: { uid }, status: { reservedFor: [{ $patch: 'delete', uid: metadata.uid }] } }
    await client
      .patch(resourceClaims, { namespace, name }, patch, { type: 'strategic', subresource: 'status' })
      .catch((error: unknown) => log.warn('a claim could not be given back', { claim: keyOf(claim), error }))
  }
}
