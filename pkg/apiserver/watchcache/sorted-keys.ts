/**
 * Keys in their order, in blocks: one comes or goes for the price of a block. In one array of 100,000 Events each new one moved half of
 * it, which cost more than all else about it.
 */

/** Blocks of more are cut in two. */
const maxBlock = 512

export class SortedKeys {
  /** None is empty. */
  #blocks: string[][] = []

  /** All at once, in order. */
  load(keys: readonly string[]): void {
    this.#blocks = []
    for (let at = 0; at < keys.length; at += maxBlock / 2) this.#blocks.push(keys.slice(at, at + maxBlock / 2))
  }

  /** The key must not be there yet. */
  add(key: string): void {
    // Beyond all others, as keys that come in order are: at the end of the last block.
    const index = Math.min(this.#blockOf(key), this.#blocks.length - 1)
    const block = this.#blocks[index]
    if (!block) {
      this.#blocks.push([key])
      return
    }
    block.splice(lowerBound(block, key), 0, key)
    if (block.length > maxBlock) this.#blocks.splice(index + 1, 0, block.splice(block.length >>> 1))
  }

  remove(key: string): void {
    const index = this.#blockOf(key)
    const block = this.#blocks[index]
    if (!block) return
    const at = lowerBound(block, key)
    if (block[at] !== key) return
    block.splice(at, 1)
    if (block.length === 0) this.#blocks.splice(index, 1)
  }

  /** Those from `key` on, in order; without it itself where `after`. To be read before anything changes. */
  *from(key: string, after = false): Generator<string> {
    for (let index = this.#blockOf(key), start = true; index < this.#blocks.length; index++, start = false) {
      const block = this.#blocks[index]!
      let at = start ? lowerBound(block, key) : 0
      if (start && after && block[at] === key) at++
      for (; at < block.length; at++) yield block[at]!
    }
  }

  /** How many come before `key`. */
  rank(key: string): number {
    const last = this.#blockOf(key)
    let count = 0
    for (let index = 0; index < last; index++) count += this.#blocks[index]!.length
    const block = this.#blocks[last]
    return block ? count + lowerBound(block, key) : count
  }

  has(key: string): boolean {
    const block = this.#blocks[this.#blockOf(key)]
    return block !== undefined && block[lowerBound(block, key)] === key
  }

  /** The first block whose last key is not before `key`. */
  #blockOf(key: string): number {
    let low = 0
    let high = this.#blocks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#blocks[middle]!.at(-1)! < key) low = middle + 1
      else high = middle
    }
    return low
  }
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (keys[middle]! < key) low = middle + 1
    else high = middle
  }
  return low
}
