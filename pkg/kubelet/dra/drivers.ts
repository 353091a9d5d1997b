/** The drivers of dynamic resources that have registered on this node. */
import { openPlugin, type PluginChannel } from '../plugins/channel.ts'
import type { PluginHandler } from '../plugins/plugin-registry.ts'
import { draServices, serviceVersion } from './messages.ts'

/** As upstream's PluginClientTimeout. */
const callTimeoutMs = 45_000

export class DraDrivers implements PluginHandler {
  readonly #channels = new Map<string, PluginChannel>()
  readonly #onChange: () => void

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  async register({ name, endpoint, supported_versions: versions }: Parameters<PluginHandler['register']>[0]): Promise<void> {
    if (!versions.includes(serviceVersion)) {
      throw new Error(`invalid versions of plugin ${name}: none of the versions is supported: ${versions.join(', ')}; the kubelet supports ${serviceVersion}`)
    }
    this.#channels.get(name)?.close()
    this.#channels.set(name, openPlugin(endpoint, draServices))
    this.#onChange()
  }

  async deregister(name: string): Promise<void> {
    this.#channels.get(name)?.close()
    this.#channels.delete(name)
  }

  call<Answer>(driver: string, method: string, request: object): Promise<Answer> {
    const channel = this.#channels.get(driver)
    if (!channel) throw new Error(`DRA driver ${driver} is not registered`)
    return channel.call<Answer>('DRAPlugin', method, request, callTimeoutMs)
  }

  close(): void {
    for (const channel of this.#channels.values()) channel.close()
    this.#channels.clear()
  }
}
