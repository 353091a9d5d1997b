/** Removes unused images when the disk is over 85 % full, the longest unused first, down to 80 %. */
import { statfsSync } from 'node:fs'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Cri } from '../cri/index.ts'
import type { Image } from '../cri/types.ts'

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

  /** Frees the disk down to the low mark if it is over the high one. */
  async run(directory: string): Promise<void> {
    const images = await this.#look()
    const { blocks, bavail, bsize } = statfsSync(directory)
    const capacity = blocks * bsize
    const used = capacity - bavail * bsize
    if (used >= capacity * highShare) await this.#remove(images, used - capacity * lowShare, minAgeMs)
  }

  /** Frees all that no container uses, as under disk pressure. */
  async removeUnused(): Promise<void> {
    await this.#remove(await this.#look(), Number.POSITIVE_INFINITY, 0)
  }

  /** Remembers which images are in use now. */
  async #look(): Promise<readonly Image[]> {
    const now = this.#clock.now()
    const [images, containers] = await Promise.all([this.#cri.images.listImages(), this.#cri.runtime.listContainers()])
    const used = new Set(containers.flatMap(({ imageRef, image }) => [imageRef, image?.image ?? '']))
    const seen = new Map<string, { firstAt: number; usedAt: number }>()
    for (const { id, repoTags } of images) {
      const before = this.#seen.get(id) ?? { firstAt: now, usedAt: now }
      seen.set(id, used.has(id) || repoTags.some((tag) => used.has(tag)) ? { ...before, usedAt: now } : before)
    }
    this.#seen = seen
    return images
  }

  async #remove(images: readonly Image[], wanted: number, minAge: number): Promise<void> {
    const now = this.#clock.now()
    const seen = this.#seen
    const candidates = images
      .filter(
        ({ id, pinned, repoTags }) =>
          !pinned && !repoTags.some((tag) => this.#keep.has(tag)) && seen.get(id)!.usedAt < now && now - seen.get(id)!.firstAt >= minAge,
      )
      .sort((a, b) => seen.get(a.id)!.usedAt - seen.get(b.id)!.usedAt)
    let excess = wanted
    for (const { id, size, repoTags } of candidates) {
      if (excess <= 0) break
      this.#log.info('removing an unused image', { image: repoTags[0] ?? id, size })
      await this.#cri.images.removeImage(id)
      excess -= size
    }
  }
}
