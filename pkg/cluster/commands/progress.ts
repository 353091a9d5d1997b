/** Says what is done and how long it took: a line a step. */
export class Progress {
  readonly #print: (text: string) => void
  readonly #startMs = Date.now()
  #lastMs = Date.now()

  constructor(print: (text: string) => void) {
    this.#print = print
  }

  /** Something that takes long begins. */
  note(text: string): void {
    this.#print(`  … ${text}\n`)
  }

  done(step: string): void {
    const now = Date.now()
    this.#print(`  ✓ ${step.padEnd(14)} ${((now - this.#lastMs) / 1000).toFixed(1)} s\n`)
    this.#lastMs = now
  }

  seconds(): string {
    return `${((Date.now() - this.#startMs) / 1000).toFixed(1)} s`
  }
}
