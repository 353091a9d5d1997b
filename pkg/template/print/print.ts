/** Go's fmt: Sprint, Sprintln, Sprintf. */
import { GoObject, type Value } from '../types.ts'
import { asBigInt, Boxed, elementType, Integer, isDictionary, isFunction, isNilCollection, sortedKeys, typeOf } from '../values.ts'
import { formatFloat } from './float.ts'
import { quote, textToBytes } from './quote.ts'

interface Directive {
  readonly plus: boolean
  readonly minus: boolean
  readonly sharp: boolean
  readonly space: boolean
  readonly zero: boolean
  readonly width: number | undefined
  readonly precision: number | undefined
}

const bare: Directive = { plus: false, minus: false, sharp: false, space: false, zero: false, width: undefined, precision: undefined }

/** Widths and precisions beyond this are not honoured, as in Go. */
const maxNumber = 1_000_000

function pad(text: string, { width, minus, zero }: Directive): string {
  if (width === undefined) return text
  const missing = width - [...text].length
  if (missing <= 0) return text
  return minus ? text + ' '.repeat(missing) : (zero ? '0' : ' ').repeat(missing) + text
}

/** Flags, width and precision hold for the value that is told. */
function badVerb(value: Value, verb: string, flags: Directive): string {
  if (value === undefined || value === null) return `%!${verb}(<nil>)`
  return `%!${verb}(${typeOf(value)}=${formatValue(value, 'v', { ...flags, sharp: false }, 0)})`
}

function formatInteger(value: bigint, verb: string, flags: Directive, unsigned = false): string {
  const bases: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 }
  const base = bases[verb]
  if (base === undefined) return ''
  const negative = value < 0n
  let digits = (negative ? -value : value).toString(base)
  if (verb === 'X') digits = digits.toUpperCase()
  const sign = negative ? '-' : flags.plus ? '+' : flags.space ? ' ' : ''
  let prefix = ''
  if (flags.sharp && !unsigned) prefix = base === 2 ? '0b' : base === 8 && !digits.startsWith('0') ? '0' : base === 16 ? `0${verb}` : ''
  if (verb === 'O') prefix = `0o${prefix}`
  if (flags.precision === 0 && value === 0n) return pad('', { ...flags, zero: false })
  if (flags.precision !== undefined) {
    digits = digits.padStart(flags.precision, '0')
  } else if (flags.zero && !flags.minus && flags.width !== undefined) {
    digits = digits.padStart(flags.width - sign.length, '0')
  }
  return pad(sign + prefix + digits, { ...flags, zero: false })
}

function formatFloating(value: number, verb: string, flags: Directive): string {
  const formats: Readonly<Record<string, 'e' | 'f' | 'g'>> = { v: 'g', e: 'e', E: 'e', f: 'f', F: 'f', g: 'g', G: 'g' }
  const format = formats[verb]
  let text = !format ? formatBits(value, verb, flags.precision) : formatFloat(value, format, flags.precision ?? (format === 'g' ? -1 : 6))
  if (verb === 'E' || verb === 'G') text = text.toUpperCase()
  let sign = ''
  if (/^[+-]/.test(text)) {
    sign = text[0]!
    text = text.slice(1)
  } else if (!/Inf|NaN/.test(text) || flags.plus) sign = '+'
  if (sign === '+' && !flags.plus) sign = flags.space ? ' ' : text === 'Inf' ? '+' : ''
  if (flags.sharp && verb !== 'b' && verb !== 'v' && Number.isFinite(value)) text = withPoint(text, verb, flags.precision)
  if (flags.zero && !flags.minus && flags.width !== undefined && Number.isFinite(value)) return sign + text.padStart(flags.width - sign.length, '0')
  return pad(sign + text, { ...flags, zero: false })
}

/** The flag # keeps the point and the zeros that would be left out. */
function withPoint(text: string, verb: string, precision = -1): string {
  const [, digits = '', tail = ''] = (/x/i.test(verb) ? /^([^pP]*)(.*)$/ : /^([^eE]*)(.*)$/).exec(text)!
  const significant = digits.replaceAll(/[^0-9a-zA-Z]/g, '').replace(/^0+/, '').length
  let missing = /[gGx]/.test(verb) ? (precision < 0 ? 6 : precision) - significant : 0
  if (digits === '0') missing--
  return `${digits}${digits.includes('.') ? '' : '.'}${'0'.repeat(Math.max(0, missing))}${tail}`
}

/** %b: all bits of the mantissa, and the exponent of two; %x: the mantissa in hexadecimal. */
function formatBits(value: number, verb: string, precision: number | undefined): string {
  if (!Number.isFinite(value)) return formatFloat(value, 'g', -1)
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const sign = bits >> 63n ? '-' : ''
  const stored = Number((bits >> 52n) & 0x7ffn)
  let mantissa = (bits & ((1n << 52n) - 1n)) | (stored === 0 ? 0n : 1n << 52n)
  let exponent = (stored === 0 ? 1 : stored) - 1075
  const signed = (number: number): string => (number < 0 ? '-' : '+') + String(Math.abs(number)).padStart(verb === 'b' ? 1 : 2, '0')
  if (verb === 'b') return `${sign}${mantissa}p${signed(exponent)}`
  if (mantissa === 0n) exponent = -52
  else for (; mantissa < 1n << 52n; exponent--) mantissa <<= 1n
  if (precision !== undefined && precision < 13) {
    const dropped = BigInt(52 - 4 * precision)
    const rest = mantissa & ((1n << dropped) - 1n)
    mantissa >>= dropped
    const half = 1n << (dropped - 1n)
    if (rest > half || (rest === half && mantissa & 1n)) mantissa += 1n
    mantissa <<= dropped
    if (mantissa >= 1n << 53n) {
      mantissa >>= 1n
      exponent++
    }
  }
  const hex = (mantissa & ((1n << 52n) - 1n)).toString(16).padStart(13, '0')
  const fraction = precision === undefined ? hex.replace(/0+$/, '') : hex.slice(0, precision).padEnd(precision, '0')
  const text = `${sign}0x${mantissa >> 52n}${fraction && `.${fraction}`}p${signed(exponent + 52)}`
  return verb === 'X' ? text.toUpperCase() : text
}

function formatText(text: string, verb: string, flags: Directive, value: Value): string {
  const cut = flags.precision === undefined ? text : [...text].slice(0, flags.precision).join('')
  switch (verb) {
    case 'v':
      return flags.sharp ? pad(quote(cut), flags) : pad(cut, flags)
    case 's':
      return pad(cut, flags)
    case 'q':
      return pad(flags.sharp && !cut.includes('`') && !/[\0-\x08\x0a-\x1f\x7f\ufeff]/.test(cut) ? `\`${cut}\`` : quote(cut, '"', flags.plus), flags)
    case 'x':
    case 'X': {
      const bytes = textToBytes(text).subarray(0, flags.precision)
      const separator = flags.space ? ' ' : ''
      const hex = [...bytes]
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .map((each) => (flags.sharp && flags.space ? `0x${each}` : each))
        .join(separator)
      const whole = (flags.sharp && !flags.space && hex !== '' ? '0x' : '') + hex
      return pad(verb === 'X' ? whole.toUpperCase() : whole, flags)
    }
  }
  return badVerb(value, verb, flags)
}

function formatRune(value: bigint, verb: string, flags: Directive): string {
  const valid = value >= 0n && value <= 0x10ffffn && !(value >= 0xd800n && value < 0xe000n)
  const c = valid ? String.fromCodePoint(Number(value)) : '\ufffd'
  if (verb === 'c') return pad(c, flags)
  if (verb === 'q') return pad(quote(c, "'", flags.plus), flags)
  const hex = value
    .toString(16)
    .toUpperCase()
    .padStart(Math.max(4, flags.precision ?? 4), '0')
  return pad(`U+${hex}${flags.sharp && quote(c) === `"${c}"` ? ` '${c}'` : ''}`, { ...flags, zero: false })
}

/** One operand by one verb. `depth` is how deep it lies in a map or slice. */
function formatValue(value: Value, verb: string, flags: Directive, depth: number): string {
  if (value instanceof Boxed) return formatValue(value.value, verb, flags, depth)
  if (verb === 'T') return depth === 0 ? formatText(typeOf(value), 's', flags, value) : badVerb(value, verb, flags)
  if (value === undefined || value === null) {
    if (depth > 0) return flags.sharp && verb === 'v' ? 'interface {}(nil)' : '<nil>'
    if (verb === 'v') return pad('<nil>', flags)
    return badVerb(value, verb, flags)
  }
  if (verb === 'w') return badVerb(value, verb, flags)
  switch (typeof value) {
    case 'boolean':
      return verb === 'v' || verb === 't' ? pad(String(value), flags) : badVerb(value, verb, flags)
    case 'string':
      return formatText(value, verb, flags, value)
    case 'number':
      return /[vbeEfFgGxX]/.test(verb) ? formatFloating(value, verb, flags) : badVerb(value, verb, flags)
  }
  if (value instanceof GoObject && !flags.sharp && /[vsxXq]/.test(verb)) return formatText(value.print(), verb, flags, value)
  const integer = asBigInt(value)
  if (integer !== undefined) {
    if (/[cqU]/.test(verb)) return formatRune(integer, verb, flags)
    if (!/[vdboOxX]/.test(verb)) return badVerb(value, verb, flags)
    const hex = verb === 'v' && flags.sharp && value instanceof Integer && value.type.startsWith('uint')
    return hex ? `0x${integer.toString(16)}` : formatInteger(integer, verb, verb === 'v' ? { ...flags, sharp: false } : flags)
  }
  if (value instanceof Uint8Array) {
    if (/[sqxX]/.test(verb)) return formatText(Buffer.from(value).toString('latin1'), verb, flags, value)
    if (flags.sharp && verb === 'v') return `[]byte{${[...value].map((byte) => `0x${byte.toString(16)}`).join(', ')}}`
    return `[${[...value].map((byte) => formatInteger(BigInt(byte), verb === 'v' ? 'd' : verb, flags)).join(' ')}]`
  }
  if (depth > maxDepth) throw new Error('value is nested too deeply to be printed')
  const typed = elementType(value) !== 'interface {}'
  const inner = (each: Value): string => formatValue(each, verb, flags, typed && each === null ? 0 : depth + 1)
  if (Array.isArray(value)) {
    if (flags.sharp && verb === 'v') return isNilCollection(value) ? `${typeOf(value)}(nil)` : `${typeOf(value)}{${value.map(inner).join(', ')}}`
    return `[${value.map(inner).join(' ')}]`
  }
  if (isDictionary(value)) {
    const keys = sortedKeys(value)
    if (flags.sharp && verb === 'v') return `${typeOf(value)}{${keys.map((key) => `${quote(key)}:${inner(value[key])}`).join(', ')}}`
    return `map[${keys.map((key) => `${formatText(key, verb, flags, key)}:${inner(value[key])}`).join(' ')}]`
  }
  if (isFunction(value)) return '0x1'
  return value instanceof GoObject ? value.print() : String(value)
}

const maxDepth = 1000

/** %v. */
export const printValue = (value: Value): string => (typeof value === 'string' ? value : formatValue(value, 'v', bare, 0))

/** fmt.Sprint: spaces only between operands of which neither is a string. */
export function sprint(values: readonly Value[]): string {
  let out = ''
  values.forEach((value, index) => {
    if (index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string') out += ' '
    out += printValue(value)
  })
  return out
}

export const sprintln = (values: readonly Value[]): string => `${values.map(printValue).join(' ')}\n`

/** fmt.Sprintf, with its marks for operands that are missing, too many or of the wrong kind. */
export function sprintf(format: string, values: readonly Value[]): string {
  let out = ''
  let next = 0
  let reordered = false
  const pattern = /%([+\-# 0]*)/y
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf('%', at)
    if (percent < 0) {
      out += format.slice(at)
      break
    }
    out += format.slice(at, percent)
    pattern.lastIndex = percent
    const flagText = pattern.exec(format)![1]!
    at = percent + 1 + flagText.length
    let badIndex = false
    /** True after an index, until a star has made use of it. */
    let isAfterIndex = false
    const index = (): void => {
      if (format[at] !== '[') return
      isAfterIndex = true
      const close = format.indexOf(']', at)
      const number = close < 0 ? Number.NaN : Number(format.slice(at + 1, close))
      reordered = true
      at = close < 0 ? at + 1 : close + 1
      if (!Number.isInteger(number) || number < 1 || number > values.length) badIndex = true
      else next = number - 1
    }
    const number = (isWidth: boolean): number | undefined | 'bad' => {
      if (format[at] === '*') {
        at++
        isAfterIndex = false
        const given = asBigInt(values[next])
        if (next < values.length) next++
        return given === undefined || given > BigInt(maxNumber) || given < -BigInt(maxNumber) ? 'bad' : Number(given)
      }
      const digits = /^[0-9]+/.exec(format.slice(at, at + 8))?.[0]
      if (digits === undefined) return undefined
      at += digits.length
      badIndex ||= isAfterIndex && isWidth
      return Number(digits) > maxNumber ? 'bad' : Number(digits)
    }
    index()
    let width = number(true)
    let minus = flagText.includes('-')
    if (width === 'bad') {
      out += '%!(BADWIDTH)'
      width = undefined
    }
    if (width !== undefined && width < 0) {
      width = -width
      minus = true
    }
    let precision: number | undefined
    if (format[at] === '.') {
      at++
      badIndex ||= isAfterIndex
      isAfterIndex = false
      index()
      const given = number(false) ?? 0
      if (given === 'bad') out += '%!(BADPREC)'
      else precision = given < 0 ? undefined : given
    }
    if (!isAfterIndex) index()
    const verb = at < format.length ? String.fromCodePoint(format.codePointAt(at)!) : ''
    at += verb.length
    if (verb === '') {
      out += '%!(NOVERB)'
      break
    }
    const flags: Directive = {
      plus: flagText.includes('+'),
      minus,
      sharp: flagText.includes('#'),
      space: flagText.includes(' '),
      zero: flagText.includes('0') && !minus,
      width,
      precision,
    }
    if (verb === '%') out += '%'
    else if (badIndex) out += `%!${verb}(BADINDEX)`
    else if (next >= values.length) out += `%!${verb}(MISSING)`
    else {
      const plain = (verb === 'v' || verb === 'w') && flags.plus ? { ...flags, plus: false } : flags
      out += formatValue(values[next++], verb, plain, 0)
    }
  }
  if (!reordered && next < values.length) {
    out += `%!(EXTRA ${values
      .slice(next)
      .map((value) => (value === null || value === undefined ? '<nil>' : `${typeOf(value)}=${printValue(value)}`))
      .join(', ')})`
  }
  return out
}
