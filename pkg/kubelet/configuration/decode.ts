/**
 * Strict decoding of a KubeletConfiguration from YAML or JSON: an unknown or repeated field, a wrong type or a bad duration is an
 * error that names it (apimachinery's strict serializer). Nothing is defaulted here, so that drop-ins can be merged first.
 */
import { parseDocument } from 'yaml'
import { isQuantity } from '#apimachinery/quantity.ts'
import { formatGoDuration, parseGoDuration } from '#apimachinery/go-duration.ts'
import { type FieldKind, type FieldTable, fields, type KubeletConfiguration } from './fields.ts'

export const apiVersion = 'kubelet.config.k8s.io/v1beta1'
export const kind = 'KubeletConfiguration'

/** A file that this kubelet cannot start with; the message says which field. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/** Throws ConfigurationError with upstream's text. A drop-in may leave apiVersion and kind out no more than a file may. */
export function decodeConfiguration(text: string): KubeletConfiguration {
  const document = parseDocument(text, { uniqueKeys: true })
  const broken = document.errors[0]
  if (broken) throw failed(broken.code === 'DUPLICATE_KEY' ? `strict decoding error: yaml: ${firstLine(broken.message)}` : `yaml: ${firstLine(broken.message)}`)
  const object: unknown = document.toJS()
  if (!isObject(object)) throw failed("couldn't get version/kind; json parse error: json: cannot unmarshal into Go value of type struct")
  const { apiVersion: version, kind: type, ...rest } = object
  if (!type) throw failed("Object 'Kind' is missing in the configuration")
  if (version !== apiVersion || type !== kind) {
    throw failed(`no kind "${type}" is registered for version "${version ?? ''}" in scheme "k8s.io/kubernetes/pkg/kubelet/apis/config/scheme/scheme.go"`)
  }
  const unknown: string[] = []
  const decoded = decodeTable(rest, fields, '', unknown)
  if (unknown.length > 0) throw failed(`strict decoding error: ${unknown.map((name) => `unknown field "${name}"`).join(', ')}`)
  return decoded as KubeletConfiguration
}

const failed = (why: string): ConfigurationError => new ConfigurationError(`failed to decode: ${why}`)
const firstLine = (text: string): string => text.split('\n')[0]!
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
    else throw wrongType(value, at, 'struct')
  }
  return decoded
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
      return need(isObject(value) && Object.values(value).every(isText), 'map[string]string')
    case 'boolMap':
      return need(isObject(value) && Object.values(value).every((each) => typeof each === 'boolean'), 'map[string]bool')
    case 'headers':
      return need(isObject(value) && Object.values(value).every((each) => all(each, isText)), 'map[string][]string')
    case 'object':
      return need(isObject(value), 'struct')
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

function wrongType(value: unknown, at: string, goType: string): ConfigurationError {
  const was = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  return failed(`json: cannot unmarshal ${was} into Go struct field KubeletConfiguration.${at} of type ${goType}`)
}
