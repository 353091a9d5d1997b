/** metav1.Time and metav1.MicroTime: RFC 3339 in, UTC at fixed precision out. */
import { DecodeError } from './errors.ts'

const RFC3339 = '2006-01-02T15:04:05Z07:00'
/** The layout of a MicroTime, which wants six digits of a second, no more and no less. */
const RFC3339_MICRO = '2006-01-02T15:04:05.000000Z07:00'
const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/

type Element = readonly [name: string, pattern: RegExp]

/** Layout elements of RFC 3339 as Go walks them, each with what it must match. */
const elements: readonly Element[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d\d/],
  ['-', /^-/],
  ['02', /^\d\d/],
  ['T', /^T/],
  ['15', /^\d\d?/],
  [':', /^:/],
  ['04', /^\d\d/],
  [':', /^:/],
  ['05', /^\d\d(?:[.,]\d+)?/],
  ['Z07:00', /^(?:Z|[+-]\d\d:\d\d)/],
]
const microElements = elements.flatMap<Element>((each) =>
  each[0] === '05'
    ? [
        ['05', /^\d\d/],
        ['.000000', /^[.,]\d{6}/],
      ]
    : [each],
)

function parseError(text: string, layout = RFC3339): DecodeError {
  const quoted = JSON.stringify(text)
  const head = `parsing time ${quoted}`
  let rest = text
  for (const [name, pattern] of layout === RFC3339 ? elements : microElements) {
    const match = pattern.exec(rest)
    if (match === null) return new DecodeError(`${head} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${name}"`)
    rest = rest.slice(match[0].length)
  }
  if (rest !== '') return new DecodeError(`${head}: extra text: ${JSON.stringify(rest)}`)
  const [, , month, day, hour, minute] = form.exec(text) ?? []
  if (Number(month) < 1 || Number(month) > 12) return new DecodeError(`${head}: month out of range`)
  if (Number(hour) > 23) return new DecodeError(`${head}: hour out of range`)
  if (Number(minute) > 59) return new DecodeError(`${head}: minute out of range`)
  return new DecodeError(`${head}: ${Number(day) > 0 ? 'day' : 'second'} out of range`)
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function isCalendarDate(year: number, month: number, day: number): boolean {
  const leap = month === 2 && ((year % 4 === 0 && year % 100 !== 0) || year % 400 === 0) ? 1 : 0
  return month >= 1 && month <= 12 && day >= 1 && day <= monthDays[month - 1]! + leap
}

/** Seconds since the epoch and nanoseconds; throws Go's parse error. */
export function parseTime(text: string, layout = RFC3339): { seconds: number; nanos: number } {
  const match = form.exec(text)
  if (match === null) throw parseError(text, layout)
  const [, year, month, day, hour, minute, second, fraction, zone] = match
  if (layout === RFC3339_MICRO && fraction?.length !== 6) throw parseError(text, layout)
  if (!isCalendarDate(Number(year), Number(month), Number(day)) || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    throw parseError(text, layout)
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  date.setUTCHours(Number(hour), Number(minute), Number(second))
  let seconds = date.getTime() / 1000
  if (zone !== 'Z') {
    const offset = Number(zone!.slice(1, 3)) * 3600 + Number(zone!.slice(4, 6)) * 60
    seconds -= zone![0] === '-' ? -offset : offset
  }
  return { seconds, nanos: fraction === undefined ? 0 : Number(fraction.slice(0, 9).padEnd(9, '0')) }
}

/** Go's zero time, which is written as null. */
const ZERO_SECONDS = -62135596800

export function isZeroTime(seconds: number, nanos: number): boolean {
  return seconds === ZERO_SECONDS && nanos === 0
}

/** What RFC 3339 can write: years 0 to 9999. */
const MIN_SECONDS = -62167219200
const MAX_SECONDS = 253402300799

/** The newest: nearly all that is written in a second is of that second. */
let newest = { seconds: 0, text: '1970-01-01T00:00:00' }

function isoSeconds(seconds: number): string {
  if (seconds === newest.seconds) return newest.text
  if (!(seconds >= MIN_SECONDS && seconds <= MAX_SECONDS)) throw new DecodeError('Time.MarshalJSON: year outside of range [0,9999]')
  newest = { seconds, text: new Date(seconds * 1000).toISOString().slice(0, 19) }
  return newest.text
}

export function formatTime(seconds: number): string {
  return `${isoSeconds(seconds)}Z`
}

export function formatMicroTime(seconds: number, nanos: number): string {
  return `${isoSeconds(seconds)}.${String(Math.trunc(nanos / 1000)).padStart(6, '0')}Z`
}

/** The text a server keeps of a Time; undefined for the zero time. */
export function canonicalTime(text: string): string | undefined {
  const { seconds, nanos } = parseTime(text)
  if (isZeroTime(seconds, nanos)) return undefined
  return text.length === 20 && text.endsWith('Z') ? text : formatTime(seconds)
}

export function canonicalMicroTime(text: string): string | undefined {
  const { seconds, nanos } = parseTime(text, RFC3339_MICRO)
  return isZeroTime(seconds, nanos) ? undefined : formatMicroTime(seconds, nanos)
}
