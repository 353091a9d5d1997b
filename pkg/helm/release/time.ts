/** Times as Go writes them: RFC 3339 in storage, time.ANSIC and Time.String for people; the offset of the text is kept. */

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (value: number): string => String(value).padStart(2, '0')

/** Now, in the zone of this process. */
export function nowText(now = new Date()): string {
  const offset = -now.getTimezoneOffset()
  const local = new Date(now.getTime() + offset * 60_000).toISOString().slice(0, -1)
  const fraction = local.replace(/\.?0+$/, '').includes('.') ? local.replace(/0+$/, '') : local.slice(0, 19)
  const zone = offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`
  return fraction + zone
}

interface Parts {
  /** The wall clock of the text, as if it were of UTC. */
  readonly wall: Date
  readonly fraction: string
  readonly zone: string
}

function partsOf(text: string): Parts {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text)
  if (!match) return { wall: new Date(Number.NaN), fraction: '', zone: 'Z' }
  return { wall: new Date(`${match[1]}Z`), fraction: match[2] ?? '', zone: match[3]! }
}

/** "Mon Jan  2 15:04:05 2006"; the zero time for none. */
export function ansicTime(text: string): string {
  const { wall } = partsOf(text || '0001-01-01T00:00:00Z')
  const clock = [wall.getUTCHours(), wall.getUTCMinutes(), wall.getUTCSeconds()].map(two).join(':')
  const year = String(wall.getUTCFullYear()).padStart(4, '0')
  return `${days[wall.getUTCDay()]} ${months[wall.getUTCMonth()]} ${String(wall.getUTCDate()).padStart(2)} ${clock} ${year}`
}

/** "2006-01-02 15:04:05.999999999 -0700 MST". */
export function plainTime(text: string): string {
  const { wall, fraction, zone } = partsOf(text)
  const trimmed = fraction.replace(/0+$/, '')
  const numeric = zone === 'Z' ? '+0000' : zone.replace(':', '')
  return `${wall.toISOString().slice(0, 19).replace('T', ' ')}${trimmed ? `.${trimmed}` : ''} ${numeric} ${zone === 'Z' ? 'UTC' : numeric}`
}

/** Without a fraction: time.RFC3339. */
export const wholeSeconds = (text: string): string => text.replace(/\.\d+/, '')

export const epochMs = (text: string): number => (text === '' ? 0 : Date.parse(text.replace(/\.(\d{3})\d*/, '.$1')))
