/**
 * Durations in the words of tables (k8s.io/apimachinery/pkg/util/duration): "5d", "3h12m", "<unknown>".
 */
const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** At most two units, with the precision that a reader needs: "119s", "2m3s", "10m", "3h5m", "2d3h", "8d", "2y10d", "9y". */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / second)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 60 * 2) return `${seconds}s`
  const minutes = Math.trunc(durationMs / minute)
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's')
  if (minutes < 60 * 3) return `${minutes}m`
  const hours = Math.trunc(durationMs / hour)
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  const days = Math.trunc(durationMs / day)
  if (hours < 24 * 8) return pair(days, 'd', hours % 24, 'h')
  if (hours < 24 * 365 * 2) return `${days}d`
  const years = Math.trunc(days / 365)
  if (hours < 24 * 365 * 8) return pair(years, 'y', days % 365, 'd')
  return `${years}y`
}

/** One unit, rounded down: "59s", "59m", "23h", "364d", "2y". */
export function shortHumanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / second)
  if (seconds < -1) return '<invalid>'
  if (seconds < 0) return '0s'
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.trunc(durationMs / minute)
  if (minutes < 60) return `${minutes}m`
  const hours = Math.trunc(durationMs / hour)
  if (hours < 24) return `${hours}h`
  if (hours < 24 * 365) return `${Math.trunc(hours / 24)}d`
  return `${Math.trunc(hours / 24 / 365)}y`
}

/** How long ago a timestamp was; "<unknown>" when there is none. */
export function ageOf(timestamp: string | undefined | null, now: number): string {
  if (!timestamp) return '<unknown>'
  return humanDuration(now - Date.parse(timestamp))
}

/** How long until a timestamp. */
export function untilTime(timestamp: string | undefined | null, now: number): string {
  if (!timestamp) return '<unknown>'
  return humanDuration(Date.parse(timestamp) - now)
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`
}
