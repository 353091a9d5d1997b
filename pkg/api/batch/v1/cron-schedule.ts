/** Checks a cron schedule as upstream's parser reads it: five fields, or a descriptor such as "@daily" or "@every 1h". */
const descriptors = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'])
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

interface Bounds {
  readonly low: number
  readonly high: number
  readonly names?: ReadonlyMap<string, number>
}

const fields: readonly Bounds[] = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12, names: new Map(months.map((name, position) => [name, position + 1])) },
  { low: 0, high: 6, names: new Map(days.map((name, position) => [name, position])) },
]

/** What is wrong with the schedule; undefined when nothing is. */
export function scheduleError(schedule: string): string | undefined {
  if (schedule === '') return 'empty spec string'
  if (schedule.startsWith('@')) {
    if (descriptors.has(schedule) || /^@every ([0-9.]+(ns|us|µs|ms|s|m|h))+$/.test(schedule)) return undefined
    const every = /^@every (.*)$/s.exec(schedule)
    if (every) return `failed to parse duration ${schedule}: time: invalid duration ${JSON.stringify(every[1])}`
    return `unrecognized descriptor: ${schedule}`
  }
  const given = schedule.trim().split(/\s+/)
  if (given.length !== fields.length) return `expected exactly 5 fields, found ${given.length}: [${given.join(' ')}]`
  for (const [position, field] of given.entries()) {
    for (const part of field.split(',')) {
      const error = partError(part, fields[position]!)
      if (error) return error
    }
  }
  return undefined
}

function partError(part: string, bounds: Bounds): string | undefined {
  const [range = '', step, ...more] = part.split('/')
  if (more.length > 0) return `too many slashes: ${part}`
  const [from = '', to, ...further] = range.split('-')
  if (further.length > 0) return `too many hyphens: ${part}`
  const isAny = from === '*' || from === '?'
  const start = isAny ? bounds.low : numberOf(from, bounds)
  if (typeof start === 'string') return start
  const end = isAny ? bounds.high : to === undefined ? (step === undefined ? start : bounds.high) : numberOf(to, bounds)
  if (typeof end === 'string') return end
  const every = step === undefined ? 1 : numberOf(step, { low: 0, high: 0 })
  if (typeof every === 'string') return every
  if (start < bounds.low) return `beginning of range (${start}) below minimum (${bounds.low}): ${part}`
  if (end > bounds.high) return `end of range (${end}) above maximum (${bounds.high}): ${part}`
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${part}`
  return every === 0 ? `step of range should be a positive number: ${part}` : undefined
}

function numberOf(text: string, { names }: Bounds): number | string {
  const named = names?.get(text.toLowerCase())
  if (named !== undefined) return named
  if (/^-[0-9]+$/.test(text)) return `negative number (${text}) not allowed: ${text}`
  return /^[0-9]+$/.test(text) ? Number(text) : `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`
}
