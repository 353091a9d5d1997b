/** Builds gRPC service definitions from tables of messages, so that nothing has to be read from a .proto file at run time. */
import { fromJSON, type ServiceDefinition } from '@grpc/proto-loader'

export type Methods = Readonly<Record<string, readonly [request: string, response: string, stream?: 'stream']>>

export interface Tables {
  readonly package: string
  readonly messages: Readonly<Record<string, string>>
  readonly enums?: Readonly<Record<string, readonly string[]>>
  readonly services: Readonly<Record<string, Methods>>
}

/** Enumerations read as names, 64-bit numbers as doubles (nanoseconds lose less than a microsecond), bytes as Buffers; empty lists and maps are there. */
const options = { keepCase: true, longs: Number, enums: String, defaults: true, arrays: true, objects: true } as const

export function buildServices(tables: Tables): Record<string, ServiceDefinition> {
  const nested: Record<string, object> = {}
  for (const [name, values] of Object.entries(tables.enums ?? {})) {
    nested[name] = { values: Object.fromEntries(values.map((value, number) => [value, number])) }
  }
  for (const [name, fields] of Object.entries(tables.messages)) nested[name] = { fields: parseFields(fields) }
  for (const [name, methods] of Object.entries(tables.services)) {
    nested[name] = {
      methods: Object.fromEntries(
        Object.entries(methods).map(([method, [requestType, responseType, stream]]) => [
          method,
          { requestType, responseType, ...(stream ? { responseStream: true } : {}) },
        ]),
      ),
    }
  }
  const root: { nested: Record<string, any> } = { nested: {} }
  let at = root
  for (const part of tables.package.split('.')) {
    const next = { nested: {} }
    at.nested[part] = next
    at = next
  }
  at.nested = nested
  const loaded = fromJSON(root as never, options)
  return Object.fromEntries(Object.keys(tables.services).map((name) => [name, loaded[`${tables.package}.${name}`] as ServiceDefinition]))
}

function parseFields(text: string): Record<string, object> {
  const fields: Record<string, object> = {}
  for (const field of text.split(' ').filter(Boolean)) {
    const match = /^(\w+):([\w.]+)(\[\])?=(\d+)$/.exec(field)
    if (!match) throw new Error(`bad field "${field}"`)
    const [, name, type, repeated, id] = match
    const valueType = type === 'map' ? 'string' : type!.startsWith('map.') ? type!.slice('map.'.length) : undefined
    fields[name!] =
      valueType !== undefined
        ? { keyType: 'string', type: valueType, id: Number(id) }
        : { type: type!, id: Number(id), ...(repeated ? { rule: 'repeated' } : {}) }
  }
  return fields
}
