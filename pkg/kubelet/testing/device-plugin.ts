/** A device plugin whose devices are made up. For tests only. */
import { join } from 'node:path'
import { openPlugin } from '../plugins/channel.ts'
import { apiVersion, type ContainerAllocation, type DevicePluginOptions, deviceServices, type PluginDevice } from '../devices/messages.ts'
import { serveSocket } from '../plugins/serve.ts'

export interface TestDevicePluginOptions {
  /** The node's device-plugins directory. */
  readonly directory: string
  readonly resource: string
  readonly devices: readonly PluginDevice[]
  readonly options?: Partial<DevicePluginOptions>
  /** What a container gets with these devices. */
  readonly give?: (ids: readonly string[]) => Partial<ContainerAllocation>
}

export interface TestDevicePlugin {
  readonly calls: { readonly method: string; readonly request: any }[]
  /** Tells the kubelet of other devices. */
  tell(devices: readonly PluginDevice[]): void
  /** Says to the kubelet that it is here. */
  register(version?: string): Promise<void>
  close(): void
}

export async function startDevicePlugin({ directory, resource, devices, options, give = () => ({}) }: TestDevicePluginOptions): Promise<TestDevicePlugin> {
  const calls: TestDevicePlugin['calls'] = []
  const listeners = new Set<(message: object) => void>()
  let current = devices
  const endpoint = `${resource.replace('/', '-')}.sock`
  const noted = (method: string, work: (request: any) => unknown) => (request: any) => {
    calls.push({ method, request })
    return work(request)
  }
  const server = await serveSocket(join(directory, endpoint), deviceServices.DevicePlugin!, {
    unary: {
      GetDevicePluginOptions: () => options ?? {},
      GetPreferredAllocation: noted('GetPreferredAllocation', ({ container_requests }) => ({
        container_responses: container_requests.map((each: any) => ({ deviceIDs: each.available_deviceIDs.toReversed().slice(0, each.allocation_size) })),
      })),
      Allocate: noted('Allocate', ({ container_requests }) => ({ container_responses: container_requests.map((each: any) => give(each.devices_ids)) })),
      PreStartContainer: noted('PreStartContainer', () => ({})),
    },
    stream: {
      ListAndWatch(send, signal) {
        send({ devices: current })
        listeners.add(send)
        signal.addEventListener('abort', () => listeners.delete(send), { once: true })
      },
    },
  })
  return {
    calls,
    tell(next) {
      current = next
      for (const send of listeners) send({ devices: next })
    },
    async register(version = apiVersion) {
      const kubelet = openPlugin(join(directory, 'kubelet.sock'), deviceServices)
      try {
        await kubelet.call('Registration', 'Register', { version, endpoint, resource_name: resource, options: options ?? {} })
      } finally {
        kubelet.close()
      }
    },
    close: () => server.close(),
  }
}
