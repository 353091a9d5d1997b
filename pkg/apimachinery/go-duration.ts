/** Go's time.Duration as text: "1h30m0s", "100ms". Nanoseconds as bigint, since int64 does not fit a number. */

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}
const MAX = 1n << 63n

export class InvalidDurationError extends Error {
  override readonly name = 'InvalidDurationError'
}

/** time.ParseDuration: throws with Go's messages. */
export function parseGoDuration(text: string): bigint {
  const invalid = (): InvalidDurationError => new InvalidDurationError(`time: invalid duration ${JSON.stringify(text)}`)
  const sign = /^[-+]/.exec(text)?.[0]
  let rest = sign === undefined ? text : text.slice(1)
  if (rest === '0') return 0n
  if (rest === '') throw invalid()
  let total = 0n
  while (rest !== '') {
    const match = /^([0-9]*)(?:\.([0-9]*))?([^0-9.]*)/.exec(rest)
    const [consumed, whole = '', fraction = '', unit = ''] = match ?? ['']
    if (whole === '' && fraction === '') throw invalid()
    if (unit === '') throw new InvalidDurationError(`time: missing unit in duration ${JSON.stringify(text)}`)
    const scale = Object.hasOwn(units, unit) ? units[unit] : undefined
    if (scale === undefined) throw new InvalidDurationError(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`)
    if (whole.length + fraction.length > 40) throw invalid()
    total += BigInt(whole || '0') * scale + (BigInt(fraction || '0') * scale) / 10n ** BigInt(fraction.length)
    if (total > MAX) throw invalid()
    rest = rest.slice(consumed.length)
  }
  if (sign === '-') return -total
  if (total === MAX) throw invalid()
  return total
}

/** time.Duration's String(). */
export function formatGoDuration(nanoseconds: bigint): string {
  if (nanoseconds === 0n) return '0s'
  const sign = nanoseconds < 0n ? '-' : ''
  const total = nanoseconds < 0n ? -nanoseconds : nanoseconds
  if (total < 1_000n) return `${sign}${total}ns`
  if (total < 1_000_000n) return `${sign}${withFraction(total, 3)}µs`
  if (total < 1_000_000_000n) return `${sign}${withFraction(total, 6)}ms`
  const hours = total / units.h!
  const minutes = (total / units.m!) % 60n
  const seconds = `${withFraction(total % units.m!, 9)}s`
  if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`
  return minutes > 0n ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`
}

function withFraction(value: bigint, digits: number): string {
  const unit = 10n ** BigInt(digits)
  const fraction = (value % unit).toString().padStart(digits, '0').replace(/0+$/, '')
  return fraction === '' ? `${value / unit}` : `${value / unit}.${fraction}`
}

/** Milliseconds, for timers; throws as parseGoDuration does. */
export function durationMs(text: string): number {
  return Number(parseGoDuration(text)) / 1e6
}
