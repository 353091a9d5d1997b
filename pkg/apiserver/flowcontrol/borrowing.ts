/**
 * How the server's seats are shared: by the levels' shares at first, and every ten seconds anew by what was wanted, each
 * level between what it cannot lend and what it may borrow (KEP-1040, "Dispatching": borrowing).
 */
import type { PriorityLevel } from './level.ts'

/** How slowly a fall in demand is believed (upstream: 0.977 a period of ten seconds). */
const smoothing = 0.977

interface Share {
  readonly lower: number
  readonly upper: number
  readonly target: number
}

const nominal = ({ config: { spec } }: PriorityLevel) => (spec.type === 'Exempt' ? spec.exempt : spec.limited)

/** Limits that the configuration alone decides. */
export function applyShares(levels: readonly PriorityLevel[], serverSeats: number): void {
  const sum = levels.reduce((total, level) => total + (nominal(level)?.nominalConcurrencyShares ?? 0), 0)
  for (const level of levels) {
    const shares = nominal(level)?.nominalConcurrencyShares ?? 0
    const seats = sum === 0 ? 0 : Math.ceil((serverSeats * shares) / sum)
    const lendable = Math.round((seats * (nominal(level)?.lendablePercent ?? 0)) / 100)
    const borrowing = level.config.spec.limited?.borrowingLimitPercent
    const max = borrowing === undefined ? serverSeats : seats + Math.round((seats * borrowing) / 100)
    const min = seats - lendable
    level.limit({
      nominal: seats,
      min,
      max,
      current: Math.max(min, Math.min(level.currentSeats > 1 ? level.currentSeats : seats - Math.floor(lendable / 2), max)),
    })
  }
}

export class Borrowing {
  readonly #smoothed = new Map<string, number>()

  smoothedDemand(name: string): number {
    return this.#smoothed.get(name) ?? 0
  }

  /** Shares the seats anew. */
  adjust(levels: readonly PriorityLevel[], serverSeats: number): void {
    const limited: { level: PriorityLevel; share: Share }[] = []
    let remaining = serverSeats
    for (const level of levels) {
      const { peak, average, deviation } = level.takeDemand()
      const envelope = Math.min(peak, average + deviation)
      const before = this.#smoothed.get(level.name) ?? 0
      const smooth = Math.max(envelope, smoothing * before + (1 - smoothing) * envelope)
      this.#smoothed.set(level.name, smooth)
      if (level.isExempt) {
        remaining = Math.max(0, remaining - Math.max(level.minSeats, Math.round(smooth)))
        level.limit({ nominal: level.nominalSeats, min: level.minSeats, max: level.maxSeats, current: Math.max(level.minSeats, Math.round(smooth)) })
        continue
      }
      const lower = Math.max(Math.min(peak, level.nominalSeats), level.minSeats)
      limited.push({ level, share: { lower, upper: level.maxSeats, target: Math.max(lower, smooth) } })
    }
    const shares = fairShares(
      limited.map(({ share }) => share),
      remaining,
    )
    for (const [at, { level }] of limited.entries())
      level.limit({ nominal: level.nominalSeats, min: level.minSeats, max: level.maxSeats, current: Math.max(1, Math.round(shares[at]!)) })
    for (const name of this.#smoothed.keys()) if (!levels.some((level) => level.name === name)) this.#smoothed.delete(name)
  }
}

/** The same fraction of every target, within each one's bounds, that uses up the sum; the lower bounds when even they are too many. */
export function fairShares(shares: readonly Share[], sum: number): number[] {
  const at = (fraction: number): number[] => shares.map(({ lower, upper, target }) => Math.min(upper, Math.max(lower, target * fraction)))
  const total = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0)
  if (total(at(0)) >= sum) return at(0)
  let low = 0
  let high = 1
  while (total(at(high)) < sum && high < 1e6) high *= 2
  for (let turn = 0; turn < 50; turn++) {
    const middle = (low + high) / 2
    if (total(at(middle)) < sum) low = middle
    else high = middle
  }
  return at(high)
}
