/** time.Time and time.Duration as values of templates. */
import { formatGoDuration } from '#apimachinery/go-duration.ts'
import { goFunction } from '../exec/signature.ts'
import { GoObject, type GoFunction, type Value } from '../types.ts'
import { int64 } from '../values.ts'
import { floorDivide, formatMoment, type Moment, wallOf } from './layout.ts'

export class DurationObject extends GoObject {
  readonly typeName = 'time.Duration'
  override readonly kind = 'int64'
  readonly nanoseconds: bigint
  constructor(nanoseconds: bigint) {
    super()
    this.nanoseconds = nanoseconds
  }
  override print(): string {
    return formatGoDuration(this.nanoseconds)
  }
  override underlying(): Value {
    return this.nanoseconds
  }
  override json(): Value {
    return this.nanoseconds
  }
  override method(name: string): GoFunction | undefined {
    const units: Readonly<Record<string, number>> = { Hours: 3.6e12, Minutes: 6e10, Seconds: 1e9 }
    if (Object.hasOwn(units, name)) return goFunction('', () => Number(this.nanoseconds) / units[name]!)
    if (name === 'Milliseconds') return goFunction('', () => int64(this.nanoseconds / 1_000_000n))
    if (name === 'Nanoseconds') return goFunction('', () => int64(this.nanoseconds))
    return name === 'String' ? goFunction('', () => this.print()) : undefined
  }
}

/** The zero time of Go, the first of January of the year 1. */
export const zeroTime: Moment = { nanoseconds: -62_135_596_800_000_000_000n, zone: 'UTC' }

const monthNames = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

class NamedNumber extends GoObject {
  readonly typeName: string
  override readonly kind = 'int'
  readonly #number: bigint
  readonly #name: string
  constructor(typeName: string, number: number, name: string) {
    super()
    this.typeName = typeName
    this.#number = BigInt(number)
    this.#name = name
  }
  override print(): string {
    return this.#name
  }
  override underlying(): Value {
    return this.#number
  }
  override json(): Value {
    return this.#number
  }
}

export class TimeObject extends GoObject {
  readonly typeName = 'time.Time'
  readonly moment: Moment
  constructor(moment: Moment) {
    super()
    this.moment = moment
  }

  override print(): string {
    return formatMoment(this.moment, '2006-01-02 15:04:05.999999999 -0700 MST')
  }
  override json(): Value {
    return formatMoment(this.moment, '2006-01-02T15:04:05.999999999Z07:00')
  }

  add(nanoseconds: bigint): TimeObject {
    return new TimeObject({ ...this.moment, nanoseconds: this.moment.nanoseconds + nanoseconds })
  }
  get unix(): bigint {
    return floorDivide(this.moment.nanoseconds, 1_000_000_000n)
  }

  override method(name: string): GoFunction | undefined {
    const wall = wallOf(this.moment)
    const getters: Readonly<Record<string, () => Value>> = {
      Year: () => BigInt(wall.year),
      Month: () => new NamedNumber('time.Month', wall.month + 1, monthNames[wall.month]!),
      Day: () => BigInt(wall.day),
      Weekday: () => new NamedNumber('time.Weekday', wall.weekday, dayNames[wall.weekday]!),
      YearDay: () => BigInt(wall.yearDay),
      Hour: () => BigInt(wall.hour),
      Minute: () => BigInt(wall.minute),
      Second: () => BigInt(wall.second),
      Nanosecond: () => BigInt(wall.nanosecond),
      Unix: () => int64(this.unix),
      UnixMilli: () => int64(floorDivide(this.moment.nanoseconds, 1_000_000n)),
      UnixNano: () => int64(this.moment.nanoseconds),
      UTC: () => new TimeObject({ ...this.moment, zone: 'UTC' }),
      Local: () => new TimeObject({ ...this.moment, zone: 'Local' }),
      IsZero: () => this.moment.nanoseconds === zeroTime.nanoseconds,
      String: () => this.print(),
    }
    if (Object.hasOwn(getters, name)) return goFunction('', getters[name]!)
    const orders: Readonly<Record<string, (other: bigint) => Value>> = {
      Before: (other) => this.moment.nanoseconds < other,
      After: (other) => this.moment.nanoseconds > other,
      Equal: (other) => this.moment.nanoseconds === other,
      Sub: (other) => new DurationObject(this.moment.nanoseconds - other),
    }
    if (Object.hasOwn(orders, name)) return goFunction('time.Time', (other: TimeObject) => orders[name]!(other.moment.nanoseconds))
    switch (name) {
      case 'Format':
        return goFunction('string', (layout: string) => formatMoment(this.moment, layout))
      case 'Add':
        return goFunction('time.Duration', (duration: DurationObject) => this.add(duration.nanoseconds))
      case 'AddDate':
        return goFunction('int, int, int', (years: bigint, months: bigint, days: bigint) => {
          const shifted = Date.UTC(wall.year + Number(years), wall.month + Number(months), wall.day + Number(days), wall.hour, wall.minute, wall.second)
          return new TimeObject({ ...this.moment, nanoseconds: BigInt(shifted - wall.offset * 1000) * 1_000_000n + BigInt(wall.nanosecond) })
        })
    }
    return undefined
  }
}
