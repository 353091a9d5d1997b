/** Configuration files as k8s.io/apiserver's strict decoders read them: what they are, of which version, with nothing unknown and nothing twice. */
import { DecodeError, decodeObject, parseYaml, StrictDecodingError } from '#apimachinery/codec/index.ts'
import { jsonKind } from '#apimachinery/codec/errors.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'

/** By "GROUP/VERSION, Kind". */
export type ConfigurationKinds = Readonly<Record<string, StructSchema>>

export interface DecodedConfiguration {
  readonly apiVersion: string
  readonly kind: string
  readonly object: any
}

export interface DecodeConfigurationOptions {
  /** What stands for a version and a kind that are not said. */
  readonly otherwise?: { readonly apiVersion: string; readonly kind: string }
  /** Told of what is unknown or there twice, which is passed over then. */
  readonly onLenient?: (message: string) => void
}

/** Throws an Error in upstream's words. */
export function decodeConfiguration(text: string, kinds: ConfigurationKinds, { otherwise, onLenient }: DecodeConfigurationOptions = {}): DecodedConfiguration {
  const value = read(text)
  if (value !== null && jsonKind(value) !== 'object')
    throw new Error(`couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonKind(value)} into Go value of type ${typeMeta}`)
  const given = (value ?? {}) as { apiVersion?: string; kind?: string }
  const { apiVersion = otherwise?.apiVersion, kind = otherwise?.kind } = given
  if (!kind) throw new Error(`Object 'Kind' is missing in '${text}'`)
  if (!apiVersion) throw new Error(`Object 'apiVersion' is missing in '${text}'`)
  const schema = Object.hasOwn(kinds, `${apiVersion}, ${kind}`) ? kinds[`${apiVersion}, ${kind}`]! : undefined
  if (!schema) throw new Error(noKind(kind, given.apiVersion, apiVersion))
  try {
    const { object, strictErrors } = decodeObject<any>(schema, value === null ? {} : text, { format: 'yaml' })
    if (strictErrors.length > 0) {
      const problem = new StrictDecodingError(strictErrors)
      if (!onLenient) throw problem
      onLenient(problem.message)
    }
    return { apiVersion, kind, object }
  } catch (error) {
    throw error instanceof DecodeError ? new Error(error.message, { cause: error }) : error
  }
}

const typeMeta = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
const scheme = 'in scheme "pkg/runtime/scheme.go:111"'

function noKind(kind: string, given: string | undefined, apiVersion: string): string {
  const group = apiVersion.slice(0, apiVersion.indexOf('/'))
  const where = given === undefined ? `the internal version of group "${group}"` : `version "${apiVersion}"`
  return `no kind "${kind}" is registered for ${where} ${scheme}`
}

function read(text: string): unknown {
  try {
    return parseYaml(text).value
  } catch (error) {
    throw new Error((error as Error).message.replace(/^error converting YAML to JSON: /, ''), { cause: error })
  }
}
