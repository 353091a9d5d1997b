/**
 * The text of which upstream's controllers make a template's hash: a v1.PodTemplateSpec as k8s.io/utils/dump.ForHash prints Go's struct
 * after it was read from protobuf. Types by their Go names, fields in Go's order, maps by sorted keys; what is empty is nil.
 */
import type { PodTemplateSpec } from '#api/gen/core/v1.ts'
import { parseTime } from '#apimachinery/codec/time.ts'
import { goStructs } from './gen/go-structs.ts'
import { dumpQuantity } from './quantity.ts'

/** Prints a value without its type. */
type Print = (value: any) => string

export function templateDump(template: PodTemplateSpec): string {
  return `(v1.PodTemplateSpec)${printOf('v1.PodTemplateSpec')(template)}`
}

const prints = new Map<string, Print>(
  Object.entries({
    bool: (value) => (value ? 'true' : 'false'),
    int32: (value) => String(value ?? 0),
    int64: (value) => String(value ?? 0),
    'resource.Quantity': dumpQuantity,
    'v1.Time': printTime,
    'intstr.IntOrString': printIntOrString,
    'v1.ResourceList': printMap(dumpQuantity),
    'v1.FieldsV1': (value) => `{Raw:([]uint8)[${[...Buffer.from(JSON.stringify(value))].join(' ')}]}`,
  } satisfies Record<string, Print>),
)

/** What has no other print is a string by another name. */
function printOf(type: string): Print {
  let print = prints.get(type)
  if (!print) {
    print = compile(type)
    prints.set(type, print)
  }
  return print
}

function compile(type: string): Print {
  if (type.startsWith('[]')) return printList(printOf(type.slice(2)))
  if (type.startsWith('map[string]')) return printMap(printOf(type.slice('map[string]'.length)))
  const fields = goStructs[type]
  if (fields === undefined) return (value) => value ?? ''
  // Types refer to one another, though none to itself: each is compiled when it is first met.
  const writers = fields.trim().split('\n').map(fieldWriter)
  return (value) => `{${writers.map((write) => write(value ?? {})).join(' ')}}`
}

function fieldWriter(line: string): Print {
  const [goName, jsonName, type] = line.trim().split(' ') as [string, string, string]
  const head = `${goName}:(${type})`
  if (!type.startsWith('*')) {
    const print = printOf(type)
    return jsonName === '-' ? (owner) => head + print(owner) : (owner) => head + print(owner[jsonName])
  }
  const print = printOf(type.slice(1))
  return (owner) => {
    const value = owner[jsonName]
    return value === undefined || value === null ? `${head}<nil>` : head + print(value)
  }
}

function printList(print: Print): Print {
  return (list: readonly unknown[] | null | undefined) => (list?.length ? `[${list.map(print).join(' ')}]` : '<nil>')
}

function printMap(print: Print): Print {
  return (map: Readonly<Record<string, unknown>> | null | undefined) => {
    const keys = Object.keys(map ?? {}).sort(byBytes)
    return keys.length > 0 ? `map[${keys.map((key) => `${key}:${print(map![key])}`).join(' ')}]` : '<nil>'
  }
}

const isAscii = /^[\0-\x7f]*$/

function byBytes(a: string, b: string): number {
  if (isAscii.test(a) && isAscii.test(b)) return a < b ? -1 : 1
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function printIntOrString(value: number | string | undefined): string {
  const isText = typeof value === 'string'
  return `{Type:(intstr.Type)${isText ? 1 : 0} IntVal:(int32)${isText ? 0 : (value ?? 0)} StrVal:(string)${isText ? value : ''}}`
}

/** From year 1 on, which is where Go's clock begins. */
const secondsBeforeUnix = 62_135_596_800n
/** Of a controller manager in a container, where nothing names another zone. */
const utc =
  '{name:(string)UTC zone:([]time.zone)<nil> tx:([]time.zoneTrans)<nil> extend:(string) cacheStart:(int64)0 cacheEnd:(int64)0 cacheZone:(*time.zone)<nil>}'

function printTime(value: string | null | undefined): string {
  const seconds = value ? BigInt(parseTime(value).seconds) + secondsBeforeUnix : 0n
  return `{Time:(time.Time){wall:(uint64)0 ext:(int64)${seconds} loc:(*time.Location)${value ? utc : '<nil>'}}}`
}
