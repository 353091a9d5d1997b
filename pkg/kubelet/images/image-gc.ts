/** Removes unused images when the disk is over 85 % full, the longest unused first, down to 80 %. */
import { statfsSync } from 'node:fs'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Cri } from '../cri/index.ts'

const highShare = 0.85
const lowShare = 0.8
const minAgeMs = 120_000

export class ImageGarbageCollector {
  readonly #cri: Cri
  readonly #clock: Clock
  readonly #log: Logger
  readonly #keep: ReadonlySet<string>
  #seen = new Map<string, { firstAt: number; usedAt: number }>()

  constructor(cri: Cri, clock: Clock, log: Logger, keep: readonly string[] = []) {
    this.#cri = cri
    this.#clock = clock
    this.#log = log
    this.#keep = new Set(keep)
  }

  async run(directory: string): Promise<void> {
    const now = this.#clock.now()
    const [images, containers] = await Promise.all([this.#cri.images.listImages(), this.#cri.runtime.listContainers()])
    const used = new Set(containers.flatMap(({ imageRef, image }) => [imageRef, image?.image ?? '']))
    const seen = new Map<string, { firstAt: number; usedAt: number }>()
    for (const { id, repoTags } of images) {
      const before = this.#seen.get(id) ?? { firstAt: now, usedAt: now }
      seen.set(id, used.has(id) || repoTags.some((tag) => used.has(tag)) ? { ...before, usedAt: now } : before)
    }
    this.#seen = seen
    const { blocks, bavail, bsize } = statfsSync(directory)
    const capacity = blocks * bsize
    let excess = capacity - bavail * bsize - capacity * lowShare
    if (capacity - bavail * bsize < capacity * highShare) return
    const candidates = images
      .filter(
        ({ id, pinned, repoTags }) =>
          !pinned && !repoTags.some((tag) => this.#keep.has(tag)) && seen.get(id)!.usedAt < now && now - seen.get(id)!.firstAt > minAgeMs,
      )
      .sort((a, b) => seen.get(a.id)!.usedAt - seen.get(b.id)!.usedAt)
    for (const { id, size, repoTags } of candidates) {
      if (excess <= 0) break
      this.#log.info('removing an unused image', { image: repoTags[0] ?? id, size })
      await this.#cri.images.removeImage(id)
      excess -= size
    }
  }
}
