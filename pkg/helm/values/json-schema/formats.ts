/** The formats that drafts 4 to 7 assert. Each gives what is wrong, or nothing. */
import { isIPv6 } from 'node:net'
import { compilePattern } from '#apimachinery/regular-expression.ts'

const matches =
  (pattern: RegExp, message: string) =>
  (value: string): string | undefined =>
    pattern.test(value) ? undefined : message

const dateTime = matches(/^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$/, "must have 'T' separator")

const compiles = (value: string): string | undefined => {
  try {
    compilePattern(value)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

function ipv4(value: string): string | undefined {
  const groups = value.split('.')
  if (groups.length !== 4) return 'expected four decimals'
  for (const group of groups) {
    if (group.length > 1 && group.startsWith('0')) return 'leading zeros'
    if (!/^[+-]?\d+$/.test(group)) return `strconv.Atoi: parsing ${JSON.stringify(group)}: invalid syntax`
    if (Number(group) < 0 || Number(group) > 255) return 'decimal must be between 0 and 255'
  }
  return undefined
}

function hostname(value: string): string | undefined {
  const text = value.replace(/\.$/, '')
  if (text.length > 253) return 'more than 253 characters long'
  for (const label of text.split('.')) {
    if (label.length < 1 || label.length > 63) return 'label must be 1 to 63 characters long'
    if (label.startsWith('-')) return 'label starts with hyphen'
    if (label.endsWith('-')) return 'label ends with hyphen'
    const odd = [...label].find((each) => !/[A-Za-z0-9-]/.test(each))
    if (odd !== undefined) return `invalid character '${odd}'`
  }
  return undefined
}

function uuid(value: string): string | undefined {
  const lengths = [8, 4, 4, 4, 12]
  const groups = value.split('-')
  if (groups.length !== lengths.length) return `must have ${lengths.length} elements`
  for (const [index, group] of groups.entries()) {
    if (Buffer.byteLength(group) !== lengths[index]) return `element ${index + 1} must be ${lengths[index]} characters long`
    const odd = [...group].find((each) => !/[0-9a-fA-F]/.test(each))
    if (odd !== undefined) return `non-hex character '${odd}'`
  }
  return undefined
}

export const formats: Readonly<Record<string, (value: string) => string | undefined>> = {
  ipv4,
  ipv6: (value) => (!value.includes(':') ? 'missing colon' : isIPv6(value) && !value.includes('%') ? undefined : 'invalid address'),
  hostname,
  regex: compiles,
  email: matches(/^[^@\s]+@[^@\s]+$/, 'missing @'),
  date: matches(/^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$/, 'must be 10 characters long'),
  'date-time': (value) => (value.length < 20 ? 'less than 20 characters long' : dateTime(value)),
  uri: (value) => (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(value) ? undefined : 'relative url'),
  uuid,
}
