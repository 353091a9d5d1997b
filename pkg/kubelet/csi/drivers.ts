/** The CSI drivers that have registered on this node: what each can do, and calls to it. */
import { openPlugin, type PluginChannel } from '../plugins/channel.ts'
import type { PluginInfo } from '../plugins/messages.ts'
import { csiServices, type NodeInfo } from './messages.ts'

export interface CsiDriver {
  readonly name: string
  readonly capabilities: ReadonlySet<string>
  call<Answer>(method: string, request: object): Promise<Answer>
}

/** As upstream's csiTimeout. */
const callTimeoutMs = 120_000

export class CsiDrivers {
  readonly #drivers = new Map<string, { readonly driver: CsiDriver; readonly channel: PluginChannel }>()

  /** Throws with upstream's words when no such driver has registered. */
  get(name: string): CsiDriver {
    const found = this.#drivers.get(name)
    if (!found) throw new Error(`driver name ${name} not found in the list of registered CSI drivers`)
    return found.driver
  }

  /** Asks the driver what it is; from then on its volumes can be mounted. */
  async add({ name, endpoint, supported_versions: versions }: PluginInfo): Promise<NodeInfo> {
    if (!versions.some((version) => /^v?1(\.\d+){0,2}$/.test(version))) {
      throw new Error(
        `CSI driver ${name} does not have any supported versions: none of the CSI versions reported by this driver are supported: ${versions.join(', ')}`,
      )
    }
    const channel = openPlugin(endpoint, csiServices)
    const call = <Answer>(method: string, request: object) => channel.call<Answer>('Node', method, request, callTimeoutMs)
    try {
      const info = await call<NodeInfo>('NodeGetInfo', {})
      const { capabilities } = await call<{ capabilities: { rpc?: { type: string } | null }[] }>('NodeGetCapabilities', {})
      const known = new Set(capabilities.flatMap(({ rpc }) => (rpc ? [rpc.type] : [])))
      this.#drivers.get(name)?.channel.close()
      this.#drivers.set(name, { channel, driver: { name, capabilities: known, call } })
      return info
    } catch (error) {
      channel.close()
      throw error
    }
  }

  remove(name: string): void {
    this.#drivers.get(name)?.channel.close()
    this.#drivers.delete(name)
  }

  close(): void {
    for (const name of [...this.#drivers.keys()]) this.remove(name)
  }
}
