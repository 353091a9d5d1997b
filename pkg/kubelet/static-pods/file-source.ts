/** staticPodPath: a manifest, or a directory of them; looked at when the directory changes, and each fileCheckFrequency. */
import { readdirSync, readFileSync, statSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Pod } from '#api/gen/core/v1.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { decodeManifest, type ManifestOrigin } from './decode-pod.ts'

export interface FileSourceOptions {
  readonly path: string
  readonly checkMs: number
  readonly nodeName: string
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** What the files say now; a manifest that is broken keeps what it said before. */
  readonly onPods: (pods: readonly Pod[]) => void
}

/** A change is often several events; they are looked at together. */
const settleMs = 50

export async function followFiles(options: FileSourceOptions): Promise<void> {
  const { path, checkMs, clock, log, signal } = options
  const reader = new ManifestReader(options)
  let wake = new AbortController()
  // The directory that holds a single file is watched, for the file may be replaced.
  const target = isDirectory(path) ? path : dirname(path)
  let watcher: ReturnType<typeof watch> | undefined
  try {
    watcher = watch(target, () => void clock.after(settleMs, () => wake.abort()))
    watcher.on('error', (error) => log.warn('cannot watch for static pods; they are looked at from time to time', { path, error }))
  } catch (error) {
    log.warn('cannot watch for static pods; they are looked at from time to time', { path, error })
  }
  while (!signal.aborted) {
    reader.read()
    wake = new AbortController()
    await sleep(clock, checkMs, AbortSignal.any([signal, wake.signal]))
  }
  watcher?.close()
}

class ManifestReader {
  readonly #options: FileSourceOptions
  readonly #known = new Map<string, { text: string; pods: readonly Pod[] }>()

  constructor(options: FileSourceOptions) {
    this.#options = options
  }

  read(): void {
    const { path, onPods, log } = this.#options
    let files: string[]
    try {
      // Hidden files are an editor's own.
      files = isDirectory(path)
        ? readdirSync(path)
            .filter((name) => !name.startsWith('.'))
            .sort()
            .map((name) => join(path, name))
        : [path]
    } catch (error) {
      log.warn('cannot read the static pods', { path, error })
      return
    }
    for (const known of this.#known.keys()) if (!files.includes(known)) this.#known.delete(known)
    for (const file of files) this.#readOne(file)
    onPods([...this.#known.values()].flatMap(({ pods }) => pods))
  }

  #readOne(file: string): void {
    const { nodeName, clock, log } = this.#options
    try {
      if (!statSync(file).isFile()) return
      const text = readFileSync(file, 'utf8')
      const known = this.#known.get(file)
      if (known?.text === text) return
      const origin: ManifestOrigin = { source: 'file', from: file, nodeName, nowMs: clock.now() }
      try {
        this.#known.set(file, { text, pods: decodeManifest(text, origin) })
      } catch (error) {
        log.error('a static pod is not taken', { file, error })
        this.#known.set(file, { text, pods: known?.pods ?? [] })
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') this.#known.delete(file)
      else log.warn('cannot read a static pod', { file, error })
    }
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
