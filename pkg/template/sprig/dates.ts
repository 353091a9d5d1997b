/** Sprig's dates. */
import { formatGoDuration, parseGoDuration } from '#apimachinery/go-duration.ts'
import { goFunction } from '../exec/signature.ts'
import type { GoFunction, Value } from '../types.ts'
import { asBigInt, Integer } from '../values.ts'
import { formatMoment, type Moment, parseMoment } from '../time/layout.ts'
import { TimeObject, zeroTime } from '../time/time-object.ts'
import { isKnownZone } from '../time/zone.ts'

const second = 1_000_000_000n

function durationOf(text: string): bigint | undefined {
  try {
    return parseGoDuration(text)
  } catch {
    return undefined
  }
}

/** `now` is the clock: it gives nanoseconds since 1970. */
export function dateFunctions(now: () => bigint): Readonly<Record<string, GoFunction>> {
  const momentOf = (value: Value): Moment => {
    if (value instanceof TimeObject) return value.moment
    const isInt = typeof value === 'bigint' || (value instanceof Integer && (value.type === 'int64' || value.type === 'int32'))
    return { nanoseconds: isInt ? asBigInt(value)! * second : now(), zone: 'Local' }
  }
  const inZone = (layout: string, date: Value, zone: string): string =>
    formatMoment({ ...momentOf(date), zone: isKnownZone(zone) ? zone || 'UTC' : 'UTC' }, layout)
  const modify = (text: string, date: TimeObject): Value => {
    const duration = durationOf(text)
    return duration === undefined ? date : date.add(duration)
  }
  const mustModify = (text: string, date: TimeObject): Value => date.add(parseGoDuration(text))
  const roundUnits: readonly (readonly [bigint, string])[] = [
    [365n * 86_400n, 'y'],
    [30n * 86_400n, 'mo'],
    [86_400n, 'd'],
    [3600n, 'h'],
    [60n, 'm'],
    [1n, 's'],
  ]
  const durationRound = (value: Value): string => {
    let duration = 0n
    if (typeof value === 'string') duration = durationOf(value) ?? 0n
    else if (value instanceof Integer && value.type === 'int64') duration = value.value
    else if (value instanceof TimeObject) duration = now() - value.moment.nanoseconds
    const magnitude = duration < 0n ? -duration : duration
    const unit = roundUnits.find(([seconds]) => magnitude > seconds * second)
    return unit ? `${magnitude / (unit[0] * second)}${unit[1]}` : '0s'
  }
  const ago = (value: Value): string => {
    const elapsed = now() - (value instanceof TimeObject || typeof value === 'bigint' || value instanceof Integer ? momentOf(value).nanoseconds : now())
    const half = elapsed < 0n ? -second / 2n : second / 2n
    return formatGoDuration(((elapsed + half) / second) * second)
  }
  const duration = (value: Value): string => {
    if (typeof value === 'string') return formatGoDuration((/^[+-]?[0-9]+$/.test(value) ? BigInt(value.replace(/^\+/, '')) : 0n) * second)
    return formatGoDuration((value instanceof Integer && value.type === 'int64' ? value.value : 0n) * second)
  }
  return {
    now: goFunction('', () => new TimeObject({ nanoseconds: now(), zone: 'Local' })),
    ago: goFunction('any', ago),
    date: goFunction('string, any', (layout: string, date: Value) => inZone(layout, date, 'Local')),
    date_in_zone: goFunction('string, any, string', inZone),
    dateInZone: goFunction('string, any, string', inZone),
    date_modify: goFunction('string, time.Time', modify),
    dateModify: goFunction('string, time.Time', modify),
    must_date_modify: goFunction('string, time.Time', mustModify),
    mustDateModify: goFunction('string, time.Time', mustModify),
    duration: goFunction('any', duration),
    durationRound: goFunction('any', durationRound),
    htmlDate: goFunction('any', (date: Value) => inZone('2006-01-02', date, 'Local')),
    htmlDateInZone: goFunction('any, string', (date: Value, zone: string) => inZone('2006-01-02', date, zone)),
    toDate: goFunction('string, string', (layout: string, text: string) => {
      try {
        return new TimeObject(parseMoment(layout, text, 'Local'))
      } catch {
        return new TimeObject(zeroTime)
      }
    }),
    mustToDate: goFunction('string, string', (layout: string, text: string) => new TimeObject(parseMoment(layout, text, 'Local'))),
    unixEpoch: goFunction('time.Time', (date: TimeObject) => date.unix.toString()),
  }
}
