/** Gives containers the devices that they ask for, and keeps who has what (upstream's devicemanager). */
import type { Container, Pod, ResourceStatus } from '#api/gen/core/v1.ts'
import { containersOf } from '../runtime/containers.ts'
import { type DeviceEntry, type NodesOf, readDeviceCheckpoint, writeDeviceCheckpoint } from './checkpoint.ts'
import type { DevicePlugins } from './device-plugins.ts'
import { deviceHints, type DeviceHintsInput } from './hints.ts'
import type { ContainerAllocation } from './messages.ts'
import { has } from '../topology/numa-set.ts'
import type { Hint, Hints, ResourceProvider, Turn } from '../topology/types.ts'
import type { ContainerEntry } from '../types.ts'

export interface DeviceManagerOptions {
  readonly plugins: DevicePlugins
  readonly checkpoint: string
  /** NUMA nodes of the machine. */
  readonly nodes?: readonly number[]
}

export interface Devices {
  /** What the container is to be made with; undefined when it has no devices. */
  of(podUid: string, container: string): ContainerAllocation | undefined
  /** How its devices are, as the status tells (ResourceHealthStatus, KEP-4680). */
  health(podUid: string, container: string): readonly ResourceStatus[]
  /** Just before the container starts. */
  beforeStart(podUid: string, container: string): Promise<void>
}

export const noDevices: Devices = { of: () => undefined, health: () => [], beforeStart: async () => {} }

export class DeviceManager implements Devices, ResourceProvider {
  readonly #plugins: DevicePlugins
  readonly #file: string
  readonly #nodes: readonly number[]
  #entries: DeviceEntry[]

  constructor({ plugins, checkpoint, nodes = [0] }: DeviceManagerOptions) {
    this.#nodes = nodes
    this.#plugins = plugins
    this.#file = checkpoint
    const { PodDeviceEntries, RegisteredDevices } = readDeviceCheckpoint(checkpoint)
    this.#entries = [...PodDeviceEntries]
    for (const [resource, ids] of Object.entries(RegisteredDevices)) plugins.expect(resource, ids)
  }

  entries(): readonly DeviceEntry[] {
    return this.#entries
  }

  concerns(pod: Pod): boolean {
    return containersOf(pod).some(({ container }) => this.#asked(container).length > 0)
  }

  begin(podUid: string): Turn {
    const own = () => this.#entries.filter(({ PodUID }) => PodUID === podUid)
    const before = own()
    return {
      commit: () => {
        if (own().length !== before.length) this.#save()
      },
      undo: () => {
        this.#entries = [...this.#entries.filter(({ PodUID }) => PodUID !== podUid), ...before]
      },
    }
  }

  async allocate(pod: Pod, { container, kind }: ContainerEntry, affinity: Hint): Promise<void> {
    if (kind === 'ephemeral') return
    const { uid } = pod.metadata
    for (const [resource, count] of this.#asked(container)) {
      if (this.#given(uid, container.name, resource)) continue
      const ids = await this.#choose(resource, count, { reuse: this.#reusable(pod, resource), affinity })
      await this.#take({ uid, container: container.name, resource, ids })
    }
  }

  containerHints(pod: Pod, { container }: ContainerEntry): Hints {
    return new Map(
      this.#asked(container).map(([resource, count]) => {
        const given = this.#given(pod.metadata.uid, container.name, resource)
        return [resource, this.#hintsFor(pod, { resource, count, given: given?.DeviceIDs })]
      }),
    )
  }

  /** What containers that run together ask for, or the hungriest init container with the sidecars before it. */
  podHints(pod: Pod): Hints {
    const [sidecars, peak, total] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()]
    const given = new Map<string, Set<string>>()
    for (const { container, kind } of containersOf(pod)) {
      for (const [resource, count] of this.#asked(container)) {
        const beside = (sidecars.get(resource) ?? 0) + count
        if (kind === 'sidecar') sidecars.set(resource, beside)
        else if (kind === 'init') peak.set(resource, Math.max(peak.get(resource) ?? 0, beside))
        else if (kind === 'regular') total.set(resource, (total.get(resource) ?? 0) + count)
        const ids = this.#given(pod.metadata.uid, container.name, resource)?.DeviceIDs ?? []
        given.set(resource, new Set([...(given.get(resource) ?? []), ...ids]))
      }
    }
    return new Map(
      [...given].map(([resource, ids]) => {
        const count = Math.max((total.get(resource) ?? 0) + (sidecars.get(resource) ?? 0), peak.get(resource) ?? 0)
        return [resource, this.#hintsFor(pod, { resource, count, given: ids.size > 0 ? [...ids] : undefined })]
      }),
    )
  }

  #hintsFor(pod: Pod, { resource, count, given }: { resource: string; count: number; given: readonly string[] | undefined }): Hint[] | undefined {
    if (!this.#hasTopology(resource)) return undefined
    if (given) return given.length === count ? deviceHints({ ...this.#about(resource), available: new Set(given), reusable: new Set(), count }) : []
    const reusable = this.#reusable(pod, resource)
    const available = new Set(this.#free(resource, reusable).filter((id) => !reusable.has(id)))
    if (available.size + reusable.size < count) return []
    return deviceHints({ ...this.#about(resource), available, reusable, count })
  }

  #about(resource: string): Pick<DeviceHintsInput, 'nodes' | 'all' | 'nodesOf'> {
    return { nodes: this.#nodes, all: this.#plugins.ids(resource), nodesOf: (id) => this.#nodesOf(resource, id) }
  }

  #nodesOf(resource: string, id: string): readonly number[] {
    return (this.#plugins.device(resource, id)?.topology?.nodes ?? []).map(({ ID }) => Number(ID)).filter((id) => id >= 0)
  }

  /** Whether any of its devices says where it is. */
  #hasTopology(resource: string): boolean {
    return this.#plugins.ids(resource).some((id) => this.#plugins.device(resource, id)?.topology)
  }

  #given(uid: string, container: string, resource: string): DeviceEntry | undefined {
    return this.#entries.find((each) => each.PodUID === uid && each.ContainerName === container && each.ResourceName === resource)
  }

  /** Of init containers that have ended by then, and of no container after them. */
  #reusable(pod: Pod, resource: string): ReadonlySet<string> {
    const idsOf = (isInit: boolean) =>
      containersOf(pod)
        .filter(({ kind }) => (kind === 'init') === isInit)
        .flatMap(({ container }) => this.#given(pod.metadata.uid, container.name, resource)?.DeviceIDs ?? [])
    const later = new Set(idsOf(false))
    return new Set(idsOf(true).filter((id) => !later.has(id)))
  }

  #asked({ resources }: Container): [resource: string, count: number][] {
    return Object.entries({ ...resources?.requests, ...resources?.limits })
      .filter(([name]) => this.#plugins.has(name))
      .map(([name, quantity]): [string, number] => [name, Number(quantity)])
      .filter(([, count]) => count > 0)
  }

  #free(resource: string, reuse: ReadonlySet<string>): string[] {
    const taken = new Set(this.#entries.filter((each) => each.ResourceName === resource).flatMap(({ DeviceIDs }) => DeviceIDs))
    return this.#plugins
      .healthy(resource)
      .map(({ ID }) => ID)
      .filter((id) => !taken.has(id) || reuse.has(id))
  }

  /** Those of init containers first, then those on the hint's nodes, then the others; the plugin may say which of several. */
  async #choose(resource: string, count: number, { reuse, affinity }: { reuse: ReadonlySet<string>; affinity: Hint }): Promise<string[]> {
    const free = this.#free(resource, reuse)
    if (free.length < count) {
      throw new Error(`requested number of devices unavailable for ${resource}. Requested: ${count}, Available: ${free.length}`)
    }
    const chosen = new Set(free.filter((id) => reuse.has(id)).slice(0, count))
    const take = (ids: readonly string[]) => {
      for (const id of ids) if (chosen.size < count) chosen.add(id)
    }
    const { nodes } = affinity
    const at = (id: string) => this.#nodesOf(resource, id)
    const isAligned = (id: string) => nodes !== undefined && at(id).some((node) => has(nodes, node))
    const aligned = this.#hasTopology(resource) ? free.filter(isAligned) : []
    const enough = count - chosen.size < aligned.filter((id) => !chosen.has(id)).length
    if (!enough) take(aligned)
    const among = enough ? aligned : free
    if (chosen.size < count) take(await this.#preferred(resource, count, { among, must: [...chosen] }))
    take(aligned)
    take(free.filter((id) => at(id).length > 0))
    take(free)
    return [...chosen]
  }

  /** A wish only: what is not free is not given. */
  async #preferred(resource: string, count: number, { among, must }: { among: readonly string[]; must: readonly string[] }): Promise<string[]> {
    const plugin = this.#plugins.get(resource)
    if (!plugin.options.get_preferred_allocation_available) return []
    const available = [...new Set([...among, ...must])]
    const { container_responses: answers } = await plugin.call<{ container_responses: { deviceIDs: string[] }[] }>('GetPreferredAllocation', {
      container_requests: [{ available_deviceIDs: available, must_include_deviceIDs: must, allocation_size: count }],
    })
    return (answers[0]?.deviceIDs ?? []).filter((id) => among.includes(id))
  }

  async #take({ uid, container, resource, ids }: { uid: string; container: string; resource: string; ids: readonly string[] }): Promise<void> {
    const { container_responses: answers } = await this.#plugins
      .get(resource)
      .call<{ container_responses: ContainerAllocation[] }>('Allocate', { container_requests: [{ devices_ids: ids }] })
    const answer = answers[0]
    if (!answer) throw new Error(`no containers return in allocation response for resource ${resource}`)
    this.#entries = [...this.#entries, { PodUID: uid, ContainerName: container, ResourceName: resource, DeviceIDs: ids, AllocResp: answer }]
  }

  of(podUid: string, container: string): ContainerAllocation | undefined {
    const own = this.#of(podUid, container).map(({ AllocResp }) => AllocResp)
    if (own.length === 0) return undefined
    return {
      envs: Object.assign({}, ...own.map(({ envs }) => envs)),
      annotations: Object.assign({}, ...own.map(({ annotations }) => annotations)),
      mounts: own.flatMap(({ mounts }) => mounts),
      devices: own.flatMap(({ devices }) => devices),
      cdi_devices: own.flatMap(({ cdi_devices }) => cdi_devices),
    }
  }

  /** One that its plugin does not tell of any more counts as healthy, as upstream has it. */
  health(podUid: string, container: string): ResourceStatus[] {
    return this.#of(podUid, container).map(({ ResourceName: name, DeviceIDs }) => ({
      name,
      resources: DeviceIDs.map((resourceID) => ({
        resourceID,
        health: (this.#plugins.device(name, resourceID)?.health ?? 'Healthy') === 'Healthy' ? 'Healthy' : 'Unhealthy',
      })),
    }))
  }

  async beforeStart(podUid: string, container: string): Promise<void> {
    for (const { ResourceName, DeviceIDs } of this.#of(podUid, container)) {
      const plugin = this.#plugins.get(ResourceName)
      if (plugin.options.pre_start_required) await plugin.call('PreStartContainer', { devices_ids: DeviceIDs })
    }
  }

  release(podUid: string): void {
    const left = this.#entries.filter(({ PodUID }) => PodUID !== podUid)
    if (left.length === this.#entries.length) return
    this.#entries = left
    this.#save()
  }

  #of(podUid: string, container: string): DeviceEntry[] {
    return this.#entries.filter((each) => each.PodUID === podUid && each.ContainerName === container)
  }

  holders(): readonly string[] {
    return [...new Set(this.#entries.map(({ PodUID }) => PodUID))]
  }

  /** The devices that there are have changed. */
  devicesChanged(): void {
    this.#save()
  }

  #save(): void {
    const nodesOf: NodesOf = (resource, id) => (this.#plugins.device(resource, id)?.topology?.nodes ?? []).map(({ ID }) => ID)
    writeDeviceCheckpoint(this.#file, { PodDeviceEntries: this.#entries, RegisteredDevices: this.#plugins.registered() }, nodesOf)
  }
}
