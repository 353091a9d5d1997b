/** The formats that drafts 4 to 7 assert. Each gives what is wrong, or nothing. */
import { isIPv4, isIPv6 } from 'node:net'

const matches =
  (pattern: RegExp, message: string) =>
  (value: string): string | undefined =>
    pattern.test(value) ? undefined : message

export const formats: Readonly<Record<string, (value: string) => string | undefined>> = {
  ipv4: (value) => (isIPv4(value) ? undefined : 'expected four decimals'),
  ipv6: (value) => (isIPv6(value) && !value.includes('%') ? undefined : 'invalid address'),
  hostname: matches(
    /^(?=.{1,253}\.?$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\.?$/,
    'invalid hostname',
  ),
  email: matches(/^[^@\s]+@[^@\s]+$/, 'missing @'),
  date: matches(/^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$/, 'must be 10 characters long'),
  'date-time': matches(/^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$/, "must have 'T' separator"),
  uri: (value) => (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(value) ? undefined : 'relative url'),
  uuid: matches(/^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/, 'must be 36 characters long'),
}
