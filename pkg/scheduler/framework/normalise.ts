/** Raw scores to 0 to 100 by the greatest (upstream's DefaultNormalizeScore). */
export function normalise(into: Float64Array, length: number, reverse: boolean): void {
  let max = 0
  for (let i = 0; i < length; i++) if (into[i]! > max) max = into[i]!
  for (let i = 0; i < length; i++) {
    const score = max === 0 ? 0 : Math.floor((100 * into[i]!) / max)
    into[i] = reverse ? 100 - score : score
  }
}
