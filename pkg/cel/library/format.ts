/** Kubernetes' format library: named formats that validate strings. */
import { type Environment, Optional } from '@marcbachmann/cel-js'
import { isDns1035Label, isDns1123Label, isDns1123Subdomain, isQualifiedName, isValidLabelValue } from '#apimachinery/names.ts'
import { formatCheck } from '#apimachinery/string-formats.ts'

type Check = (text: string) => string[]

export class Format {
  readonly check: Check
  /** Upstream's guess, which validation costs by. */
  readonly regexSize: number
  constructor(check: Check, regexSize: number) {
    this.check = check
    this.regexSize = regexSize
  }
}
class FormatNamespace {}

const byFormat =
  (format: string, message: string): Check =>
  (text) =>
    formatCheck(format)!(text) ? [] : [message]
/** What stands before a dash at the end counts no more than the dash itself. */
const prefix =
  (check: Check): Check =>
  (text) =>
    check(text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text)

/** Where it is not 30. */
const regexSizes: Readonly<Record<string, number>> = {
  dns1123Subdomain: 60,
  dns1123SubdomainPrefix: 60,
  qualifiedName: 60,
  labelValue: 40,
  uri: 1103,
  byte: 84,
  uuid: 70,
  date: 71,
  datetime: 71,
}

const formats: Readonly<Record<string, Format>> = Object.fromEntries(
  Object.entries<Check>({
    dns1123Label: isDns1123Label,
    dns1123Subdomain: isDns1123Subdomain,
    dns1035Label: isDns1035Label,
    dns1123LabelPrefix: prefix(isDns1123Label),
    dns1123SubdomainPrefix: prefix(isDns1123Subdomain),
    dns1035LabelPrefix: prefix(isDns1035Label),
    qualifiedName: isQualifiedName,
    labelValue: isValidLabelValue,
    uri: byFormat('uri', 'invalid URI'),
    uuid: byFormat('uuid', 'does not match the UUID format'),
    byte: byFormat('byte', 'invalid base64'),
    date: byFormat('date', 'invalid date'),
    datetime: byFormat('datetime', 'invalid datetime'),
  }).map(([name, check]) => [name, new Format(check, regexSizes[name] ?? 30)]),
)

export function registerFormats(environment: Environment): void {
  const sync = { async: false }
  const [type, namespace] = ['kubernetes.NamedFormat', 'kubernetes.FormatNamespace']
  environment
    .registerType(type, { ctor: Format, fields: {} } as never)
    .registerType(namespace, { ctor: FormatNamespace, fields: {} } as never)
    .registerOperator(`${type} == ${type}`, (a: Format, b: Format) => a === b)
    .registerConstant('format', namespace, new FormatNamespace())
    .registerFunction(
      `${namespace}.named(string): optional<${type}>`,
      (_: unknown, name: string) => (formats[name] ? Optional.of(formats[name]) : Optional.none()),
      sync,
    )
    .registerFunction(
      `${type}.validate(string): optional<list<string>>`,
      ({ check }: Format, text: string) => {
        const errors = check(text)
        return errors.length === 0 ? Optional.none() : Optional.of(errors)
      },
      sync,
    )
  for (const [name, format] of Object.entries(formats)) environment.registerFunction(`${namespace}.${name}(): ${type}`, () => format, sync)
}
