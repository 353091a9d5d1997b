/** Go's layouts for times: the reference moment Mon Jan 2 15:04:05 MST 2006, written as one wishes. */
import { quote } from '../print/quote.ts'
import { offsetAt } from './zone.ts'

/** A moment, in nanoseconds since 1970, and the zone it is shown in. */
export interface Moment {
  readonly nanoseconds: bigint
  readonly zone: string
}

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const pieces =
  /January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|02|01|002|03|04|05|06|__2|_2006|_2|15|-07:00:00|-07:00|-070000|-0700|-07|Z07:00:00|Z07:00|Z070000|Z0700|Z07|PM|pm|[.,](?:0+|9+)(?![0-9])|1|2|3|4|5/y

export const floorDivide = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b
export const millisecondsOf = (moment: Moment): number => Number(floorDivide(moment.nanoseconds, 1_000_000n))

interface Wall {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly weekday: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly nanosecond: number
  readonly yearDay: number
  readonly zoneName: string
  readonly offset: number
}

export function wallOf(moment: Moment): Wall {
  const milliseconds = millisecondsOf(moment)
  const { name, seconds } = offsetAt(moment.zone, milliseconds)
  const shifted = new Date(milliseconds + seconds * 1000)
  const year = shifted.getUTCFullYear()
  return {
    year,
    month: shifted.getUTCMonth(),
    day: shifted.getUTCDate(),
    weekday: shifted.getUTCDay(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    second: shifted.getUTCSeconds(),
    nanosecond: Number(((moment.nanoseconds % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n),
    yearDay: Math.floor((Date.UTC(year, shifted.getUTCMonth(), shifted.getUTCDate()) - Date.UTC(year, 0, 1)) / 86_400_000) + 1,
    zoneName: name,
    offset: seconds,
  }
}

const two = (value: number): string => String(value).padStart(2, '0')

function zoneText(offset: number, form: string): string {
  if (form.startsWith('Z') && offset === 0) return 'Z'
  const magnitude = Math.abs(offset)
  const [hours, minutes, seconds] = [Math.floor(magnitude / 3600), Math.floor(magnitude / 60) % 60, magnitude % 60]
  const sign = offset < 0 ? '-' : '+'
  const body = form.slice(1)
  const colon = body.includes(':') ? ':' : ''
  const count = body.replaceAll(':', '').length / 2
  return sign + [two(hours), two(minutes), two(seconds)].slice(0, count).join(colon)
}

function pieceText(piece: string, wall: Wall): string {
  switch (piece) {
    case '2006':
      return String(wall.year).padStart(4, '0')
    case '_2006':
      return `_${String(wall.year).padStart(4, '0')}`
    case '06':
      return two(wall.year % 100)
    case 'January':
      return months[wall.month]!
    case 'Jan':
      return months[wall.month]!.slice(0, 3)
    case '01':
      return two(wall.month + 1)
    case '1':
      return String(wall.month + 1)
    case 'Monday':
      return days[wall.weekday]!
    case 'Mon':
      return days[wall.weekday]!.slice(0, 3)
    case '02':
      return two(wall.day)
    case '_2':
      return String(wall.day).padStart(2)
    case '2':
      return String(wall.day)
    case '002':
      return String(wall.yearDay).padStart(3, '0')
    case '__2':
      return String(wall.yearDay).padStart(3)
    case '15':
      return two(wall.hour)
    case '03':
      return two(wall.hour % 12 || 12)
    case '3':
      return String(wall.hour % 12 || 12)
    case '04':
      return two(wall.minute)
    case '4':
      return String(wall.minute)
    case '05':
      return two(wall.second)
    case '5':
      return String(wall.second)
    case 'PM':
      return wall.hour >= 12 ? 'PM' : 'AM'
    case 'pm':
      return wall.hour >= 12 ? 'pm' : 'am'
    case 'MST':
      return wall.zoneName === '' ? zoneText(wall.offset, wall.offset % 3600 === 0 ? '-07' : '-0700') : wall.zoneName
  }
  if (piece.startsWith('.') || piece.startsWith(',')) {
    const digits = String(wall.nanosecond)
      .padStart(9, '0')
      .slice(0, piece.length - 1)
    if (piece[1] === '0') return piece[0] + digits.padEnd(piece.length - 1, '0')
    const trimmed = digits.replace(/0+$/, '')
    return trimmed === '' ? '' : piece[0] + trimmed
  }
  return zoneText(wall.offset, piece)
}

/** The layout as its pieces; text in between stands for itself. */
function* cut(layout: string): Generator<{ readonly piece?: string; readonly text?: string }> {
  let text = ''
  for (let at = 0; at < layout.length; ) {
    pieces.lastIndex = at
    let piece = pieces.exec(layout)?.[0]
    // "_2006" is an underscore and the year; fractions belong to seconds only when no digit follows.
    if (piece === '01' && layout.startsWith('002', at)) piece = '002'
    if (piece === undefined) {
      text += layout[at++]
      continue
    }
    if (text !== '') yield { text }
    text = ''
    yield { piece }
    at += piece.length
  }
  if (text !== '') yield { text }
}

export function formatMoment(moment: Moment, layout: string): string {
  const wall = wallOf(moment)
  let out = ''
  for (const { piece, text } of cut(layout)) out += piece === undefined ? text : pieceText(piece, wall)
  return out
}

const patterns: Readonly<Record<string, string>> = {
  2006: '[0-9]{4}',
  // Go reads it by a function that takes signs.
  '06': '[0-9]{2}|[-+][0-9]',
  January: '[A-Za-z]+',
  Jan: '[A-Za-z]{3}',
  '01': '[0-9]{2}',
  1: '[0-9]{1,2}',
  Monday: '[A-Za-z]+',
  Mon: '[A-Za-z]{3}',
  '02': '[0-9]{2}',
  _2: ' ?[0-9]{1,2}',
  2: '[0-9]{1,2}',
  '002': '[0-9]{3}',
  __2: ' *[0-9]{1,3}',
  15: '[0-9]{1,2}',
  '03': '[0-9]{2}',
  3: '[0-9]{1,2}',
  '04': '[0-9]{2}',
  4: '[0-9]{1,2}',
  '05': '[0-9]{2}',
  5: '[0-9]{1,2}',
  PM: '[AP]M',
  pm: '[ap]m',
  MST: '[A-Z]{3,5}|[+-][0-9]{2,4}',
  _2006: '_[0-9]{4}',
}

/** time.ParseInLocation. Throws with Go's message. */
export function parseMoment(layout: string, given: string, zone: string): Moment {
  const parts = {
    year: 0,
    month: 0,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0n,
    afternoon: undefined as boolean | undefined,
    offset: undefined as number | undefined,
    zoneName: '',
  }
  let rest = given
  const fail = (piece: string, message = ''): never => {
    throw new Error(
      message === ''
        ? `parsing time ${quote(given)} as ${quote(layout)}: cannot parse ${quote(rest)} as ${quote(piece)}`
        : `parsing time ${quote(given)}${message}`,
    )
  }
  for (const { piece, text } of cut(layout)) {
    if (piece === undefined) {
      if (!rest.startsWith(text!)) fail(text!)
      rest = rest.slice(text!.length)
      continue
    }
    const isFraction = /^[.,]/.test(piece)
    const isZone = /^[Z-]0/.test(piece)
    const zonePattern = `${piece.startsWith('Z') ? 'Z|' : ''}[+-]${piece.slice(1).replaceAll(/07|00/g, '[0-9]{2}')}`
    const pattern = isFraction ? (piece[1] === '0' ? `[.,][0-9]{${piece.length - 1}}` : '(?:[.,][0-9]+)?') : isZone ? zonePattern : patterns[piece]!
    const found = new RegExp(`^(?:${pattern})`).exec(rest)?.[0]
    if (found === undefined) return fail(piece)
    const number = Number(found.trim())
    const before = rest
    rest = rest.slice(found.length)
    switch (piece) {
      case '2006':
        parts.year = number
        break
      case '06':
        parts.year = number >= 69 ? 1900 + number : 2000 + number
        break
      case 'January':
      case 'Jan': {
        const index = months.findIndex((month) => (piece === 'Jan' ? month.slice(0, 3) : month).toLowerCase() === found.toLowerCase())
        if (index < 0) {
          rest = before
          fail(piece)
        }
        parts.month = index
        break
      }
      case '01':
      case '1':
        if (number < 1 || number > 12) fail(piece, ': month out of range')
        parts.month = number - 1
        break
      case '02':
      case '2':
      case '_2':
        parts.day = number
        break
      case '15':
      case '03':
      case '3':
        if (number > (piece === '15' ? 23 : 12)) fail(piece, ': hour out of range')
        parts.hour = number
        break
      case '04':
      case '4':
        if (number > 59) fail(piece, ': minute out of range')
        parts.minute = number
        break
      case '05':
      case '5': {
        if (number > 59) fail(piece, ': second out of range')
        parts.second = number
        // A fraction may follow in the value that the layout does not have.
        const fraction = /^[.,]([0-9]+)/.exec(rest)
        if (fraction && !/0?5[.,][09]/.test(layout)) {
          parts.nanosecond = BigInt(fraction[1]!.slice(0, 9).padEnd(9, '0'))
          rest = rest.slice(fraction[0].length)
        }
        break
      }
      case 'PM':
      case 'pm':
        parts.afternoon = found.toUpperCase() === 'PM'
        break
      case 'MST':
        parts.zoneName = found
        break
      default:
        if (isFraction && found !== '') parts.nanosecond = BigInt(found.slice(1, 10).padEnd(9, '0'))
        if (isZone) {
          const digits = found.replaceAll(/[^0-9]/g, '')
          parts.offset = found === 'Z' ? 0 : (found.startsWith('-') ? -1 : 1) * (Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4) || 0) * 60)
        }
    }
  }
  if (rest !== '') fail('', `: extra text: ${quote(rest)}`)
  if (parts.afternoon === true && parts.hour < 12) parts.hour += 12
  if (parts.afternoon === false && parts.hour === 12) parts.hour = 0
  const wall = new Date(0)
  wall.setUTCFullYear(parts.year, parts.month, parts.day)
  if (parts.day < 1 || wall.getUTCMonth() !== parts.month) fail('', ': day out of range')
  wall.setUTCHours(parts.hour, parts.minute, parts.second)
  const milliseconds = wall.getTime()
  let shown = zone
  let offset = parts.offset
  if (offset !== undefined) shown = offset === offsetAt(zone, milliseconds - offset * 1000).seconds ? zone : offset === 0 ? 'UTC' : zoneText(offset, '-07:00')
  else if (parts.zoneName === 'UTC') [offset, shown] = [0, 'UTC']
  offset ??= offsetAt(zone, milliseconds - offsetAt(zone, milliseconds).seconds * 1000).seconds
  return { nanoseconds: BigInt(milliseconds - offset * 1000) * 1_000_000n + parts.nanosecond, zone: shown }
}
