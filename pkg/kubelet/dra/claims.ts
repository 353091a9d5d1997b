/**
 * ResourceClaims of this node's pods: prepared by their drivers before the first container, and given back when the last pod that
 * has them ends. What is prepared is on disk, as upstream's dra_manager_state.
 */
import type { Pod, ResourceHealth, ResourceStatus } from '#api/gen/core/v1.ts'
import type { ResourceClaim } from '#api/gen/resource/v1.ts'
import { resourceClaims } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { Client } from '#client/types.ts'
import type { DeviceHealth } from './device-health.ts'
import type { DraDrivers } from './drivers.ts'
import type { PreparedDevice } from './messages.ts'
import { type Prepared, readState, writeState } from './state-file.ts'

export interface ResourceClaims {
  /** Throws while a claim cannot be prepared; safe to call again. */
  prepare(pod: Pod): Promise<void>
  /** CDI names of the devices that the container may use. */
  of(pod: Pod, container: string): readonly string[]
  /** How the devices of its claims are, as the status tells (ResourceHealthStatus, KEP-4680). */
  health(pod: Pod, container: string): readonly ResourceStatus[]
  release(podUid: string): Promise<void>
}

export const noResourceClaims: ResourceClaims = { prepare: async () => {}, of: () => [], health: () => [], release: async () => {} }

interface ClaimRef {
  /** As the pod calls it. */
  readonly entry: string
  readonly name: string
}

export interface ClaimManagerOptions {
  readonly client: Client
  readonly drivers: DraDrivers
  readonly health: Pick<DeviceHealth, 'of'>
  readonly stateFile: string
}

export class ClaimManager implements ResourceClaims {
  readonly #options: ClaimManagerOptions
  readonly #prepared: Map<string, Prepared>
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: ClaimManagerOptions) {
    this.#options = options
    this.#prepared = readState(options.stateFile)
  }

  prepare(pod: Pod): Promise<void> {
    const refs = claimsOf(pod)
    if (refs.length === 0) return Promise.resolve()
    return this.#inTurn(async () => {
      for (const { name } of refs) await this.#prepareOne(pod, name)
    })
  }

  async #prepareOne({ metadata }: Pod, name: string): Promise<void> {
    const { client } = this.#options
    const namespace = metadata.namespace ?? ''
    const known = this.#find(namespace, name)
    if (known?.pods.includes(metadata.uid)) return
    const claim = await client.get(resourceClaims, { namespace, name }).catch((error): never => {
      throw isNotFound(error) ? new Error(`failed to fetch ResourceClaim ${namespace}/${name}: resourceclaims.resource.k8s.io "${name}" not found`) : error
    })
    const { uid } = claim.metadata
    if (!claim.status?.reservedFor?.some((each) => each.uid === metadata.uid)) {
      throw new Error(`pod ${namespace}/${metadata.name} (${metadata.uid}) is not allowed to use ResourceClaim ${namespace}/${name} (${uid})`)
    }
    const devices: Record<string, readonly PreparedDevice[]> = known?.uid === uid ? { ...known.devices } : {}
    for (const driver of driversOf(claim)) devices[driver] ??= await this.#ask(driver, claim)
    this.#prepared.set(uid, { namespace, name, uid, devices, pods: [...(known?.uid === uid ? known.pods : []), metadata.uid] })
    this.#save()
  }

  async #ask(driver: string, { metadata: { namespace = '', name, uid } }: ResourceClaim): Promise<readonly PreparedDevice[]> {
    const answer = await this.#options.drivers
      .call<{ claims: Record<string, { devices: PreparedDevice[]; error: string }> }>(driver, 'NodePrepareResources', { claims: [{ namespace, uid, name }] })
      .catch((error: Error): never => {
        throw new Error(`prepare dynamic resources: NodePrepareResources failed: ${error.message}`)
      })
    const mine = answer.claims[uid]
    if (!mine) throw new Error(`NodePrepareResources returned no result for claim ${namespace}/${name} of driver ${driver}`)
    if (mine.error) throw new Error(`NodePrepareResources failed for claim ${namespace}/${name}: ${mine.error}`)
    return mine.devices
  }

  of(pod: Pod, container: string): string[] {
    const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
    const asked = all.find(({ name }) => name === container)?.resources?.claims ?? []
    const refs = claimsOf(pod)
    const { resourceClaimName, requestMappings = [] } = pod.status?.extendedResourceClaimStatus ?? {}
    // What it asks for as extended resources, and devices stand behind.
    const extended = requestMappings.filter(({ containerName }) => containerName === container).map(({ requestName }) => requestName)
    const wishes: { claim: string | undefined; request: string | undefined }[] = [
      ...asked.map(({ name, request }) => ({ claim: refs.find(({ entry }) => entry === name)?.name, request })),
      ...extended.map((request) => ({ claim: resourceClaimName, request })),
    ]
    return wishes.flatMap(({ claim, request }) => {
      const found = claim ? this.#find(pod.metadata.namespace ?? '', claim) : undefined
      return Object.values(found?.devices ?? {}).flatMap((list) => list.filter(isFor(request)).flatMap(({ cdi_device_ids: ids }) => ids))
    })
  }

  /** Unknown is the health of what its driver does not tell of. */
  health(pod: Pod, container: string): ResourceStatus[] {
    const asked = pod.spec.containers.find(({ name }) => name === container)?.resources?.claims ?? []
    if (asked.length === 0) return []
    const refs = claimsOf(pod)
    return asked.flatMap(({ name, request }) => {
      const claim = refs.find(({ entry }) => entry === name)
      const found = claim && this.#find(pod.metadata.namespace ?? '', claim.name)
      const resources = new Map<string, ResourceHealth>()
      for (const [driver, list] of Object.entries(found?.devices ?? {}))
        for (const { cdi_device_ids: ids, pool_name: pool, device_name: device } of list.filter(isFor(request))) {
          const resourceID = ids[0] ?? `${driver}/${pool}/${device}`
          if (!resources.has(resourceID)) resources.set(resourceID, { resourceID, ...this.#options.health.of(driver, pool, device) })
        }
      return resources.size === 0 ? [] : [{ name: `claim:${name}${request ? `/${request}` : ''}`, resources: [...resources.values()] }]
    })
  }

  release(podUid: string): Promise<void> {
    if (![...this.#prepared.values()].some(({ pods }) => pods.includes(podUid))) return Promise.resolve()
    return this.#inTurn(async () => {
      for (const claim of [...this.#prepared.values()]) {
        if (!claim.pods.includes(podUid)) continue
        const pods = claim.pods.filter((each) => each !== podUid)
        if (pods.length === 0) {
          for (const driver of Object.keys(claim.devices)) await this.#giveBack(driver, claim)
          this.#prepared.delete(claim.uid)
        } else this.#prepared.set(claim.uid, { ...claim, pods })
        this.#save()
      }
    })
  }

  async #giveBack(driver: string, { namespace, name, uid }: Prepared): Promise<void> {
    const { claims } = await this.#options.drivers.call<{ claims: Record<string, { error: string }> }>(driver, 'NodeUnprepareResources', {
      claims: [{ namespace, uid, name }],
    })
    if (claims[uid]?.error) throw new Error(`NodeUnprepareResources failed for claim ${namespace}/${name}: ${claims[uid].error}`)
  }

  #find(namespace: string, name: string): Prepared | undefined {
    return [...this.#prepared.values()].find((each) => each.namespace === namespace && each.name === name)
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => {})
    return turn
  }

  #save(): void {
    writeState(this.#options.stateFile, this.#prepared.values())
  }
}

/** Named in the spec, or made of a template and named in the status. A claim of a template that made none is left out, as upstream does. */
function claimsOf({ metadata, spec, status }: Pod): ClaimRef[] {
  const extended = status?.extendedResourceClaimStatus?.resourceClaimName
  const named = (spec.resourceClaims ?? []).flatMap(({ name: entry, resourceClaimName, resourceClaimTemplateName }) => {
    if (resourceClaimName) return [{ entry, name: resourceClaimName }]
    const made = status?.resourceClaimStatuses?.find(({ name }) => name === entry)
    if (!made)
      throw new Error(`pod ${metadata.namespace}/${metadata.name}: no ResourceClaim was made of template ${resourceClaimTemplateName} for "${entry}" yet`)
    return made.resourceClaimName ? [{ entry, name: made.resourceClaimName }] : []
  })
  return extended ? [...named, { entry: '', name: extended }] : named
}

/** A request's alternatives are named "request/alternative"; no names at all: for every request. */
const isFor =
  (request: string | undefined) =>
  ({ request_names: names }: PreparedDevice): boolean =>
    !request || names.length === 0 || names.some((each) => each.split('/')[0] === request.split('/')[0])

function driversOf({ metadata, status }: ResourceClaim): string[] {
  const results = status?.allocation?.devices?.results
  if (!results) throw new Error(`ResourceClaim ${metadata.namespace}/${metadata.name} is not allocated`)
  return [...new Set(results.map(({ driver }) => driver))]
}
