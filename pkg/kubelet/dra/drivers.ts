/** The drivers of dynamic resources that have registered on this node. */
import { type Clock, sleep } from '#base/clock.ts'
import { openPlugin, type PluginChannel, PluginError } from '../plugins/channel.ts'
import type { PluginHandler } from '../plugins/plugin-registry.ts'
import type { DeviceHealth } from './device-health.ts'
import { draHealthServices, draServices, type ReportedHealth, serviceVersion } from './messages.ts'

/** As upstream's PluginClientTimeout. */
const callTimeoutMs = 45_000
/** Until a stream of health that has ended is asked for again. */
const healthRetryMs = 5_000
const unimplemented = 12

export interface DraDriversOptions {
  readonly clock: Clock
  readonly health: DeviceHealth
  readonly onChange: () => void
}

interface Registered {
  readonly channel: PluginChannel
  readonly stop: AbortController
}

export class DraDrivers implements PluginHandler {
  readonly #drivers = new Map<string, Registered>()
  readonly #options: DraDriversOptions

  constructor(options: DraDriversOptions) {
    this.#options = options
  }

  async register({ name, endpoint, supported_versions: versions }: Parameters<PluginHandler['register']>[0]): Promise<void> {
    if (!versions.includes(serviceVersion)) {
      throw new Error(`invalid versions of plugin ${name}: none of the versions is supported: ${versions.join(', ')}; the kubelet supports ${serviceVersion}`)
    }
    this.#end(name)
    const driver = { channel: openPlugin(endpoint, { ...draServices, ...draHealthServices }), stop: new AbortController() }
    this.#drivers.set(name, driver)
    void this.#followHealth(name, driver)
    this.#options.onChange()
  }

  async deregister(name: string): Promise<void> {
    this.#end(name)
    this.#options.health.clear(name)
  }

  call<Answer>(driver: string, method: string, request: object): Promise<Answer> {
    const registered = this.#drivers.get(driver)
    if (!registered) throw new Error(`DRA driver ${driver} is not registered`)
    return registered.channel.call<Answer>('DRAPlugin', method, request, callTimeoutMs)
  }

  close(): void {
    for (const name of [...this.#drivers.keys()]) this.#end(name)
  }

  #end(name: string): void {
    const driver = this.#drivers.get(name)
    this.#drivers.delete(name)
    driver?.stop.abort()
    driver?.channel.close()
  }

  /** Until the driver goes, or says that it tells nothing of health. */
  async #followHealth(name: string, { channel, stop }: Registered): Promise<void> {
    const { clock, health } = this.#options
    const take = ({ devices }: { devices: readonly ReportedHealth[] }) => health.take(name, devices)
    while (!stop.signal.aborted) {
      const failure: unknown = await channel.stream('DRAResourceHealth', 'NodeWatchResources', {}, take, stop.signal).catch((error: unknown) => error)
      if (stop.signal.aborted) return
      health.clear(name)
      if (failure instanceof PluginError && failure.code === unimplemented) return
      await sleep(clock, healthRetryMs, stop.signal)
    }
  }
}
