/** The device plugins of this node, and the devices that each tells of, well or not. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { KubeletMetrics } from '../metrics/kubelet-metrics.ts'
import { openPlugin, type PluginChannel } from '../plugins/channel.ts'
import { type DevicePluginOptions, deviceServices, type PluginDevice } from './messages.ts'

export interface DevicePluginsOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** Capacity or health is another now. */
  readonly onChange: () => void
  readonly metrics?: Pick<KubeletMetrics, 'deviceRegistrations' | 'deviceAllocation'>
}

export interface DevicePlugin {
  readonly options: DevicePluginOptions
  call<Answer>(method: string, request: object): Promise<Answer>
}

interface Resource {
  /** None of one that a kubelet before this one knew, until it is back. */
  readonly channel: PluginChannel | undefined
  readonly options: DevicePluginOptions
  readonly stop: AbortController
  devices: ReadonlyMap<string, PluginDevice>
  /** When the plugin went; its resource is still counted for a while, as it may come back. */
  goneAt: number | undefined
}

const goneGraceMs = 300_000
const callTimeoutMs = 60_000

export class DevicePlugins {
  readonly #options: DevicePluginsOptions
  readonly #resources = new Map<string, Resource>()

  constructor(options: DevicePluginsOptions) {
    this.#options = options
  }

  /** Takes the plugin in the place of the one before it; resolves when its first list of devices is here. */
  async add(resource: string, socket: string, given?: DevicePluginOptions | null): Promise<void> {
    const { signal } = this.#options
    const channel = openPlugin(socket, deviceServices)
    try {
      const options = given ?? (await channel.call<DevicePluginOptions>('DevicePlugin', 'GetDevicePluginOptions', {}))
      const before = this.#resources.get(resource)
      before?.stop.abort()
      before?.channel?.close()
      const entry: Resource = { channel, options, stop: new AbortController(), devices: before?.devices ?? new Map(), goneAt: undefined }
      this.#resources.set(resource, entry)
      this.#options.metrics?.deviceRegistrations.add({ resource_name: resource })
      await this.#follow(resource, entry, channel, AbortSignal.any([signal, entry.stop.signal]))
    } catch (error) {
      channel.close()
      throw error
    }
  }

  #follow(resource: string, entry: Resource, channel: PluginChannel, signal: AbortSignal): Promise<void> {
    const { clock, log, onChange } = this.#options
    return new Promise((resolve, reject) => {
      const take = ({ devices }: { devices: readonly PluginDevice[] }) => {
        entry.devices = new Map(devices.map((each) => [each.ID, each]))
        resolve()
        onChange()
      }
      const gone = (error?: Error) => {
        if (signal.aborted) return resolve()
        log.warn('a device plugin is gone', { resource, error })
        entry.goneAt = clock.now()
        entry.devices = new Map([...entry.devices].map(([id, device]) => [id, { ...device, health: 'Unhealthy' }]))
        channel.close()
        reject(error ?? new Error('the plugin ended its list'))
        onChange()
      }
      channel.stream('DevicePlugin', 'ListAndWatch', {}, take, signal).then(() => gone(), gone)
    })
  }

  /** Known of before a restart: its pods keep their devices, and no new ones are given until it is back. */
  expect(resource: string, ids: readonly string[]): void {
    const devices = new Map(ids.map((ID) => [ID, { ID, health: 'Unhealthy' }]))
    const options = { pre_start_required: false, get_preferred_allocation_available: false }
    this.#resources.set(resource, { channel: undefined, options, stop: new AbortController(), devices, goneAt: this.#options.clock.now() })
  }

  registered(): Record<string, string[]> {
    return Object.fromEntries([...this.#resources].map(([resource, { devices }]) => [resource, [...devices.keys()]]))
  }

  remove(resource: string): void {
    const entry = this.#resources.get(resource)
    if (!entry || entry.goneAt !== undefined) return
    entry.stop.abort()
    entry.channel?.close()
    entry.goneAt = this.#options.clock.now()
    entry.devices = new Map([...entry.devices].map(([id, device]) => [id, { ...device, health: 'Unhealthy' }]))
    this.#options.onChange()
  }

  has(resource: string): boolean {
    return this.#resources.has(resource)
  }

  /** Throws when the plugin is not there. */
  get(resource: string): DevicePlugin {
    const entry = this.#resources.get(resource)
    const channel = entry?.channel
    if (!entry || !channel || entry.goneAt !== undefined) throw new Error(`endpoint not found in cache for a registered resource: ${resource}`)
    const { clock, metrics } = this.#options
    return {
      options: entry.options,
      async call(method, request) {
        const began = clock.now()
        const answer = await channel.call<any>('DevicePlugin', method, request, callTimeoutMs)
        if (method === 'Allocate') metrics?.deviceAllocation.observe((clock.now() - began) / 1000, { resource_name: resource })
        return answer
      },
    }
  }

  healthy(resource: string): PluginDevice[] {
    return [...(this.#resources.get(resource)?.devices.values() ?? [])].filter(({ health }) => health === 'Healthy')
  }

  ids(resource: string): string[] {
    return [...(this.#resources.get(resource)?.devices.keys() ?? [])]
  }

  device(resource: string, id: string): PluginDevice | undefined {
    return this.#resources.get(resource)?.devices.get(id)
  }

  resources(): string[] {
    return [...this.#resources.keys()]
  }

  /** What the node has of each resource, and how much of it works; 0 of what has been gone for long. */
  amounts(): { readonly resource: string; readonly capacity: number; readonly allocatable: number }[] {
    const { clock } = this.#options
    return [...this.#resources].map(([resource, { devices, goneAt }]) => {
      const isLost = goneAt !== undefined && clock.now() - goneAt > goneGraceMs
      return { resource, capacity: isLost ? 0 : devices.size, allocatable: isLost ? 0 : this.healthy(resource).length }
    })
  }

  close(): void {
    for (const { stop, channel } of this.#resources.values()) {
      stop.abort()
      channel?.close()
    }
  }
}
