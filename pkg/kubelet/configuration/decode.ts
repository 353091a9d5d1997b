/**
 * Decoding of a KubeletConfiguration from YAML or JSON: a wrong type or a bad duration is an error that names the field, in the words of
 * Go's decoder. Nothing is defaulted here, so that drop-ins can be merged first.
 */
import { parseYaml } from '#apimachinery/codec/index.ts'
import { isQuantity } from '#apimachinery/quantity.ts'
import { formatGoDuration, parseGoDuration } from '#apimachinery/go-duration.ts'
import { type FieldKind, type FieldTable, fields, type KubeletConfiguration } from './fields.ts'

export const apiVersion = 'kubelet.config.k8s.io/v1beta1'
export const kind = 'KubeletConfiguration'

/** A file that this kubelet cannot start with; the message says which field. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/**
 * Throws ConfigurationError with upstream's text. What it does not know, and what is said twice, is an error, unless somebody takes note of
 * it: upstream writes it to the log and goes on.
 */
export function decodeConfiguration(text: string, onLenient?: (message: string) => void): KubeletConfiguration {
  const { value: object, duplicates } = readText(text)
  if (!isObject(object))
    throw failed(`couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonType(object)} into Go value of type ${typeMeta}`)
  const { apiVersion: version, kind: type, ...rest } = object
  if (!type) throw failed(`Object 'Kind' is missing in '${text}'`)
  if (!version) throw failed(`Object 'apiVersion' is missing in '${text}'`)
  if (version !== apiVersion || type !== kind) throw failed(`no kind "${type}" is registered for version "${version}" in scheme "pkg/runtime/scheme.go:111"`)
  const unknown: string[] = []
  const decoded = decodeTable(rest, fields, '', unknown)
  const strict = [...duplicates, ...unknown.map((name) => `unknown field "${name}"`)]
  if (strict.length > 0) {
    const message = `strict decoding error: ${strict.join(', ')}`
    if (!onLenient) throw failed(message)
    onLenient(message)
  }
  return decoded as KubeletConfiguration
}

const typeMeta = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'

function readText(text: string): ReturnType<typeof parseYaml> {
  try {
    return parseYaml(text)
  } catch (error) {
    throw failed((error as Error).message.replace(/^error converting YAML to JSON: /, ''))
  }
}

const failed = (why: string): ConfigurationError => new ConfigurationError(`failed to decode: ${why}`)
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function decodeTable(object: Record<string, unknown>, table: FieldTable, path: string, unknown: string[]): Record<string, unknown> {
  const decoded: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(object)) {
    const at = path === '' ? name : `${path}.${name}`
    const field = Object.hasOwn(table, name) ? table[name] : undefined
    if (field === undefined) {
      unknown.push(at)
      continue
    }
    if (value === null || value === undefined) continue
    if (typeof field === 'string') decoded[name] = decodeValue(value, field, at)
    else if (isObject(value)) decoded[name] = decodeTable(value, field, at, unknown)
    else throw wrongType(value, at, goTypes[at]!)
  }
  return decoded
}

/** Of the fields that are structs, as error messages name them. */
const goTypes: Readonly<Record<string, string>> = {
  authentication: 'v1beta1.KubeletAuthentication',
  'authentication.x509': 'v1beta1.KubeletX509Authentication',
  'authentication.webhook': 'v1beta1.KubeletWebhookAuthentication',
  'authentication.anonymous': 'v1beta1.KubeletAnonymousAuthentication',
  authorization: 'v1beta1.KubeletAuthorization',
  'authorization.webhook': 'v1beta1.KubeletWebhookAuthorization',
  memorySwap: 'v1beta1.MemorySwapConfiguration',
  crashLoopBackOff: 'v1beta1.CrashLoopBackOffConfig',
  userNamespaces: 'v1beta1.UserNamespaces',
  logging: 'v1.LoggingConfiguration',
  tracing: 'v1.TracingConfiguration',
}

const limits = { int32: 2 ** 31, int64: Number.MAX_SAFE_INTEGER }

function decodeValue(value: unknown, kind: FieldKind, at: string): unknown {
  const need = (yes: boolean, goType: string): unknown => {
    if (!yes) throw wrongType(value, at, goType)
    return value
  }
  const all = (list: unknown, test: (each: unknown) => boolean) => Array.isArray(list) && list.every(test)
  const isText = (each: unknown) => typeof each === 'string'
  switch (kind) {
    case 'bool':
      return need(typeof value === 'boolean', 'bool')
    case 'string':
      return need(isText(value), 'string')
    case 'int32':
    case 'int64':
      return need(Number.isInteger(value) && Math.abs(value as number) <= limits[kind], kind)
    case 'float64':
      return need(typeof value === 'number', 'float64')
    case 'duration':
      need(isText(value), 'string')
      return duration(value as string)
    case 'strings':
      return need(all(value, isText), '[]string')
    case 'ints':
      return need(all(value, Number.isInteger), '[]int32')
    case 'map':
      return elements(value, at, { whole: 'map[string]string', each: 'string', test: isText })
    case 'boolMap':
      return elements(value, at, { whole: 'map[string]bool', each: 'bool', test: (each) => typeof each === 'boolean' })
    case 'headers':
      return elements(value, at, { whole: 'map[string][]string', each: '[]string', test: (each) => all(each, isText) })
    case 'object':
      return need(isObject(value), goTypes[at]!)
    case 'memoryReservations':
      need(
        all(
          value,
          (each) =>
            isObject(each) && (each.numaNode === undefined || Number.isInteger(each.numaNode)) && (each.limits === undefined || isQuantities(each.limits)),
        ),
        '[]v1beta1.MemoryReservation',
      )
      return (value as { numaNode?: number; limits?: Record<string, string | number> }[]).map(({ numaNode = 0, limits = {} }) => ({
        numaNode,
        limits: Object.fromEntries(Object.entries(limits).map(([name, quantity]) => [name, String(quantity)])),
      }))
    case 'taints':
      return need(all(value, isObject), '[]v1.Taint')
    case 'shutdownPeriods':
      return need(
        all(value, (each) => isObject(each) && Number.isInteger(each.priority) && Number.isInteger(each.shutdownGracePeriodSeconds)),
        '[]v1beta1.ShutdownGracePeriodByPodPriority',
      )
  }
}

const isQuantities = (value: unknown): boolean => isObject(value) && Object.values(value).every((each) => isQuantity(String(each)))

function duration(text: string): string {
  try {
    return formatGoDuration(parseGoDuration(text))
  } catch (error) {
    throw failed((error as Error).message)
  }
}

/** The first that is wrong is told, by the type of what the map holds. */
function elements(value: unknown, at: string, is: { readonly whole: string; readonly each: string; readonly test: (each: unknown) => boolean }): object {
  if (!isObject(value)) throw wrongType(value, at, is.whole)
  const wrong = Object.values(value).find((each) => !is.test(each))
  if (wrong !== undefined) throw wrongType(wrong, at, is.each)
  return value
}

const jsonType = (value: unknown): string => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value)

function wrongType(value: unknown, at: string, goType: string): ConfigurationError {
  const owner = goTypes[at.slice(0, Math.max(0, at.lastIndexOf('.')))]?.split('.')[1] ?? kind
  // Where a number is wanted, the one that does not fit is named.
  const was = typeof value === 'number' && /^int/.test(goType) ? `number ${value}` : jsonType(value)
  return failed(`json: cannot unmarshal ${was} into Go struct field ${owner}.${at} of type ${goType}`)
}
