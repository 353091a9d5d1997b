/**
 * Removes unused images: when the disk is fuller than the high threshold, the longest unused first, down to the low one; and those
 * that nobody has used for imageMaximumGCAge.
 */
import { statfsSync } from 'node:fs'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { type CompleteConfiguration, ms } from '../configuration/defaults.ts'
import type { Cri } from '../cri/index.ts'
import type { Image } from '../cri/types.ts'

export interface ImageGarbageOptions
  extends Pick<CompleteConfiguration, 'imageGCHighThresholdPercent' | 'imageGCLowThresholdPercent' | 'imageMinimumGCAge' | 'imageMaximumGCAge'> {
  readonly cri: Cri
  readonly clock: Clock
  readonly log: Logger
  /** Names of images that stay though no container uses them: the sandbox's, what the cluster came with, and those of volumes. */
  readonly keep?: () => readonly string[]
  readonly onRemoved?: (reason: 'age' | 'space', id: string) => void
  /** How full the disk of a directory is. */
  readonly disk?: (directory: string) => { readonly capacity: number; readonly available: number }
}

interface Seen {
  readonly firstAt: number
  readonly usedAt: number
  /** By a container, when the runtime was asked last. */
  readonly isUsed: boolean
}

function diskOf(directory: string): { capacity: number; available: number } {
  const { blocks, bavail, bsize } = statfsSync(directory)
  return { capacity: blocks * bsize, available: bavail * bsize }
}

export class ImageGarbageCollector {
  readonly #options: ImageGarbageOptions
  readonly #startedAt: number
  #seen = new Map<string, Seen>()

  constructor(options: ImageGarbageOptions) {
    this.#options = options
    this.#startedAt = options.clock.now()
  }

  /** Removes what is too old, and frees the disk down to the low mark if it is over the high one. */
  async run(directory: string): Promise<void> {
    const { clock, disk = diskOf, imageGCHighThresholdPercent: high, imageGCLowThresholdPercent: low } = this.#options
    let images = await this.#look()
    const maxAge = ms(this.#options.imageMaximumGCAge)
    // How long an image has been unused is only known from our own start on.
    if (maxAge > 0 && clock.now() - this.#startedAt > maxAge) {
      const old = images.filter(({ id }) => clock.now() - this.#seen.get(id)!.usedAt > maxAge)
      await this.#remove(old, Number.POSITIVE_INFINITY, 0, 'age')
      images = images.filter((image) => !old.includes(image))
    }
    // A threshold of 100 turns it off, as upstream's.
    if (high === 100) return
    const { capacity, available } = disk(directory)
    const used = capacity - available
    if (used * 100 >= capacity * high) await this.#remove(images, used - (capacity * low) / 100, ms(this.#options.imageMinimumGCAge))
  }

  /** Frees all that no container uses, as under disk pressure; what has just come may be for a container that is about to be made. */
  async removeUnused(): Promise<void> {
    await this.#remove(await this.#look(), Number.POSITIVE_INFINITY, ms(this.#options.imageMinimumGCAge))
  }

  /** Remembers which images are in use now. */
  async #look(): Promise<readonly Image[]> {
    const { clock, cri } = this.#options
    const now = clock.now()
    const [images, containers] = await Promise.all([cri.images.listImages(), cri.runtime.listContainers()])
    const used = new Set(containers.flatMap(({ imageRef, image }) => [imageRef, image?.image ?? '']))
    const seen = new Map<string, Seen>()
    for (const { id, repoTags } of images) {
      const { firstAt, usedAt } = this.#seen.get(id) ?? { firstAt: now, usedAt: now }
      const isUsed = used.has(id) || repoTags.some((tag) => used.has(tag))
      seen.set(id, { firstAt, usedAt: isUsed ? now : usedAt, isUsed })
    }
    this.#seen = seen
    return images
  }

  async #remove(images: readonly Image[], wanted: number, minAge: number, reason: 'age' | 'space' = 'space'): Promise<void> {
    const { clock, cri, log } = this.#options
    const keep = this.#options.keep?.() ?? []
    const now = clock.now()
    const seen = this.#seen
    const candidates = images
      .filter(
        ({ id, pinned, repoTags }) => !pinned && !repoTags.some((tag) => keep.includes(tag)) && !seen.get(id)!.isUsed && now - seen.get(id)!.firstAt >= minAge,
      )
      .sort((a, b) => seen.get(a.id)!.usedAt - seen.get(b.id)!.usedAt)
    let excess = wanted
    for (const { id, size, repoTags } of candidates) {
      if (excess <= 0) break
      log.info('removing an unused image', { image: repoTags[0] ?? id, size })
      await cri.images.removeImage(id)
      this.#options.onRemoved?.(reason, id)
      excess -= size
    }
  }
}
