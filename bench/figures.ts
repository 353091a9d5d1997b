/** Numbers out of many measurements. */

export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('nothing was measured')
  const sorted = [...values].sort((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)]!
  return below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at))
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** "2.31 s (2.18 to 2.60)". */
export function inSeconds(milliseconds: readonly number[]): string {
  const [low, middle, high] = [0, 0.5, 1].map((share) => (quantile(milliseconds, share) / 1000).toFixed(2))
  return `${middle} s (${low} to ${high})`
}

/** "312 ms (290 to 360)". */
export function inMilliseconds(milliseconds: readonly number[]): string {
  const [low, middle, high] = [0, 0.5, 1].map((share) => {
    const value = quantile(milliseconds, share)
    return value.toFixed(value < 10 ? 2 : 0)
  })
  return `${middle} ms (${low} to ${high})`
}

/** How long `work` takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
