/** How Go's net/netip reads addresses and prefixes, with its errors: those of Kubernetes' CEL library end with them. */
import { canonicalIpv6 } from '#apimachinery/ip.ts'

/** The message is ParseAddr's or ParsePrefix' own. */
export class AddressError extends Error {}

export interface Address {
  readonly family: 4 | 6
  /** As netip prints it. */
  readonly text: string
  readonly zone: string
  /** An IPv4 address in an IPv6 one, ::ffff:0:0/96. */
  readonly isMapped: boolean
}

/** Throws AddressError. */
export function parseAddress(text: string): Address {
  const kind = /[.:%]/.exec(text)?.[0]
  if (kind === '.') {
    checkIpv4(text, text)
    return { family: 4, text, zone: '', isMapped: false }
  }
  if (kind === ':') return parseIpv6(text)
  throw failed(text, kind === '%' ? 'missing IPv6 address' : 'unable to parse IP')
}

export interface Prefix {
  readonly address: Address
  readonly bits: number
}

/** Throws AddressError. */
export function parsePrefix(text: string): Prefix {
  const slash = text.lastIndexOf('/')
  const fails = (message: string): never => {
    throw new AddressError(`netip.ParsePrefix(${JSON.stringify(text)}): ${message}`)
  }
  if (slash < 0) return fails("no '/'")
  const address = attempt(() => parseAddress(text.slice(0, slash)), fails)
  if (address.zone !== '') return fails('IPv6 zones cannot be present in a prefix')
  const digits = text.slice(slash + 1)
  if (!/^(?:0|[1-9]\d*)$/.test(digits)) return fails(`bad bits after slash: ${JSON.stringify(digits)}`)
  const bits = Number(digits)
  return bits > (address.family === 4 ? 32 : 128) ? fails('prefix length out of range') : { address, bits }
}

function attempt(read: () => Address, fails: (message: string) => never): Address {
  try {
    return read()
  } catch (error) {
    if (error instanceof AddressError) return fails(error.message)
    throw error
  }
}

function failed(input: string, message: string, at = ''): AddressError {
  return new AddressError(`ParseAddr(${JSON.stringify(input)}): ${message}${at === '' ? '' : ` (at ${JSON.stringify(at)})`}`)
}

/** `fields` is all of the input, or what is left of it. */
function checkIpv4(input: string, fields: string): void {
  let [value, fieldsBefore, digits] = [0, 0, 0]
  for (let at = 0; at < fields.length; at++) {
    const character = fields[at]!
    if (/\d/.test(character)) {
      if (digits === 1 && value === 0) throw failed(input, 'IPv4 field has octet with leading zero')
      value = value * 10 + Number(character)
      digits++
      if (value > 255) throw failed(input, 'IPv4 field has value >255')
    } else if (character === '.') {
      if (at === 0 || at === fields.length - 1 || fields[at - 1] === '.') throw failed(input, 'IPv4 field must have at least one digit', fields.slice(at))
      if (fieldsBefore === 3) throw failed(input, 'IPv4 address too long')
      fieldsBefore++
      value = digits = 0
    } else throw failed(input, 'unexpected character', fields.slice(at))
  }
  if (fieldsBefore < 3) throw failed(input, 'IPv4 address too short')
}

function parseIpv6(input: string): Address {
  const percent = input.indexOf('%')
  const zone = percent < 0 ? '' : input.slice(percent + 1)
  if (percent >= 0 && zone === '') throw failed(input, 'zone must be a non-empty string')
  const whole = percent < 0 ? input : input.slice(0, percent)
  checkIpv6(input, whole)
  const text = canonicalIpv6(whole)
  return { family: 6, text: zone ? `${text}%${zone}` : text, zone, isMapped: !text.includes(':') }
}

function checkIpv6(input: string, whole: string): void {
  let rest = whole
  let ellipsis = -1
  let bytes = 0
  if (rest.startsWith('::')) {
    ellipsis = 0
    rest = rest.slice(2)
    if (rest === '') return
  }
  while (bytes < 16) {
    const digits = /^[\da-fA-F]*/.exec(rest)![0]
    if (digits.length > 4) throw failed(input, 'each group must have 4 or less digits', rest)
    if (digits === '') throw failed(input, 'each colon-separated field must have at least one digit', rest)
    if (rest[digits.length] === '.') {
      if (ellipsis < 0 && bytes !== 12) throw failed(input, 'embedded IPv4 address must replace the final 2 fields of the address', rest)
      if (bytes + 4 > 16) throw failed(input, 'too many hex fields to fit an embedded IPv4 at the end of the address', rest)
      checkIpv4(input, rest)
      rest = ''
      bytes += 4
      break
    }
    bytes += 2
    rest = rest.slice(digits.length)
    if (rest === '') break
    if (rest[0] !== ':') throw failed(input, 'unexpected character, want colon', rest)
    if (rest.length === 1) throw failed(input, 'colon must be followed by more characters', rest)
    rest = rest.slice(1)
    if (rest[0] !== ':') continue
    if (ellipsis >= 0) throw failed(input, 'multiple :: in address', rest)
    ellipsis = bytes
    rest = rest.slice(1)
    if (rest === '') break
  }
  if (rest !== '') throw failed(input, 'trailing garbage after address', rest)
  if (bytes < 16 && ellipsis < 0) throw failed(input, 'address string too short')
  if (bytes === 16 && ellipsis >= 0) throw failed(input, 'the :: must expand to at least one field of zeros')
}
