/** Pulls, creates and starts one container, and runs its postStart hook; failures carry the reason that its status shows. */
import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Pod } from '#api/gen/core/v1.ts'
import { ms } from '../configuration/defaults.ts'
import type { KubeletContext } from '../context.ts'
import { formatCpuSet } from '../cpus/cpu-set.ts'
import { CriError } from '../cri/errors.ts'
import type { ContainerConfig, Image, ImageSpec, SandboxConfig } from '../cri/types.ts'
import { environmentOf } from '../env/environment.ts'
import { expand } from '../env/expand.ts'
import type { DownwardFacts } from '../env/field-ref.ts'
import { runHook } from '../hooks/run-hook.ts'
import { imageOf } from '../images/image-manager.ts'
import { type ContainerEntry, ContainerStartError } from '../types.ts'
import { containerDevices, containerMounts } from '../volumes/container-mounts.ts'
import type { MountedVolumes } from '../volumes/volume-manager.ts'
import { fieldPathOf } from './containers.ts'
import { containerAnnotations, containerLabels } from './labels.ts'
import { ignoreNotFound, latest, type PodRuntimeStatus } from './pod-runtime.ts'
import { containerResources } from './container-resources.ts'
import { criStopSignal } from './stop-signal.ts'
import { containerSecurity } from './security-context.ts'

export interface StartInput {
  readonly pod: Pod
  readonly entry: ContainerEntry
  readonly sandboxId: string
  readonly sandboxConfig: SandboxConfig
  readonly runtime: PodRuntimeStatus
  readonly volumes: MountedVolumes
  readonly facts: DownwardFacts
  /** Aborted when the pod is to end: a pull or a hook is not waited for any longer. */
  readonly signal: AbortSignal
}

/** As upstream's metrics call them. */
const containerTypes = { init: 'init_container', sidecar: 'init_container', regular: 'container', ephemeral: 'ephemeral_container' } as const

export async function startContainer(context: KubeletContext, input: StartInput): Promise<string> {
  const { cri, recorder, images } = context
  const { pod, entry, sandboxId, sandboxConfig, runtime } = input
  const { container } = entry
  const tell = (type: 'Normal' | 'Warning', reason: string, message: string) => recorder.event(pod, type, reason, message, fieldPathOf(entry))
  const imageMounts = await mountImages(context, input)
  const image = await unless(input.signal, images.ensure(pod, imageOf(entry)))
  const before = latest(runtime, container.name)
  const restartCount = before ? before.restartCount + 1 : nextCount(context, pod, container.name)
  let config: ContainerConfig
  try {
    config = await containerConfig(context, input, image, restartCount, imageMounts)
  } catch (error) {
    tell('Warning', 'Failed', `Error: ${(error as Error).message}`)
    throw error instanceof ContainerStartError ? error : new ContainerStartError('CreateContainerConfigError', (error as Error).message)
  }
  const type = { container_type: containerTypes[entry.kind] }
  context.metrics.startedContainers.add(type)
  // One that was made and never started may be started yet, if the call that was given up is only late.
  if (before?.state === 'created') await cri.runtime.removeContainer(before.id).catch(ignoreNotFound)
  let id: string
  try {
    id = await cri.runtime.createContainer(sandboxId, config, sandboxConfig)
  } catch (error) {
    const why = error instanceof CriError ? error.details : (error as Error).message
    tell('Warning', 'Failed', `Error: ${why}`)
    context.metrics.startedContainerErrors.add({ ...type, code: 'CreateContainerError' })
    throw new ContainerStartError('CreateContainerError', why)
  }
  tell('Normal', 'Created', 'Container created')
  try {
    await context.devices.beforeStart(pod.metadata.uid, container.name)
    await cri.runtime.startContainer(id)
  } catch (error) {
    const why = error instanceof CriError ? error.details : (error as Error).message
    tell('Warning', 'Failed', `Error: ${why}`)
    context.metrics.startedContainerErrors.add({ ...type, code: 'RunContainerError' })
    throw new ContainerStartError('RunContainerError', why)
  }
  tell('Normal', 'Started', 'Container started')
  context.allocations.actuate(pod, container.name, container.resources)
  const hook = container.lifecycle?.postStart
  if (hook) {
    try {
      const podIp = pod.spec.hostNetwork ? context.nodeAddress : (input.facts.podIps[0] ?? '')
      await unless(
        input.signal,
        runHook({
          handler: hook,
          container,
          containerId: id,
          podIp,
          runtime: cri.runtime,
          clock: context.clock,
          timeoutSeconds: 0,
          onFallback(reason, message) {
            context.metrics.hookFallbacks.add()
            tell('Warning', reason, message)
          },
        }),
      )
    } catch (error) {
      if (input.signal.aborted) return id
      tell('Warning', 'FailedPostStartHook', 'PostStartHook failed')
      tell('Normal', 'Killing', 'FailedPostStartHook')
      await cri.runtime.stopContainer(id, pod.spec.terminationGracePeriodSeconds ?? 30).catch(() => {})
      throw new ContainerStartError('PostStartHookError', `PostStart handler failed: ${(error as Error).message}`)
    }
  }
  return id
}

/** The work's answer, or an error as soon as the pod is to end. */
function unless<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new ContainerStartError('ContainerCreating', 'the pod is being ended'))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** The runtime may have lost the last one, but the API remembers how often it was started. */
function nextCount({ statuses }: KubeletContext, pod: Pod, name: string): number {
  const status = statuses.get(pod.metadata.uid) ?? pod.status
  const old = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])].find((each) => each.name === name)
  // One that was removed with all others has been counted already, and has no id.
  return old?.containerID ? old.restartCount + 1 : (old?.restartCount ?? 0)
}

/** Pulls the images that the container mounts as volumes; answers those that the runtime itself is to mount, by the volume's name. */
async function mountImages(context: KubeletContext, { pod, entry, volumes, runtime, signal }: StartInput): Promise<ReadonlyMap<string, ImageSpec>> {
  const byRuntime = new Map<string, ImageSpec>()
  const wanted = new Set((entry.container.volumeMounts ?? []).map(({ name }) => name))
  for (const { name, image } of pod.spec.volumes ?? []) {
    if (!image || !wanted.has(name)) continue
    context.metrics.imageVolumes.add()
    const present = await unless(signal, context.images.ensure(pod, { reference: image.reference ?? '', pullPolicy: image.pullPolicy }))
    if (context.imageVolumes.byRuntime) {
      // CRI-O goes by the name that the user gave: that is what it checks signatures for.
      byRuntime.set(name, {
        image: present.id,
        userSpecifiedImage: image.reference ?? '',
        runtimeHandler: runtime.sandboxes[0]?.runtimeHandler ?? '',
        annotations: pod.metadata.annotations ?? {},
      })
      context.metrics.imageVolumesMounted.add()
      continue
    }
    try {
      await context.imageVolumes.mount(present.id, volumes.get(name)!.path)
      context.metrics.imageVolumesMounted.add()
    } catch (error) {
      context.metrics.imageVolumeErrors.add()
      const why = (error as Error).message
      context.recorder.event(pod, 'Warning', 'Failed', `Error: ${why}`, fieldPathOf(entry))
      throw new ContainerStartError('CreateContainerError', why)
    }
  }
  return byRuntime
}

async function containerConfig(
  context: KubeletContext,
  input: StartInput,
  image: Image,
  restartCount: number,
  imageMounts: ReadonlyMap<string, ImageSpec>,
): Promise<ContainerConfig> {
  const { objects, services, paths, memoryCapacity, canLowerOomScore } = context
  const { pod, entry, runtime, volumes, facts } = input
  const { container } = entry
  const environment = await environmentOf({ pod, container, objects, services, facts, volumePath: (name) => volumes.get(name)?.path })
  const lookup = (name: string) => environment.get(name)?.toString('utf8')
  const target = (container as { targetContainerName?: string }).targetContainerName
  const targetId = target ? latest(runtime, target)?.id : undefined
  const users = context.userNamespaces.of(pod)
  const securityContext = containerSecurity({
    pod,
    container,
    image,
    seccompRoot: paths.seccomp,
    targetId,
    users,
    seccompDefault: context.configuration.seccompDefault,
  })
  const devices = context.devices.of(pod.metadata.uid, container.name)
  const cdi = [...new Set([...(devices?.cdi_devices ?? []).map(({ name }) => name), ...context.claims.of(pod, container.name)])]
  if (cdi.length > 0 && !context.supportsCdi) {
    throw new ContainerStartError('CreateContainerConfigError', 'the container runtime does not support CDI devices')
  }
  const { recursiveReadOnlyMounts: recursiveReadOnly } = context.runtimeFeatures(runtime.sandboxes[0]?.runtimeHandler ?? '')
  for (const [name, value] of Object.entries(devices?.envs ?? {})) if (!environment.has(name)) environment.set(name, Buffer.from(value))
  const mounts = await containerMounts({ pod, container, volumes, environment, paths, imageMounts, recursiveReadOnly })
  // CPUs of its own need no quota, which would only throttle it.
  const pinned = context.cpus.of(pod.metadata.uid, container.name)
  const memoryNodes = context.memory.nodesOf(pod.metadata.uid, container.name)
  const stopSignal = criStopSignal(container)
  const logPath = paths.containerLog(container.name, restartCount)
  mkdirSync(dirname(join(paths.podLogs(pod), logPath)), { recursive: true })
  return {
    metadata: { name: container.name, attempt: restartCount },
    image: { image: image.id, userSpecifiedImage: container.image ?? '' },
    command: (container.command ?? []).map((each) => expand(each, lookup)),
    args: (container.args ?? []).map((each) => expand(each, lookup)),
    workingDir: container.workingDir ?? '',
    envs: [...environment].map(([key, value]) => ({ key, value })),
    // Files keep their owners as the pod sees them.
    mounts: [
      ...mounts,
      ...(devices?.mounts ?? []).map((each) => ({ containerPath: each.container_path, hostPath: each.host_path, readonly: each.read_only })),
    ].map((mount) => (users ? { ...mount, uidMappings: users.uids, gidMappings: users.gids } : mount)),
    devices: [
      ...(devices?.devices ?? []).map((each) => ({ containerPath: each.container_path, hostPath: each.host_path, permissions: each.permissions })),
      ...containerDevices(container, volumes),
    ],
    CDI_devices: cdi.map((name) => ({ name })),
    labels: containerLabels(pod, container),
    annotations: { ...devices?.annotations, ...containerAnnotations(pod, container, restartCount) },
    logPath,
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    ...(stopSignal === undefined ? {} : { stopSignal }),
    linux: {
      resources: {
        ...containerResources(pod, container, {
          memoryCapacity,
          canLowerOomScore,
          hugePages: context.hugePages,
          swap: context.swap,
          oomGroup: context.oomGroup,
          cpuCFSQuota: context.configuration.cpuCFSQuota && !pinned?.isExclusive,
          quotaPeriodMicroseconds: ms(context.configuration.cpuCFSQuotaPeriod) * 1000,
        }),
        ...(pinned ? { cpusetCpus: pinned.cpuSet } : {}),
        ...(memoryNodes ? { cpusetMems: formatCpuSet(memoryNodes) } : {}),
      },
      securityContext,
    },
  }
}
