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

/** A zone's own letters are known only to the locale of its region. */
const localesOfAbbreviations = ['en-GB', 'en-AU', 'en-NZ', 'en-ZA', 'en-IN', 'ja', 'id']

/** Where no locale knows what the zone database says: without and with summer time; a dash stands for the offset. */
const abbreviations: Readonly<Record<string, readonly string[]>> = {
  '- -':
    'America/Miquelon America/Scoresbysund Antarctica/Casey Antarctica/Troll Asia/Colombo Asia/Dubai Asia/Muscat Australia/Eucla Australia/Lord_Howe Pacific/Chatham'.split(
      ' ',
    ),
  'CST CDT': ['America/Havana', 'Cuba', 'Asia/Macau', 'Asia/Shanghai', 'Asia/Taipei', 'PRC'],
  'ChST -': ['Pacific/Guam', 'Pacific/Saipan'],
  'GMT BST': ['Europe/Guernsey', 'Europe/Isle_of_Man', 'Europe/Jersey', 'GMT'],
  'GMT IST': ['Europe/Dublin'],
  'HKT HKST': ['Asia/Hong_Kong'],
  'HST HDT': ['America/Adak'],
  'IST IDT': ['Asia/Jerusalem', 'Israel'],
  'KST KDT': ['Asia/Pyongyang', 'Asia/Seoul', 'ROK'],
  'MET MEST': ['MET'],
  'MSK MSD': ['Europe/Kirov', 'Europe/Moscow', 'Europe/Simferopol', 'Europe/Volgograd'],
  'MST MDT': ['America/Dawson', 'America/Hermosillo', 'America/Mazatlan', 'America/Whitehorse'],
  'PKT PKST': ['Asia/Karachi'],
  'PST PDT': ['Asia/Manila'],
  'SST -': ['Pacific/Midway', 'Pacific/Pago_Pago'],
}

function abbreviationOf(zone: string, american: string, isSummer: () => boolean, milliseconds: number): string {
  const known = Object.keys(abbreviations).find((names) => abbreviations[names]!.includes(zone))
  if (known) return known.split(' ')[isSummer() ? 1 : 0]!.replace('-', '')
  const isAbbreviation = (text: string): boolean => /^[A-Z]{3,5}$/.test(text)
  if (isAbbreviation(american)) return american
  for (const locale of localesOfAbbreviations) {
    const parts = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' }).formatToParts(milliseconds)
    const name = parts.find(({ type }) => type === 'timeZoneName')!.value
    if (isAbbreviation(name)) return name
  }
  return ''
}

export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

export function offsetAt(zone: string, milliseconds: number): ZoneOffset {
  const named = zone === 'Local' ? localZone() : zone
  if (named === 'UTC' || named === '') return { name: 'UTC', seconds: 0 }
  // Of dates that name no zone, as BurntSushi/toml calls theirs.
  if (/^(?:date|datetime|time)-local$/.test(named)) return { name: named, seconds: offsetAt('Local', Date.now()).seconds }
  const fixed = /^([+-])([0-9]{2}):?([0-9]{2})$/.exec(named)
  if (fixed) return { name: '', seconds: (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 3600 + Number(fixed[3]) * 60) }
  const { seconds, name } = read(named, milliseconds)
  const year = new Date(milliseconds).getUTCFullYear()
  const isSummer = (): boolean => [0, 6].some((month) => read(named, Date.UTC(year, month, 1)).seconds < seconds)
  return { name: abbreviationOf(named, name, isSummer, milliseconds), seconds }
}

function read(zone: string, milliseconds: number): ZoneOffset {
  const parts = Object.fromEntries(
    formatter(zone)
      .formatToParts(milliseconds)
      .map(({ type, value }) => [type, value]),
  )
  const wall = Date.UTC(Number(parts.year), Number(parts.month) - 1, Number(parts.day), Number(parts.hour), Number(parts.minute), Number(parts.second))
  return { name: parts.timeZoneName!, seconds: Math.round((wall - Math.floor(milliseconds / 1000) * 1000) / 1000) }
}
