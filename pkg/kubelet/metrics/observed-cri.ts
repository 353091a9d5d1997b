/** The runtime, with every call counted and timed by upstream's names of operations (instrumented_services). */
import type { Clock } from '#base/clock.ts'
import type { Cri } from '../cri/index.ts'
import type { ImageService, RuntimeService } from '../cri/types.ts'
import type { KubeletMetrics } from './kubelet-metrics.ts'

const runtimeOperations = {
  version: 'version',
  status: 'status',
  runPodSandbox: 'run_podsandbox',
  stopPodSandbox: 'stop_podsandbox',
  removePodSandbox: 'remove_podsandbox',
  podSandboxStatus: 'podsandbox_status',
  listPodSandboxes: 'list_podsandbox',
  createContainer: 'create_container',
  startContainer: 'start_container',
  stopContainer: 'stop_container',
  removeContainer: 'remove_container',
  listContainers: 'list_containers',
  containerStatus: 'container_status',
  containerStatusVerbose: 'container_status',
  updateContainerResources: 'update_container',
  reopenContainerLog: 'reopen_container_log',
  execSync: 'exec_sync',
  exec: 'exec',
  attach: 'attach',
  portForward: 'port_forward',
  checkpointContainer: 'checkpoint_container',
  containerStats: 'container_stats',
  listContainerStats: 'list_container_stats',
} as const satisfies Readonly<Record<keyof RuntimeService, string>>

const imageOperations = {
  listImages: 'list_images',
  imageStatus: 'image_status',
  pullImage: 'pull_image',
  removeImage: 'remove_image',
  imageFsInfo: 'image_fs_info',
} as const satisfies Readonly<Record<keyof ImageService, string>>

export function observedCri(cri: Cri, { operations, operationErrors, operationSeconds, sandboxSeconds, sandboxErrors }: KubeletMetrics, clock: Clock): Cri {
  const observed = <Service extends object>(service: Service, names: Readonly<Record<string, string>>): Service => {
    const wrap = (method: string, name: string) => {
      const labels = { operation_type: name }
      return async (...args: unknown[]) => {
        const began = clock.now()
        operations.add(labels)
        const handler = method === 'runPodSandbox' ? { runtime_handler: String(args[1] ?? '') } : undefined
        try {
          return await (service as Record<string, (...args: unknown[]) => Promise<unknown>>)[method]!(...args)
        } catch (error) {
          operationErrors.add(labels)
          if (handler) sandboxErrors.add(handler)
          throw error
        } finally {
          const took = (clock.now() - began) / 1000
          operationSeconds.observe(took, labels)
          if (handler) sandboxSeconds.observe(took, handler)
        }
      }
    }
    return Object.fromEntries(Object.entries(names).map(([method, name]) => [method, wrap(method, name)])) as Service
  }
  return { runtime: observed(cri.runtime, runtimeOperations), images: observed(cri.images, imageOperations), events: cri.events, close: () => cri.close() }
}
