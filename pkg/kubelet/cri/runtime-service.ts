/** RuntimeService over a connection. */
import type { CriConnection } from './connection.ts'
import type {
  ContainerStats,
  CriContainerStatus,
  RuntimeContainer,
  RuntimeService,
  RuntimeStatus,
  RuntimeVersion,
  Sandbox,
  SandboxStatus,
  StringMap,
} from './types.ts'

/** Starting a sandbox includes CNI, a container its hooks; upstream gives twice the usual time. */
const slowMs = 240_000
const marginMs = 120_000

export function runtimeService({ runtime }: CriConnection): RuntimeService {
  const containerStatusVerbose = async (containerId: string, verbose = true) => {
    const { status, info } = await runtime<{ status: CriContainerStatus; info: StringMap }>('ContainerStatus', { containerId, verbose })
    return { status, info }
  }
  return {
    version: () => runtime<RuntimeVersion>('Version', { version: '0.1.0' }),
    async status(verbose = false) {
      const answer = await runtime<{
        status: RuntimeStatus | null
        info: StringMap
        runtimeHandlers: RuntimeStatus['runtimeHandlers']
        features: RuntimeStatus['features']
      }>('Status', { verbose })
      return { conditions: answer.status?.conditions ?? [], runtimeHandlers: answer.runtimeHandlers, features: answer.features, info: answer.info }
    },
    runPodSandbox: async (config, runtimeHandler = '') =>
      (await runtime<{ podSandboxId: string }>('RunPodSandbox', { config, runtimeHandler }, slowMs)).podSandboxId,
    async stopPodSandbox(podSandboxId) {
      await runtime('StopPodSandbox', { podSandboxId })
    },
    async removePodSandbox(podSandboxId) {
      await runtime('RemovePodSandbox', { podSandboxId })
    },
    podSandboxStatus: async (podSandboxId) => (await runtime<{ status: SandboxStatus }>('PodSandboxStatus', { podSandboxId, verbose: false })).status,
    listPodSandboxes: async (labels) => (await runtime<{ items: Sandbox[] }>('ListPodSandbox', labels ? { filter: { labelSelector: labels } } : {})).items,
    createContainer: async (podSandboxId, config, sandboxConfig) =>
      (await runtime<{ containerId: string }>('CreateContainer', { podSandboxId, config, sandboxConfig })).containerId,
    async startContainer(containerId) {
      await runtime('StartContainer', { containerId })
    },
    async stopContainer(containerId, timeoutSeconds) {
      await runtime('StopContainer', { containerId, timeout: timeoutSeconds }, timeoutSeconds * 1000 + marginMs)
    },
    async removeContainer(containerId) {
      await runtime('RemoveContainer', { containerId })
    },
    listContainers: async (labels) =>
      (await runtime<{ containers: RuntimeContainer[] }>('ListContainers', labels ? { filter: { labelSelector: labels } } : {})).containers,
    containerStatus: async (id) => (await containerStatusVerbose(id, false)).status,
    containerStatusVerbose,
    async updateContainerResources(containerId, linux) {
      await runtime('UpdateContainerResources', { containerId, linux })
    },
    async reopenContainerLog(containerId) {
      await runtime('ReopenContainerLog', { containerId })
    },
    execSync: (containerId, cmd, timeoutSeconds) =>
      runtime('ExecSync', { containerId, cmd, timeout: timeoutSeconds }, timeoutSeconds > 0 ? timeoutSeconds * 1000 + marginMs : slowMs * 60),
    exec: async (request) => (await runtime<{ url: string }>('Exec', request)).url,
    attach: async (request) => (await runtime<{ url: string }>('Attach', request)).url,
    portForward: async (podSandboxId, port) => (await runtime<{ url: string }>('PortForward', { podSandboxId, port })).url,
    async checkpointContainer(containerId, location, timeout) {
      await runtime('CheckpointContainer', { containerId, location, timeout }, timeout > 0 ? timeout * 1000 + marginMs : slowMs)
    },
    containerStats: async (containerId) => (await runtime<{ stats: ContainerStats }>('ContainerStats', { containerId })).stats,
    listContainerStats: async (labels) =>
      (await runtime<{ stats: ContainerStats[] }>('ListContainerStats', labels ? { filter: { labelSelector: labels } } : {})).stats,
  }
}
