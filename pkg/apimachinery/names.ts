/**
 * Checks of names and other short strings. Each returns messages, none when the value is right, in the words
 * of k8s.io/apimachinery/pkg/util/validation (1.36).
 */

const maxLengthOf = (length: number): string => `must be no more than ${length} characters`
const maxBytesOf = (length: number): string => `must be no more than ${length} bytes`

export const emptyError = 'must be non-empty'

export function inclusiveRangeError(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`
}

export function regexError(message: string, format: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${format}')`
  return `${message} (e.g. ${examples.map((example) => `'${example}', `).join(' or ')}regex used for validation is '${format}')`
}

/** A format: its pattern, what is said when it does not match, and examples. */
class Format {
  readonly #pattern: string
  readonly #regex: RegExp
  readonly #message: string
  readonly #examples: string[]

  constructor(pattern: string, message: string, ...examples: string[]) {
    this.#pattern = pattern
    this.#regex = new RegExp(`^(?:${pattern})$`)
    this.#message = message
    this.#examples = examples
  }

  matches(value: string): boolean {
    return this.#regex.test(value)
  }

  error(prefix = ''): string {
    return regexError(prefix + this.#message, this.#pattern, ...this.#examples)
  }

  check(value: string, maxLength?: number, tooLong = maxLengthOf): string[] {
    const errors: string[] = []
    if (maxLength !== undefined && value.length > maxLength && Buffer.byteLength(value) > maxLength) errors.push(tooLong(maxLength))
    if (!this.#regex.test(value)) errors.push(this.error())
    return errors
  }
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const UNDERSCORED = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const KEY_NAME = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'

const dns1123Label = new Format(
  LABEL,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  'my-name',
  '123-abc',
)
const dns1123Subdomain = new Format(
  SUBDOMAIN,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  'example.com',
)
const dns1123Underscored = new Format(
  `${UNDERSCORED}(\\.${UNDERSCORED})*`,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  'example.com',
)
const dns1035Label = new Format(
  '[a-z]([-a-z0-9]*[a-z0-9])?',
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  'my-name',
  'abc-123',
)
const wildcard = new Format(
  `\\*\\.${SUBDOMAIN}`,
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  '*.example.com',
)
const labelName = new Format(
  KEY_NAME,
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  'MyName',
  'my.name',
  '123-abc',
)
const labelValue = new Format(
  `(${KEY_NAME})?`,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  'MyValue',
  'my_value',
  '12345',
)
const cIdentifier = new Format(
  '[A-Za-z_][A-Za-z0-9_]*',
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
  'my_name',
  'MY_NAME',
  'MyName',
)
const envVarName = new Format(
  '[-._a-zA-Z][-._a-zA-Z0-9]*',
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
  'my.env-name',
  'MY_ENV.NAME',
  'MyEnvName1',
)
const configMapKey = new Format(
  '[-._a-zA-Z0-9]+',
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  'key.name',
  'KEY_NAME',
  'key-name',
)
const percent = new Format('[0-9]+%', "a valid percent string must be a numeric string followed by an ending '%'", '1%', '93%')
const httpHeaderName = new Format('[-A-Za-z0-9]+', "a valid HTTP header must consist of alphanumeric characters or '-'", 'X-Header-Name')
const httpPath = new Format("[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+", 'Invalid path')

export function isDns1123Label(value: string): string[] {
  const errors = Buffer.byteLength(value) > 63 ? [maxLengthOf(63)] : []
  if (!dns1123Label.matches(value)) errors.push(dns1123Subdomain.matches(value) ? 'must not contain dots' : dns1123Label.error())
  return errors
}

export const isDns1123Subdomain = (value: string): string[] => dns1123Subdomain.check(value, 253)
export const isDns1123SubdomainWithUnderscore = (value: string): string[] => dns1123Underscored.check(value, 253)
export const isDns1035Label = (value: string): string[] => dns1035Label.check(value, 63)
export const isWildcardDns1123Subdomain = (value: string): string[] => wildcard.check(value, 253)
export const isValidLabelValue = (value: string): string[] => labelValue.check(value, 63, maxBytesOf)
export const isCIdentifier = (value: string): string[] => cIdentifier.check(value)
export const isValidPercent = (value: string): string[] => percent.check(value)
export const isHttpHeaderName = (value: string): string[] => httpHeaderName.check(value)

/** A label key: an optional DNS subdomain and "/", then a name. */
export function isQualifiedName(value: string): string[] {
  const parts = value.split('/')
  if (parts.length > 2) {
    return [`${labelName.error('a valid label key ')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  const errors: string[] = []
  const name = parts[parts.length - 1]!
  if (parts.length === 2) {
    if (parts[0] === '') errors.push(`prefix part ${emptyError}`)
    else errors.push(...isDns1123SubdomainInBytes(parts[0]!).map((message) => `prefix part ${message}`))
  }
  if (name === '') errors.push(`name part ${emptyError}`)
  else if (Buffer.byteLength(name) > 63) errors.push(`name part ${maxBytesOf(63)}`)
  if (!labelName.matches(name)) errors.push(labelName.error('name part '))
  return errors
}

const isDns1123SubdomainInBytes = (value: string): string[] => dns1123Subdomain.check(value, 253, maxBytesOf)

/** A domain of three segments at least ("example.k8s.io"); upstream prefixes the field. */
export function isFullyQualifiedName(value: string): string[] {
  if (value === '') return ['Required value']
  const errors = isDns1123Subdomain(value)
  if (errors.length > 0) return [errors.join(',')]
  return value.split('.').length < 3 ? ['should be a domain with at least three segments separated by dots'] : []
}

export function isFullyQualifiedDomainName(value: string): string[] {
  if (value === '') return ['Required value']
  const name = value.endsWith('.') ? value.slice(0, -1) : value
  const errors = isDns1123Subdomain(name)
  if (errors.length > 0) return [errors.join(',')]
  const labels = name.split('.')
  if (labels.length < 2) return ['should be a domain with at least two segments separated by dots']
  for (const label of labels) {
    const wrong = isDns1123Label(label)
    if (wrong.length > 0) return [wrong.join(',')]
  }
  return []
}

export function isDomainPrefixedPath(value: string): string[] {
  if (value === '') return ['Required value']
  const slash = value.indexOf('/')
  if (slash <= 0 || slash === value.length - 1) return ['must be a domain-prefixed path (such as "acme.io/foo")']
  const errors = isDns1123Subdomain(value.slice(0, slash))
  if (!httpPath.matches(value.slice(slash + 1))) errors.push(httpPath.error())
  return errors
}

export function isDomainPrefixedKey(value: string): string[] {
  if (value === '') return ['Required value']
  const errors = isQualifiedName(value)
  if (errors.length > 0) return errors
  return value.includes('/') ? [] : ['must be a domain-prefixed key (such as "acme.io/foo")']
}

function parentDirectory(value: string): string[] {
  if (value === '.') return ["must not be '.'"]
  if (value === '..') return ["must not be '..'"]
  return value.startsWith('..') ? ["must not start with '..'"] : []
}

export const isEnvVarName = (value: string): string[] => [...envVarName.check(value), ...parentDirectory(value)]
export const isConfigMapKey = (value: string): string[] => [...configMapKey.check(value, 253), ...parentDirectory(value)]

export function isRelaxedEnvVarName(value: string): string[] {
  if (value === '') return [`environment variable name ${emptyError}`]
  if (/^[ -<>-~]*$/.test(value)) return []
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
}

export function isValidPortName(value: string): string[] {
  const errors: string[] = []
  if (Buffer.byteLength(value) > 15) errors.push(maxLengthOf(15))
  if (!/^[-a-z0-9]+$/.test(value)) errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)')
  if (value.includes('--')) errors.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) errors.push('must not begin or end with a hyphen')
  return errors
}

export function isInRange(value: number, low: number, high: number): string[] {
  return value >= low && value <= high ? [] : [inclusiveRangeError(low, high)]
}

export const isValidPortNum = (port: number): string[] => isInRange(port, 1, 65535)
const MAX_ID = 2 ** 31 - 1
export const isValidUserId = (id: number): string[] => isInRange(id, 0, MAX_ID)
export const isValidGroupId = (id: number): string[] => isInRange(id, 0, MAX_ID)

/** What may stand in a URL's path as one segment: names of RBAC objects and the like. */
export function isPathSegmentName(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`]
  return isPathSegmentPrefix(name)
}

export function isPathSegmentPrefix(name: string): string[] {
  return ['/', '%'].filter((illegal) => name.includes(illegal)).map((illegal) => `may not contain '${illegal}'`)
}

/** Name checks by kind of name; `prefix` is true for generateName, whose trailing hyphen is allowed. */
export type NameCheck = (name: string, prefix: boolean) => string[]

/** generateName ends in "-" and gets letters appended. */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name
}

export const nameIsDnsSubdomain: NameCheck = (name, prefix) => isDns1123Subdomain(prefix ? maskTrailingDash(name) : name)
export const nameIsDnsLabel: NameCheck = (name, prefix) => isDns1123Label(prefix ? maskTrailingDash(name) : name)
export const nameIsDns1035Label: NameCheck = (name, prefix) => isDns1035Label(prefix ? maskTrailingDash(name) : name)
export const nameIsPathSegment: NameCheck = (name, prefix) => (prefix ? isPathSegmentPrefix(name) : isPathSegmentName(name))
