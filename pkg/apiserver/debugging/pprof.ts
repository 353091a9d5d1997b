/** V8's profiles in the form that pprof reads (github.com/google/pprof's profile.proto, compressed). */
import { gzipSync } from 'node:zlib'

export interface Frame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

/** The innermost frame first. */
export interface Sample {
  readonly stack: readonly Frame[]
  readonly values: readonly number[]
}

export interface PprofProfile {
  readonly types: readonly { readonly type: string; readonly unit: string }[]
  readonly samples: readonly Sample[]
  readonly startedAtMs: number
  readonly durationMs: number
  readonly period: { readonly type: string; readonly unit: string; readonly value: number }
}

export function encodePprof({ types, samples, startedAtMs, durationMs, period }: PprofProfile): Buffer {
  const strings = new Numbered<string>((text) => text)
  strings.of('')
  const functions = new Numbered<Frame>(({ functionName, url }) => `${functionName}\n${url}`)
  const locations = new Numbered<Frame>(({ functionName, url, lineNumber }) => `${functionName}\n${url}\n${lineNumber}`)
  const valueType = ({ type, unit }: { readonly type: string; readonly unit: string }): Buffer =>
    Buffer.concat([number(1, strings.of(type)), number(2, strings.of(unit))])
  const parts: Buffer[] = types.map((each) => message(1, valueType(each)))
  for (const { stack, values } of samples)
    parts.push(message(2, Buffer.concat([...stack.map((frame) => number(1, locations.of(frame) + 1)), ...values.map((value) => number(2, value))])))
  for (const [index, frame] of locations.all.entries())
    parts.push(
      message(
        4,
        Buffer.concat([number(1, index + 1), message(4, Buffer.concat([number(1, functions.of(frame) + 1), number(2, Math.max(0, frame.lineNumber + 1))]))]),
      ),
    )
  for (const [index, { functionName, url }] of functions.all.entries()) {
    const name = strings.of(functionName || '(anonymous)')
    parts.push(message(5, Buffer.concat([number(1, index + 1), number(2, name), number(3, name), number(4, strings.of(url))])))
  }
  const periodType = valueType(period)
  for (const text of strings.all) parts.push(message(6, Buffer.from(text)))
  parts.push(number(9, startedAtMs * 1e6), number(10, durationMs * 1e6), message(11, periodType), number(12, period.value))
  return gzipSync(Buffer.concat(parts))
}

/** Values by their names, each with a number of its own. */
class Numbered<T> {
  readonly all: T[] = []
  readonly #numbers = new Map<string, number>()
  readonly #nameOf: (value: T) => string

  constructor(nameOf: (value: T) => string) {
    this.#nameOf = nameOf
  }

  of(value: T): number {
    const name = this.#nameOf(value)
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    this.#numbers.set(name, this.all.length)
    return this.all.push(value) - 1
  }
}

const number = (field: number, value: number): Buffer => Buffer.concat([varint(field * 8), varint(Math.max(0, Math.round(value)))])
const message = (field: number, bytes: Buffer): Buffer => Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes])

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  return Buffer.from([...bytes, rest])
}
