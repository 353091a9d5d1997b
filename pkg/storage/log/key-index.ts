import type { KeyHistory } from './key-history.ts'

/** Between these a chunk is cheap to insert into and the list of chunks is short: 150,000 keys are some 400 chunks. */
const chunkLimit = 512

interface Chunk {
  items: KeyHistory[]
  /** How many of them exist now. */
  live: number
}

interface Position {
  readonly chunk: number
  readonly offset: number
}

/** Key histories in byte order of their keys: a B-tree of two levels. */
export class KeyIndex {
  #chunks: Chunk[] = []
  /** UTF-16 order, JavaScript's own, differs from byte order only when there are surrogate pairs; most stores never see one. */
  #surrogates = false

  compare(a: string, b: string): number {
    if (this.#surrogates) return compareByBytes(a, b)
    return a < b ? -1 : a > b ? 1 : 0
  }

  insert(history: KeyHistory): void {
    const { key } = history
    if (!this.#surrogates && /[\ud800-\udfff]/.test(key)) this.#surrogates = true
    const live = history.entry ? 1 : 0
    let at = this.#lowerBound(key)
    if (at.chunk === this.#chunks.length) {
      // Beyond the last key: append to the last chunk, as keys that come in order do.
      if (at.chunk === 0) this.#chunks.push({ items: [], live: 0 })
      const chunk = this.#chunks.length - 1
      at = { chunk, offset: this.#chunks[chunk]!.items.length }
    }
    const chunk = this.#chunks[at.chunk]!
    chunk.items.splice(at.offset, 0, history)
    chunk.live += live
    if (chunk.items.length > chunkLimit) this.#split(at.chunk)
  }

  /** To be called when a key begins (+1) or ceases (-1) to exist while its history stays. */
  changeLive(key: string, by: 1 | -1): void {
    this.#chunks[this.#lowerBound(key).chunk]!.live += by
  }

  /** The key's history must be of a key that does not exist now. */
  remove(key: string): void {
    const at = this.#lowerBound(key)
    const chunk = this.#chunks[at.chunk]
    if (chunk?.items[at.offset]?.key !== key) return
    chunk.items.splice(at.offset, 1)
    if (chunk.items.length === 0) this.#chunks.splice(at.chunk, 1)
  }

  /** Visits keys with the prefix that come after `after`, in order, until the visitor answers false. */
  scan(prefix: string, after: string | undefined, visit: (history: KeyHistory) => boolean): void {
    const start = this.#start(prefix, after)
    for (let chunk = start.chunk, offset = start.offset; chunk < this.#chunks.length; chunk++, offset = 0) {
      const { items } = this.#chunks[chunk]!
      for (; offset < items.length; offset++) {
        const history = items[offset]!
        if (!history.key.startsWith(prefix) || !visit(history)) return
      }
    }
  }

  /** How many keys with the prefix exist now after `after`. */
  countLive(prefix: string, after?: string): number {
    const start = this.#start(prefix, after)
    const end = this.#bound((key) => this.compare(key, prefix) < 0 || key.startsWith(prefix))
    let count = 0
    for (let chunk = start.chunk; chunk <= end.chunk && chunk < this.#chunks.length; chunk++) {
      const { items, live } = this.#chunks[chunk]!
      const from = chunk === start.chunk ? start.offset : 0
      const to = chunk === end.chunk ? end.offset : items.length
      if (from === 0 && to === items.length) count += live
      else for (let offset = from; offset < to; offset++) if (items[offset]!.entry) count++
    }
    return count
  }

  #start(prefix: string, after: string | undefined): Position {
    if (after !== undefined && this.compare(after, prefix) >= 0) return this.#bound((key) => this.compare(key, after) <= 0)
    return this.#lowerBound(prefix)
  }

  #lowerBound(key: string): Position {
    return this.#bound((each) => this.compare(each, key) < 0)
  }

  /** The first position whose key is not before; keys that are before must all come first. */
  #bound(isBefore: (key: string) => boolean): Position {
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const { items } = this.#chunks[middle]!
      if (isBefore(items[items.length - 1]!.key)) low = middle + 1
      else high = middle
    }
    const chunk = low
    const items = this.#chunks[chunk]?.items ?? []
    low = 0
    high = items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (isBefore(items[middle]!.key)) low = middle + 1
      else high = middle
    }
    return { chunk, offset: low }
  }

  #split(index: number): void {
    const { items } = this.#chunks[index]!
    const halves = [items.slice(0, items.length >>> 1), items.slice(items.length >>> 1)]
    this.#chunks.splice(index, 1, ...halves.map((half) => ({ items: half, live: half.filter((each) => each.entry).length })))
  }
}

/** The order of the UTF-8 forms. */
export function compareByBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    // A surrogate stands for a code point above every other unit.
    const xHigh = x >= 0xd800 && x <= 0xdfff
    const yHigh = y >= 0xd800 && y <= 0xdfff
    if (xHigh !== yHigh) return xHigh ? 1 : -1
    return x - y
  }
  return a.length - b.length
}
