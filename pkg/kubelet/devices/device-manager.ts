/** Gives containers the devices that they ask for, and keeps who has what (upstream's devicemanager). */
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { containersOf } from '../runtime/containers.ts'
import { type DeviceEntry, readDeviceCheckpoint, writeDeviceCheckpoint } from './checkpoint.ts'
import type { DevicePlugins } from './device-plugins.ts'
import type { ContainerAllocation } from './messages.ts'

export interface DeviceManagerOptions {
  readonly plugins: DevicePlugins
  readonly checkpoint: string
}

/** The pod cannot have its devices: it fails without having run. */
export class AdmissionError extends Error {
  override readonly name = 'AdmissionError'
  readonly reason = 'UnexpectedAdmissionError'
  constructor(why: string) {
    super(`Allocate failed due to ${why}, which is unexpected`)
  }
}

export interface Devices {
  /** Throws AdmissionError; safe to call again. */
  allocate(pod: Pod): Promise<void>
  /** What the container is to be made with; undefined when it has no devices. */
  of(podUid: string, container: string): ContainerAllocation | undefined
  /** Just before the container starts. */
  beforeStart(podUid: string, container: string): Promise<void>
  release(podUid: string): void
}

export const noDevices: Devices = { allocate: async () => {}, of: () => undefined, beforeStart: async () => {}, release() {} }

export class DeviceManager implements Devices {
  readonly #plugins: DevicePlugins
  readonly #file: string
  #entries: DeviceEntry[]
  #turn: Promise<unknown> = Promise.resolve()

  constructor({ plugins, checkpoint }: DeviceManagerOptions) {
    this.#plugins = plugins
    this.#file = checkpoint
    const { PodDeviceEntries, RegisteredDevices } = readDeviceCheckpoint(checkpoint)
    this.#entries = [...PodDeviceEntries]
    for (const [resource, ids] of Object.entries(RegisteredDevices)) plugins.expect(resource, ids)
  }

  entries(): readonly DeviceEntry[] {
    return this.#entries
  }

  /** One pod at a time: two must not be given the same device. */
  allocate(pod: Pod): Promise<void> {
    if (!containersOf(pod).some(({ container }) => this.#asked(container).length > 0)) return Promise.resolve()
    const turn = this.#turn.then(() => this.#allocatePod(pod))
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #allocatePod(pod: Pod): Promise<void> {
    const { uid } = pod.metadata
    const before = this.#entries
    /** Of init containers that have ended by then: the containers after them may have the same. */
    const reusable = new Map<string, Set<string>>()
    try {
      for (const { container, kind } of containersOf(pod)) {
        for (const [resource, count] of this.#asked(container)) {
          const known = this.#entries.find((each) => each.PodUID === uid && each.ContainerName === container.name && each.ResourceName === resource)
          const reuse = reusable.get(resource) ?? new Set<string>()
          const ids = known?.DeviceIDs ?? (await this.#choose(resource, count, reuse))
          if (!known) await this.#take({ uid, container: container.name, resource, ids })
          if (kind === 'init') for (const id of ids) reuse.add(id)
          else for (const id of ids) reuse.delete(id)
          reusable.set(resource, reuse)
        }
      }
    } catch (error) {
      this.#entries = before
      throw error instanceof AdmissionError ? error : new AdmissionError((error as Error).message)
    }
    if (this.#entries !== before) this.#save()
  }

  #asked({ resources }: Container): [resource: string, count: number][] {
    return Object.entries({ ...resources?.requests, ...resources?.limits })
      .filter(([name]) => this.#plugins.has(name))
      .map(([name, quantity]): [string, number] => [name, Number(quantity)])
      .filter(([, count]) => count > 0)
  }

  async #choose(resource: string, count: number, reuse: ReadonlySet<string>): Promise<string[]> {
    const taken = new Set(this.#entries.filter((each) => each.ResourceName === resource).flatMap(({ DeviceIDs }) => DeviceIDs))
    const free = this.#plugins
      .healthy(resource)
      .map(({ ID }) => ID)
      .filter((id) => !taken.has(id) || reuse.has(id))
    if (free.length < count) {
      throw new AdmissionError(`requested number of devices unavailable for ${resource}. Requested: ${count}, Available: ${free.length}`)
    }
    const plugin = this.#plugins.get(resource)
    const must = free.filter((id) => reuse.has(id)).slice(0, count)
    const plain = [...must, ...free.filter((id) => !must.includes(id))].slice(0, count)
    if (must.length === count || !plugin.options.get_preferred_allocation_available) return plain
    const { container_responses: answers } = await plugin.call<{ container_responses: { deviceIDs: string[] }[] }>('GetPreferredAllocation', {
      container_requests: [{ available_deviceIDs: free, must_include_deviceIDs: must, allocation_size: count }],
    })
    // A wish only: what is not free, or too little, is filled up or cut off.
    const preferred = [...new Set(answers[0]?.deviceIDs ?? [])].filter((id) => free.includes(id))
    return [...new Set([...must, ...preferred, ...plain])].slice(0, count)
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

  /** The devices that there are have changed. */
  devicesChanged(): void {
    this.#save()
  }

  #save(): void {
    writeDeviceCheckpoint(this.#file, { PodDeviceEntries: this.#entries, RegisteredDevices: this.#plugins.registered() })
  }
}
