/** The functions that Helm adds to Sprig's, but include and tpl, which belong to one rendering (render.ts). */
import { goFunction } from '#template/exec/signature.ts'
import { decodeJson, encodeJson } from '#template/json.ts'
import { sprigFunctions } from '#template/sprig/index.ts'
import { decodeToml } from '#template/toml/decode.ts'
import { encodeToml, NothingToEncode } from '#template/toml/encode.ts'
import type { GoFunction, Value } from '#template/types.ts'
import { dictionary, isDictionary, nilMap, nilSlice } from '#template/values.ts'
import { decodeYaml } from '#template/yaml/decode.ts'
import { encodeYaml } from '#template/yaml/encode.ts'

/** Asks the cluster for an object, or for a list when the name is empty; an empty map when there is none. */
export type Lookup = (apiVersion: string, kind: string, namespace: string, name: string) => Value

export interface FunctionOptions {
  readonly lookup?: Lookup
  /** Missing required values and fail do not end a rendering. */
  readonly lint?: boolean
  /** Told what fail and required would have said. */
  readonly lintInfo?: (message: string, fields: Record<string, unknown>) => void
  readonly now?: () => bigint
}

const trimmed = (yaml: string): string => yaml.replace(/\n$/, '')
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

function orElse<T>(make: () => T, otherwise: (message: string) => T): T {
  try {
    return make()
  } catch (error) {
    return otherwise(messageOf(error))
  }
}

const jsonType = (value: Value): string =>
  Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value === 'number' ? 'number' : isDictionary(value) ? 'object' : 'string'
const asMap =
  (prefix: string) =>
  (value: Value): Value => {
    // A null in YAML leaves the map that is there, as one in JSON does not.
    if (value === null) return prefix === throughYaml ? dictionary() : nilMap('map[string]interface {}')
    if (!isDictionary(value)) throw new Error(`${prefix}json: cannot unmarshal ${jsonType(value)} into Go value of type map[string]interface {}`)
    return value
  }
const asList =
  (prefix: string) =>
  (value: Value): Value => {
    if (value === null) return prefix === throughYaml ? [] : nilSlice()
    if (!Array.isArray(value)) throw new Error(`${prefix}json: cannot unmarshal ${jsonType(value)} into Go value of type []interface {}`)
    return value
  }
/** JSON has no numbers that are none, or without end. */
function asJson(value: Value): Value {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new Error(`error converting YAML to JSON: json: unsupported value: ${Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'}`)
  if (Array.isArray(value)) for (const each of value) asJson(each)
  else if (isDictionary(value)) for (const key of Object.keys(value)) asJson(value[key])
  return value
}
const throughYaml = 'error unmarshaling JSON: while decoding JSON: '
const asError = (message: string): Value => dictionary([['Error', message]])

/** fail and required mark their messages, so that the whole error can be told in the author's words. */
export const warnStart = 'HELM_ERR_START'
export const warnEnd = 'HELM_ERR_END'
const warning = (message: string): Error => new Error(warnStart + message + warnEnd)

function required(lint: boolean, info: FunctionOptions['lintInfo']): GoFunction {
  return goFunction('string, any', (message: string, value: Value) => {
    if (value !== null && value !== '') return value
    if (lint) {
      info?.('missing required value', { message })
      return ''
    }
    throw warning(message)
  })
}

export function helmFunctions({ lookup, lint = false, lintInfo, now }: FunctionOptions): Map<string, GoFunction> {
  const functions = sprigFunctions(now)
  const own: Readonly<Record<string, GoFunction>> = {
    toYaml: goFunction('any', (value: Value) =>
      orElse(
        () => trimmed(encodeYaml(value)),
        () => '',
      ),
    ),
    mustToYaml: goFunction('any', (value: Value) => trimmed(encodeYaml(value))),
    toYamlPretty: goFunction('any', (value: Value) =>
      orElse(
        () => trimmed(encodeYaml(value, { pretty: true })),
        () => '',
      ),
    ),
    fromYaml: goFunction('string', (text: string) => orElse(() => asMap(throughYaml)(asJson(decodeYaml(text))), asError)),
    fromYamlArray: goFunction('string', (text: string) =>
      orElse(
        () => asList(throughYaml)(asJson(decodeYaml(text))),
        (message): Value => [message],
      ),
    ),
    toJson: goFunction('any', (value: Value) =>
      orElse(
        () => encodeJson(value),
        () => '',
      ),
    ),
    mustToJson: goFunction('any', (value: Value) => encodeJson(value)),
    fromJson: goFunction('string', (text: string) => orElse(() => asMap('')(decodeJson(text)), asError)),
    fromJsonArray: goFunction('string', (text: string) =>
      orElse(
        () => asList('')(decodeJson(text)),
        (message): Value => [message],
      ),
    ),
    toToml: goFunction('any', (value: Value) => {
      try {
        return encodeToml(value)
      } catch (error) {
        if (error instanceof NothingToEncode) throw error
        return messageOf(error)
      }
    }),
    mustToToml: goFunction('any', (value: Value) => encodeToml(value)),
    fromToml: goFunction('string', (text: string) => orElse(() => decodeToml(text), asError)),
    lookup: goFunction('string, string, string, string', (apiVersion: string, kind: string, namespace: string, name: string) =>
      lookup && !lint ? lookup(apiVersion, kind, namespace, name) : dictionary(),
    ),
    // No name is looked up while a chart is rendered, unless Helm is told so; here never.
    getHostByName: goFunction('string', () => ''),
    required: required(lint, lintInfo),
    fail: goFunction('string', (message: string) => {
      if (lint) {
        lintInfo?.('funcMap fail', { message })
        return ''
      }
      throw warning(message)
    }),
  }
  for (const [name, made] of Object.entries(own)) functions.set(name, made)
  return functions
}
