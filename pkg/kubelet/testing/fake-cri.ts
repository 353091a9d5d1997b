/** A container runtime in memory: containers end when a test says so, or when they are stopped. */
import type { Clock } from '#base/clock.ts'
import { CriError } from '../cri/errors.ts'
import type { Cri } from '../cri/index.ts'
import type { ContainerConfig, CriContainerStatus, Image, RuntimeContainer, RuntimeService, SandboxConfig, SandboxStatus } from '../cri/types.ts'

interface Container {
  status: CriContainerStatus
  readonly sandboxId: string
  readonly config: ContainerConfig
}

export interface FakeCri extends Cri {
  readonly containers: Map<string, Container>
  readonly sandboxes: Map<string, SandboxStatus>
  /** Every start: what had ended well, and what had begun, in its sandbox by then ("sandbox/name"). */
  readonly starts: { readonly name: string; readonly sandboxId: string; readonly ended: ReadonlySet<string>; readonly begun: ReadonlySet<string> }[]
  /** Every call that changes something, as "method name". */
  readonly calls: string[]
  /** Names of containers that take no notice of SIGTERM. */
  readonly stubborn: Set<string>
  /** Commands given to execSync end with this. */
  execExitCode: number
  readonly images0: Map<string, Image>
  exit(name: string, code: number, reason?: string): void
  /** The runtime goes down and comes back, as containerd does: what ran runs on, and nobody hears of what ended meanwhile. */
  down: boolean
  /** Containers end, and no event tells of it. */
  silent: boolean
  /** Whether something ended in silence since the last time this was asked. */
  hasMissed(): boolean
  running(): string[]
  onExit: (podUid: string) => void
  /** Fails the next call of that method once. */
  failNext(method: string, message: string): void
  /** The next call of that method is given up by its caller, and done by the runtime so much later. */
  lateNext(method: string, seconds: number): void
  /** The next call of that method takes so long, and its caller waits. */
  slowNext(method: string, seconds: number): void
  /** Late calls that are still to be done. */
  readonly late: { count: number }
}

export function fakeCri(clock: Clock, images: readonly string[] = ['app:1']): FakeCri {
  const containers = new Map<string, Container>()
  const sandboxes = new Map<string, SandboxStatus>()
  const calls: string[] = []
  const starts: FakeCri['starts'] = []
  const endedWell = new Set<string>()
  const begun = new Set<string>()
  const failures = new Map<string, string>()
  const late = new Map<string, number>()
  const slow = new Map<string, number>()
  const lateOnes = { count: 0 }
  const stored = new Map(
    images.map((name) => [name, { id: `sha256:${name}`, repoTags: [name], repoDigests: [], size: 1, uid: null, username: '', pinned: false } as Image]),
  )
  let serial = 0
  let missed = false
  const nanos = () => clock.now() * 1e6 + serial
  const note = (method: string, name: string) => {
    calls.push(`${method} ${name}`)
    const failure = failures.get(method)
    failures.delete(method)
    if (failure) throw new CriError(2, failure)
  }
  const need = (id: string): Container => {
    const found = containers.get(id)
    if (!found) throw new CriError(5, `container "${id}" not found`)
    return found
  }
  const finish = (container: Container, exitCode: number, reason = exitCode === 0 ? 'Completed' : 'Error') => {
    if (container.status.state !== 'CONTAINER_RUNNING') return
    if (exitCode === 0) endedWell.add(`${container.sandboxId}/${container.status.metadata.name}`)
    container.status = { ...container.status, state: 'CONTAINER_EXITED', exitCode, reason, finishedAt: nanos() }
    if (fake.silent) missed = true
    else fake.onExit(container.status.labels['io.kubernetes.pod.uid']!)
  }
  const matches = (labels: Readonly<Record<string, string>>, selector?: Readonly<Record<string, string>>) =>
    Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value)
  const runtime: Partial<RuntimeService> = {
    version: async () => ({ version: '0.1.0', runtimeName: 'fake', runtimeVersion: '1', runtimeApiVersion: 'v1' }),
    status: async () => ({ conditions: [], runtimeHandlers: [], features: null, info: {} }),
    async runPodSandbox(config: SandboxConfig) {
      note('runPodSandbox', config.metadata.name)
      const id = `sandbox-${++serial}`
      sandboxes.set(id, {
        id,
        metadata: config.metadata,
        state: 'SANDBOX_READY',
        createdAt: nanos(),
        labels: config.labels ?? {},
        annotations: config.annotations ?? {},
        network: { ip: `10.0.0.${serial}`, additionalIps: [] },
        linux: { namespaces: { options: { network: 'POD', ...config.linux?.securityContext?.namespaceOptions } } },
      })
      return id
    },
    async stopPodSandbox(id) {
      const sandbox = sandboxes.get(id)
      if (!sandbox) return
      note('stopPodSandbox', sandbox.metadata.name)
      sandboxes.set(id, { ...sandbox, state: 'SANDBOX_NOTREADY' })
      for (const each of containers.values()) if (each.sandboxId === id) finish(each, 137)
    },
    async removePodSandbox(id) {
      note('removePodSandbox', sandboxes.get(id)?.metadata.name ?? id)
      for (const [containerId, each] of containers) {
        if (each.sandboxId !== id) continue
        finish(each, 137)
        containers.delete(containerId)
      }
      sandboxes.delete(id)
    },
    async podSandboxStatus(id) {
      const found = sandboxes.get(id)
      if (!found) throw new CriError(5, `sandbox "${id}" not found`)
      return found
    },
    listPodSandboxes: async (labels) => [...sandboxes.values()].filter((each) => matches(each.labels, labels)),
    async createContainer(sandboxId, config) {
      note('createContainer', config.metadata.name)
      if (!sandboxes.has(sandboxId)) throw new CriError(5, `sandbox "${sandboxId}" not found`)
      const { name, attempt } = config.metadata
      for (const { status } of containers.values()) {
        if (status.metadata.name === name && status.metadata.attempt === attempt)
          throw new CriError(2, `name "${name}_${attempt}" is reserved for "${status.id}"`)
      }
      const id = `container-${++serial}`
      containers.set(id, {
        sandboxId,
        config,
        status: {
          id,
          metadata: config.metadata,
          state: 'CONTAINER_CREATED',
          createdAt: nanos(),
          startedAt: 0,
          finishedAt: 0,
          exitCode: 0,
          image: { image: config.image.userSpecifiedImage ?? '' },
          imageRef: config.image.image,
          imageId: config.image.image,
          reason: '',
          message: '',
          labels: config.labels ?? {},
          annotations: config.annotations ?? {},
          mounts: config.mounts ?? [],
          logPath: '',
        },
      })
      return id
    },
    async startContainer(id) {
      const found = need(id)
      note('startContainer', found.status.metadata.name)
      if (found.status.state !== 'CONTAINER_CREATED') throw new CriError(2, `container is in ${found.status.state} state`)
      if (sandboxes.get(found.sandboxId)?.state !== 'SANDBOX_READY') throw new CriError(2, 'sandbox container is not running')
      starts.push({ name: found.status.metadata.name, sandboxId: found.sandboxId, ended: new Set(endedWell), begun: new Set(begun) })
      begun.add(`${found.sandboxId}/${found.status.metadata.name}`)
      found.status = { ...found.status, state: 'CONTAINER_RUNNING', startedAt: nanos() }
    },
    async stopContainer(id, timeoutSeconds) {
      const found = need(id)
      note('stopContainer', `${found.status.metadata.name} ${timeoutSeconds}`)
      if (found.status.state !== 'CONTAINER_RUNNING') return
      if (!fake.stubborn.has(found.status.metadata.name)) return finish(found, 0)
      await new Promise<void>((resolve) => void clock.after(timeoutSeconds * 1000, resolve))
      finish(found, 137)
    },
    async removeContainer(id) {
      note('removeContainer', containers.get(id)?.status.metadata.name ?? id)
      const found = containers.get(id)
      if (found) finish(found, 137)
      containers.delete(id)
    },
    listContainers: async (labels) =>
      [...containers.values()]
        .filter(({ status }) => matches(status.labels, labels))
        .map(({ status, sandboxId }) => ({ ...status, podSandboxId: sandboxId }) as unknown as RuntimeContainer),
    containerStatus: async (id) => need(id).status,
    execSync: async (id, command) => {
      note('execSync', `${need(id).status.metadata.name} ${command.join(' ')}`)
      return { stdout: new Uint8Array(), stderr: new Uint8Array(), exitCode: fake.execExitCode }
    },
    async updateContainerResources(id, resources) {
      note('updateContainerResources', `${need(id).status.metadata.name} ${JSON.stringify(resources)}`)
    },
    async checkpointContainer(id, location) {
      note('checkpointContainer', `${need(id).status.metadata.name} ${location}`)
    },
    containerStats: async () => ({ memory: null }) as never,
    listContainerStats: async () => [],
  }
  const fake: FakeCri = {
    containers,
    sandboxes,
    starts,
    calls,
    stubborn: new Set(),
    execExitCode: 0,
    images0: stored,
    runtime: reachable(runtime as RuntimeService, { clock, late, lateOnes, slow, isUp: () => !fake.down }),
    images: {
      listImages: async () => [...stored.values()],
      imageStatus: async (name) => stored.get(name),
      async pullImage(name) {
        note('pullImage', name)
        throw new CriError(2, `failed to resolve reference "${name}"`)
      },
      removeImage: async (name) => void stored.delete(name),
      imageFsInfo: async () => [],
    },
    events: {
      subscribe(_onEvent, onReady, signal) {
        onReady()
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      },
    },
    exit(name, code, reason) {
      for (const each of containers.values()) if (each.status.metadata.name === name && each.status.state === 'CONTAINER_RUNNING') finish(each, code, reason)
    },
    running: () => [...containers.values()].filter(({ status }) => status.state === 'CONTAINER_RUNNING').map(({ status }) => status.metadata.name),
    onExit: () => {},
    down: false,
    silent: false,
    hasMissed() {
      const was = missed
      missed = false
      return was
    },
    failNext: (method, message) => void failures.set(method, message),
    lateNext: (method, seconds) => void late.set(method, seconds),
    slowNext: (method, seconds) => void slow.set(method, seconds),
    late: lateOnes,
    close() {},
  }
  return fake
}

interface Reach {
  readonly clock: Clock
  readonly late: Map<string, number>
  readonly lateOnes: { count: number }
  readonly slow: Map<string, number>
  readonly isUp: () => boolean
}

/** Every call fails while the runtime is down; a late one fails now and is done later, a slow one is waited for. */
function reachable(runtime: RuntimeService, { clock, late, lateOnes, slow, isUp }: Reach): RuntimeService {
  const calls = Object.entries(runtime).map(([name, method]) => {
    const call = method as (...args: unknown[]) => Promise<unknown>
    return [
      name,
      async (...args: unknown[]) => {
        if (!isUp()) throw new CriError(14, 'connection error: the runtime is down')
        const waitSeconds = slow.get(name)
        if (waitSeconds !== undefined) {
          slow.delete(name)
          await new Promise<void>((resolve) => void clock.after(waitSeconds * 1000, resolve))
          if (!isUp()) throw new CriError(14, 'error reading from server: EOF')
        }
        const seconds = late.get(name)
        if (seconds === undefined) return call(...args)
        late.delete(name)
        // What it was to work on may be gone by then.
        lateOnes.count++
        clock.after(seconds * 1000, () => {
          lateOnes.count--
          void call(...args).catch(() => {})
        })
        throw new CriError(4, 'context deadline exceeded')
      },
    ]
  })
  return Object.fromEntries(calls) as RuntimeService
}
