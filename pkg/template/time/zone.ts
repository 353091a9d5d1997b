/** Time zones: how far a zone is from UTC at a moment, and what it is called then. */

export interface ZoneOffset {
  readonly name: string
  readonly seconds: number
}

const formatters = new Map<string, Intl.DateTimeFormat>()

/** False for a zone that this system does not know. */
export function isKnownZone(zone: string): boolean {
  if (zone === 'Local' || zone === 'UTC' || zone === '') return true
  try {
    return formatter(zone) !== undefined
  } catch {
    return false
  }
}

function formatter(zone: string): Intl.DateTimeFormat {
  let made = formatters.get(zone)
  if (!made) {
    if (!/^[A-Z]/.test(zone)) throw new RangeError(`unknown time zone ${zone}`)
    made = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      timeZoneName: 'short',
    })
    formatters.set(zone, made)
  }
  return made
}

export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

export function offsetAt(zone: string, milliseconds: number): ZoneOffset {
  const named = zone === 'Local' ? localZone() : zone
  if (named === 'UTC' || named === '') return { name: 'UTC', seconds: 0 }
  // Of dates that name no zone, as BurntSushi/toml calls theirs.
  if (/^(?:date|datetime|time)-local$/.test(named)) return { name: named, seconds: offsetAt('Local', Date.now()).seconds }
  const fixed = /^([+-])([0-9]{2}):?([0-9]{2})$/.exec(named)
  if (fixed) return { name: '', seconds: (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 3600 + Number(fixed[3]) * 60) }
  const parts = Object.fromEntries(
    formatter(named)
      .formatToParts(milliseconds)
      .map(({ type, value }) => [type, value]),
  )
  const wall = Date.UTC(Number(parts.year), Number(parts.month) - 1, Number(parts.day), Number(parts.hour), Number(parts.minute), Number(parts.second))
  return {
    name: /^[A-Z]{2,5}$/.test(parts.timeZoneName!) ? parts.timeZoneName! : '',
    seconds: Math.round((wall - Math.floor(milliseconds / 1000) * 1000) / 1000),
  }
}
