/** A queue with cheap shift and access by position; its room is given back as it drains. */
export class Fifo<T> {
  #items: (T | undefined)[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  at(position: number): T | undefined {
    return this.#items[this.#head + position]
  }

  shift(): void {
    if (this.#head === this.#items.length) return
    this.#items[this.#head++] = undefined
    // Moving at half keeps the cost of a shift constant on average.
    if (this.#head >= 64 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
  }

  slice(from: number): T[] {
    return this.#items.slice(this.#head + from) as T[]
  }
}
