/** The string formats that CustomResourceDefinitions may name (kube-openapi's strfmt); others are not checked. */
import { isIPv4, isIPv6 } from 'node:net'
import { parseCidr } from './ip.ts'
import { isDns1123Label, isDns1123Subdomain } from './names.ts'

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const dateTime = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/
const hostname = /^[a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)(\.[a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?))*\.?$/u
const durationText = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*$/
const verboseDuration =
  /^(?:\d+(?:\.\d+)?\s*(?:ns|us|µs|ms|s|m|h|d|w|nano|nanosecond|micro|microsecond|milli|millisecond|second|minute|hour|day|week|sec|min|hr)s?\s*)+$/

const checks: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: (text) => /^[0-9a-fA-F]{24}$/.test(text),
  uri: (text) => URL.canParse(text) || text.startsWith('/'),
  email: (text) => /^[^\s@<>]+@[^\s@<>]+$/.test(text),
  hostname: (text) => text.length < 256 && hostname.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: (text) => parseCidr(text) !== undefined,
  mac: (text) => /^([0-9a-fA-F]{2}([:-]))(?:[0-9a-fA-F]{2}\2){4}[0-9a-fA-F]{2}$/.test(text),
  uuid: (text) => uuid.test(text),
  uuid3: (text) => uuid.test(text) && text.replaceAll('-', '')[12] === '3',
  uuid4: (text) => uuid.test(text) && text.replaceAll('-', '')[12] === '4',
  uuid5: (text) => uuid.test(text) && text.replaceAll('-', '')[12] === '5',
  isbn: (text) => /^(?:\d{9}[\dX]|\d{13})$/.test(text.replaceAll(/[- ]/g, '')),
  isbn10: (text) => /^\d{9}[\dX]$/.test(text.replaceAll(/[- ]/g, '')),
  isbn13: (text) => /^\d{13}$/.test(text.replaceAll(/[- ]/g, '')),
  creditcard: (text) => /^\d{13,19}$/.test(text.replaceAll(/\D/g, '')),
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  hexcolor: (text) => /^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text),
  rgbcolor: (text) => /^rgb\(\s*\d{1,3}\s*,\s*\d{1,3}\s*,\s*\d{1,3}\s*\)$/.test(text),
  byte: (text) => text !== '' && /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  password: () => true,
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && isDay(text),
  duration: (text) => text === '0' || durationText.test(text) || verboseDuration.test(text),
  datetime: isDateTime,
  k8sshortname: (text) => isDns1123Label(text).length === 0,
  k8slongname: (text) => isDns1123Subdomain(text).length === 0,
}

/** Undefined: nothing is known of the format. */
export function formatCheck(format: string): ((text: string) => boolean) | undefined {
  return isStringFormat(format) ? checks[withoutDashes(format)] : undefined
}

/** Whether strings of the format are checked: "date-time" and "datetime" are one. */
export function isStringFormat(format: string): boolean {
  return Object.hasOwn(checks, withoutDashes(format))
}

const withoutDashes = (format: string): string => format.replaceAll('-', '')

function isDateTime(text: string): boolean {
  return dateTime.test(text) && isDay(text.slice(0, 10)) && !Number.isNaN(Date.parse(text.replace(' ', 'T')))
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}
