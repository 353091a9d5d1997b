/** The node's sockets for plugins: CSI and DRA drivers, device plugins, and who asks which pod has what. */
import { join } from 'node:path'
import type { Pod } from '#api/gen/core/v1.ts'
import { changeDrivers, csiPlugins } from '../csi/csi-node.ts'
import type { CsiDrivers } from '../csi/drivers.ts'
import { servePodResources } from '../devices/pod-resources.ts'
import { serveDeviceRegistration } from '../devices/registration.ts'
import { keepPlugins } from '../plugins/plugin-registry.ts'
import type { KubeletOptions } from '../types.ts'
import type { ResourceManagers } from './resource-managers.ts'

export interface PluginsInput {
  readonly options: KubeletOptions
  readonly managers: ResourceManagers
  readonly drivers: CsiDrivers
  readonly pods: () => readonly Pod[]
  /** A driver has come: pods may wait for it. */
  readonly onDrivers: () => void
}

export interface ServedPlugins {
  readonly loops: readonly Promise<unknown>[]
  close(): void
}

export async function servePlugins({ options, managers, drivers, pods, onDrivers }: PluginsInput): Promise<ServedPlugins> {
  const { client, nodeName, clock, log, signal, rootDir } = options
  const { devicePlugins, deviceDirectory, devices, draDrivers, cpus, memory } = managers
  const deviceSocket = await serveDeviceRegistration(deviceDirectory, devicePlugins, log.named('devices'))
  const resourcesSocket = await servePodResources(join(rootDir, 'pod-resources'), { plugins: devicePlugins, devices, cpus, memory, pods })
  return {
    loops: [
      changeDrivers(client, nodeName, (list) => [...list]).catch((error) => log.warn('cannot write the CSINode', { error })),
      keepPlugins({
        directory: join(rootDir, 'plugins_registry'),
        handlers: {
          CSIPlugin: csiPlugins({ client, nodeName, drivers, onChange: onDrivers }),
          DRAPlugin: draDrivers,
          DevicePlugin: {
            register: ({ name, endpoint }) => devicePlugins.add(name, endpoint),
            deregister: async (name) => devicePlugins.remove(name),
          },
        },
        clock,
        log: log.named('plugins'),
        signal,
      }),
    ],
    close() {
      drivers.close()
      draDrivers.close()
      devicePlugins.close()
      deviceSocket.close()
      resourcesSocket.close()
    },
  }
}
