/** Deals a flow its hand of queues: the same each time, and for two flows seldom the same (upstream: shufflesharding). */
import { createHash } from 'node:crypto'

const maxKnown = 4096

export class Dealer {
  readonly #deckSize: number
  readonly #handSize: number
  /** By schema, then by distinguisher: joining the two names would cost more than finding the hand. */
  readonly #known = new Map<string, Map<string, readonly number[]>>()

  constructor(deckSize: number, handSize: number) {
    this.#deckSize = deckSize
    this.#handSize = Math.min(handSize, deckSize)
  }

  hand(schemaName: string, distinguisher: string): readonly number[] {
    let ofSchema = this.#known.get(schemaName)
    if (!ofSchema) {
      ofSchema = new Map()
      this.#known.set(schemaName, ofSchema)
    }
    let hand = ofSchema.get(distinguisher)
    if (!hand) {
      hand = this.#deal(createHash('sha256').update(`${schemaName}\n${distinguisher}`).digest().readBigUInt64LE())
      if (ofSchema.size >= maxKnown) ofSchema.delete(ofSchema.keys().next().value!)
      ofSchema.set(distinguisher, hand)
    }
    return hand
  }

  #deal(entropy: bigint): number[] {
    const dealt: number[] = []
    let rest = entropy
    for (let at = 0; at < this.#handSize; at++) {
      const remaining = BigInt(this.#deckSize - at)
      let card = Number(rest % remaining)
      rest /= remaining
      // The n-th card of those that are left: every smaller one that was dealt moves it up.
      for (const earlier of [...dealt].sort((a, b) => a - b)) if (earlier <= card) card++
      dealt.push(card)
    }
    return dealt
  }
}
