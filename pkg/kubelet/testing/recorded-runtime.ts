/** What a real runtime answered of one pod's containers, given again by the runtime in memory. For tests only. */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import { CriError } from '../cri/errors.ts'
import type { CriContainerStatus, Image, RuntimeService, SandboxStatus } from '../cri/types.ts'
import type { FakeCri } from './fake-cri.ts'

type Failure = readonly [code: number, details: string]

interface End {
  readonly exitCode: number
  readonly reason: string
  readonly message?: string
}

export interface RecordedContainer {
  readonly pull?: Failure
  readonly create?: Failure
  readonly start?: Failure
  /** It ended by itself, or never began. */
  readonly ends?: End
  /** It ended when it was stopped. */
  readonly stopped?: End
  /** What it wrote to its terminationMessagePath: a text, or one so many times. */
  readonly says?: string | readonly [text: string, times: number]
  readonly logs?: string
  /** By command. */
  readonly exec?: Readonly<Record<string, { readonly error?: Failure; readonly exitCode?: number; readonly stdout?: string; readonly stderr?: string }>>
}

export interface RecordedRuntime {
  readonly containers?: Readonly<Record<string, RecordedContainer>>
}

export const recordedImage = 'test.local/tools:1'
export const recordedPodIp = '127.0.0.77'

const never = new CriError(12, 'was not recorded')
const failed = ([code, details]: Failure) => new CriError(code, details)

export function replay(recorded: RecordedRuntime): (cri: FakeCri, clock: Clock) => void {
  const of = (name: string): RecordedContainer => recorded.containers?.[name] ?? {}
  return (cri, clock) => {
    const { createContainer, startContainer, stopContainer, podSandboxStatus } = cri.runtime
    const named = (id: string) => cri.containers.get(id)!
    const change = (id: string, status: Partial<CriContainerStatus>) => {
      const container = named(id)
      container.status = { ...container.status, ...status }
    }
    const end = (id: string, { exitCode, reason, message = '' }: End) => {
      if (cri.containers.get(id)?.status.state !== 'CONTAINER_RUNNING') return
      change(id, { message })
      cri.exit(named(id).status.metadata.name, exitCode, reason)
    }
    cri.images0.clear()
    cri.images0.set(recordedImage, {
      id: `sha256:${'0'.repeat(64)}`,
      repoTags: [recordedImage],
      repoDigests: [],
      size: 1,
      uid: null,
      username: '',
    } as unknown as Image)
    const replayed: Partial<RuntimeService> = {
      async podSandboxStatus(id) {
        const status = await podSandboxStatus(id)
        return { ...status, network: status.network && { ...status.network, ip: recordedPodIp } } as SandboxStatus
      },
      async createContainer(sandboxId, config, sandboxConfig) {
        const { create, says } = of(config.metadata.name)
        if (create) throw failed(create)
        const id = await createContainer(sandboxId, config, sandboxConfig)
        const logPath = join(sandboxConfig.logDirectory ?? '', config.logPath ?? '')
        change(id, { logPath, image: { image: recordedImage } })
        const words = config.mounts?.find(({ containerPath }) => containerPath === '/dev/termination-log')
        if (says && words?.hostPath) writeFileSync(words.hostPath, typeof says === 'string' ? says : says[0].repeat(says[1]))
        return id
      },
      async startContainer(id) {
        const { name } = named(id).status.metadata
        const { start, ends, logs } = of(name)
        if (start) {
          if (ends) change(id, { state: 'CONTAINER_EXITED', finishedAt: clock.now() * 1e6, ...ends })
          throw failed(start)
        }
        await startContainer(id)
        if (logs) {
          const { logPath } = named(id).status
          mkdirSync(dirname(logPath), { recursive: true })
          appendFileSync(logPath, `2026-01-01T00:00:00.000000000Z stdout F ${logs}`)
        }
        if (ends) clock.after(10, () => end(id, ends))
      },
      async stopContainer(id, timeoutSeconds) {
        const { stopped } = of(cri.containers.get(id)?.status.metadata.name ?? '')
        if (stopped) end(id, stopped)
        await stopContainer(id, timeoutSeconds)
      },
      async execSync(id, command) {
        const {
          error,
          exitCode,
          stdout = '',
          stderr = '',
        } = of(named(id).status.metadata.name).exec?.[command.join(' ')] ?? { error: [never.code, never.details] as const }
        if (error) throw failed(error)
        return { stdout: Buffer.from(stdout), stderr: Buffer.from(stderr), exitCode: exitCode! }
      },
    }
    Object.assign(cri.runtime, replayed)
    const pull = Object.values(recorded.containers ?? {}).find((each) => each.pull)?.pull
    Object.assign(cri.images, {
      async pullImage() {
        throw pull ? failed(pull) : never
      },
    })
  }
}
