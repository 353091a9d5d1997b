/** A duration as Go's time.Duration prints it: "300ms", "5s", "1m0s", "2h0m0.5s". */
export function goDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s'
  if (Math.abs(milliseconds) < 1000) return `${milliseconds}ms`
  const sign = milliseconds < 0 ? '-' : ''
  const total = Math.abs(milliseconds)
  const hours = Math.floor(total / 3_600_000)
  const minutes = Math.floor(total / 60_000) % 60
  const seconds = `${(total % 60_000) / 1000}s`
  return `${sign}${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}`
}
