/** What a claim's status says of the devices chosen for it. */
import { randomUUID } from 'node:crypto'
import type { Node, NodeSelector, NodeSelectorRequirement } from '#api/gen/core/v1.ts'
import type { AllocationResult, DeviceAllocationConfiguration, ResourceClaim } from '#api/gen/resource/v1.ts'
import type { Chosen } from './allocator.ts'

export function allocationOf(claim: ResourceClaim, chosen: readonly Chosen[], node: Node): AllocationResult {
  const results = chosen.map(({ wish, slice, device, consumed }) => {
    const { bindingConditions = [], bindingFailureConditions = [], name } = device
    const { adminAccess, tolerations } = wish.wanted
    return {
      request: wish.name,
      driver: slice.spec.driver,
      pool: slice.spec.pool.name,
      device: name,
      ...(adminAccess ? { adminAccess } : {}),
      ...(tolerations?.length ? { tolerations } : {}),
      ...(bindingConditions.length > 0 ? { bindingConditions } : {}),
      ...(bindingFailureConditions.length > 0 ? { bindingFailureConditions } : {}),
      ...(consumed ? { shareID: randomUUID(), consumedCapacity: { ...consumed } } : {}),
    }
  })
  const config = [...classConfiguration(chosen), ...claimConfiguration(claim, chosen)]
  const nodeSelector = nodeSelectorOf(chosen, node)
  return { devices: { results, ...(config.length > 0 ? { config } : {}) }, ...(nodeSelector ? { nodeSelector } : {}) }
}

function classConfiguration(chosen: readonly Chosen[]): DeviceAllocationConfiguration[] {
  const byClass = Map.groupBy(chosen, ({ wish }) => wish.deviceClass)
  return [...byClass].flatMap(([{ spec }, of]) => {
    const requests = [...new Set(of.map(({ wish }) => wish.name))]
    return (spec.config ?? []).map((each) => ({ source: 'FromClass', requests, ...each }) as DeviceAllocationConfiguration)
  })
}

/** What speaks of an alternative that was not taken is left out. */
function claimConfiguration({ spec }: ResourceClaim, chosen: readonly Chosen[]): DeviceAllocationConfiguration[] {
  const names = new Set(chosen.flatMap(({ wish }) => [wish.request, wish.name]))
  return (spec.devices.config ?? [])
    .filter(({ requests = [] }) => requests.length === 0 || requests.some((name) => names.has(name)))
    .map((each) => ({ source: 'FromClaim', ...each }) as DeviceAllocationConfiguration)
}

/** Where the claim can be used: on this node if a device is its own, else where all devices can be reached; undefined: anywhere. */
function nodeSelectorOf(chosen: readonly Chosen[], node: Node): NodeSelector | undefined {
  const matchExpressions: NodeSelectorRequirement[] = []
  const matchFields: NodeSelectorRequirement[] = []
  const add = (to: NodeSelectorRequirement[], more: readonly NodeSelectorRequirement[] = []): void => {
    for (const each of more) if (!to.some((known) => JSON.stringify(known) === JSON.stringify(each))) to.push(each)
  }
  for (const { slice, device } of chosen) {
    const { nodeName, nodeSelector } = slice.spec.perDeviceNodeSelection ? device : slice.spec
    if (nodeName || device.bindsToNode) {
      return { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node.metadata.name] }] }] } as NodeSelector
    }
    const term = nodeSelector?.nodeSelectorTerms[0]
    add(matchExpressions, term?.matchExpressions)
    add(matchFields, term?.matchFields)
  }
  if (matchExpressions.length + matchFields.length === 0) return undefined
  return { nodeSelectorTerms: [{ ...(matchExpressions.length ? { matchExpressions } : {}), ...(matchFields.length ? { matchFields } : {}) }] } as NodeSelector
}
