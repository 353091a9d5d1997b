/** What nobody owns any more: pods in the runtime, on disk and in cgroups that no worker knows; old images; long logs. */
import { sleep } from '#base/clock.ts'
import { ms } from './configuration/defaults.ts'
import type { KubeletContext } from './context.ts'
import type { ImageGarbageCollector } from './images/image-gc.ts'
import { rotateLog } from './logs/rotate.ts'
import { killPod, removePod } from './runtime/kill.ts'
import { readPodRuntime } from './runtime/pod-runtime.ts'
import { bytes } from './runtime/resources.ts'
import type { PodWorker } from './pod-worker/pod-worker.ts'

const everyMs = 30_000
const imageEveryMs = 300_000

export interface HousekeepingOptions {
  readonly context: KubeletContext
  readonly workers: ReadonlyMap<string, PodWorker>
  readonly images: ImageGarbageCollector
  readonly rootDir: string
  readonly signal: AbortSignal
}

export async function housekeeping({ context, workers, images, rootDir, signal }: HousekeepingOptions): Promise<void> {
  const { clock, log, volumes, cgroups } = context
  let imagesAt = clock.now()
  while (!signal.aborted) {
    await sleep(clock, everyMs, signal)
    if (signal.aborted) return
    const attempt = async (what: string, work: () => Promise<void>) => {
      await work().catch((error) => log.warn('housekeeping failed', { what, error }))
    }
    await attempt('volumes', async () => {
      for (const uid of volumes.podsOnDisk()) if (!workers.has(uid)) await volumes.tearDown(uid)
    })
    await attempt('cgroups', async () => {
      for (const uid of cgroups.list()) if (!workers.has(uid)) cgroups.remove(uid)
    })
    if (clock.now() - imagesAt > imageEveryMs) {
      imagesAt = clock.now()
      await attempt('images', () => images.run(rootDir))
    }
  }
}

/** Looks at the logs of running containers each containerLogMonitorInterval. */
export async function rotateLogs({ context, workers, signal }: Pick<HousekeepingOptions, 'context' | 'workers' | 'signal'>): Promise<void> {
  const { cri, clock, log, configuration } = context
  const limits = { maxBytes: bytes(configuration.containerLogMaxSize), maxFiles: configuration.containerLogMaxFiles }
  // A size that is not above zero means that no log is ever rotated.
  if (limits.maxBytes <= 0) return
  while (!signal.aborted) {
    await sleep(clock, ms(configuration.containerLogMonitorInterval), signal)
    const due = [...workers.values()].flatMap(({ runtime }) => runtime.containers).filter(({ state, logPath }) => state === 'running' && logPath)
    const rotateSome = async () => {
      for (let next = due.shift(); next && !signal.aborted; next = due.shift()) {
        const { id, logPath } = next
        await rotateLog(cri.runtime, id, logPath, clock.now(), limits).catch((error) => log.warn('cannot rotate a log', { logPath, error }))
      }
    }
    await Promise.all(Array.from({ length: configuration.containerLogMaxWorkers }, rotateSome))
  }
}

/** Ends a pod that the runtime runs and the API does not know. */
export async function removeOrphan(context: KubeletContext, uid: string): Promise<void> {
  const { cri, volumes, cgroups, nodeAddress, log } = context
  const runtime = await readPodRuntime(cri.runtime, uid)
  log.info('ending a pod that the API no longer has', { uid })
  await killPod(context, { pod: undefined, runtime, graceSeconds: runtime.containers[0]?.graceSeconds ?? 30, nodeAddress })
  await removePod(context, runtime)
  await volumes.tearDown(uid)
  cgroups.remove(uid)
}
