/** Validation of config maps and secrets. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path, required, tooLong } from '#apimachinery/field-error.ts'
import { DecodeError, parseJson } from '#apimachinery/codec/index.ts'
import { isConfigMapKey, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import { validateKindMeta } from '#api/meta/validate-object-meta.ts'
import type { ConfigMap, Secret } from '#api/gen/core/v1.ts'
import { complaints, immutable } from '../../checks.ts'
import { semanticEqual } from '../../semantic-equal.ts'

const maxBytes = 1024 * 1024
const decodedLength = (base64: string): number => Buffer.byteLength(base64, 'base64')

export function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const errors: FieldError[] = []
  for (const key of Object.keys(data)) {
    const here = path('data').key(key)
    errors.push(...complaints(here, key, isConfigMapKey(key)))
    if (key in binaryData) errors.push(invalidValue(here, key, 'duplicate of key present in binaryData'))
  }
  for (const key of Object.keys(binaryData)) errors.push(...complaints(path('binaryData').key(key), key, isConfigMapKey(key)))
  const size =
    Object.values(data).reduce((total, text) => total + Buffer.byteLength(text), 0) +
    Object.values(binaryData).reduce((total, bytes) => total + decodedLength(bytes ?? ''), 0)
  return size > maxBytes ? [...errors, tooLong(path('[]'), maxBytes)] : errors
}

export function validateConfigMapUpdate(object: ConfigMap, old: ConfigMap): FieldError[] {
  return [...whenImmutable(object, old, ['data', 'binaryData']), ...validateKindMeta(object.metadata, true, nameIsDnsSubdomain), ...validateConfigMap(object)]
}

export function validateSecret(secret: Secret): FieldError[] {
  const dataAt = path('data')
  const data = secret.data ?? {}
  const errors = Object.keys(data).flatMap((key) => complaints(dataAt.key(key), key, isConfigMapKey(key)))
  if (Object.values(data).reduce((total, bytes) => total + decodedLength(bytes ?? ''), 0) > maxBytes) errors.push(tooLong(dataAt, maxBytes))
  return [...errors, ...validateForType(secret, data, dataAt)]
}

function validateForType({ type, metadata }: Secret, data: Readonly<Record<string, string>>, at: FieldPath): FieldError[] {
  const need = (...keys: string[]) => keys.filter((key) => data[key] === undefined).map((key) => required(at.key(key)))
  switch (type) {
    case 'kubernetes.io/service-account-token': {
      const key = 'kubernetes.io/service-account.name'
      return metadata.annotations?.[key] ? [] : [required(path('metadata', 'annotations').key(key))]
    }
    case 'kubernetes.io/dockercfg':
      return validateJson(data, '.dockercfg', at)
    case 'kubernetes.io/dockerconfigjson':
      return validateJson(data, '.dockerconfigjson', at)
    case 'kubernetes.io/basic-auth':
      return data.username === undefined && data.password === undefined ? [required(at.key('username')), required(at.key('password'))] : []
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? [] : [required(at.key('ssh-privatekey'))]
    case 'kubernetes.io/tls':
      return need('tls.crt', 'tls.key')
    default:
      return []
  }
}

/** Our own reader's words, which are Go's: those of JSON.parse quote the text, which is the secret. */
function validateJson(data: Readonly<Record<string, string>>, key: string, at: FieldPath): FieldError[] {
  const bytes = data[key]
  if (bytes === undefined) return [required(at.key(key))]
  const wrong = objectError(Buffer.from(bytes, 'base64').toString('utf8'))
  return wrong === undefined ? [] : [invalidValue(at.key(key), '<secret contents redacted>', wrong)]
}

function objectError(text: string): string | undefined {
  try {
    const { value } = parseJson(text)
    if (value === null || (typeof value === 'object' && !Array.isArray(value))) return undefined
    return `json: cannot unmarshal ${Array.isArray(value) ? 'array' : goTypeOf(value)} into Go value of type map[string]interface {}`
  } catch (error) {
    if (error instanceof DecodeError) return error.message
    throw error
  }
}

function goTypeOf(value: unknown): string {
  return typeof value === 'boolean' ? 'bool' : typeof value
}

export function validateSecretUpdate(object: Secret, old: Secret): FieldError[] {
  return [
    ...immutable(path('type'), object.type, old.type),
    ...whenImmutable(object, old, ['data']),
    ...validateKindMeta(object.metadata, true, nameIsDnsSubdomain),
    ...validateSecret(object),
  ]
}

type Lockable = { immutable?: boolean; data?: unknown; binaryData?: unknown }

function whenImmutable(object: Lockable, old: Lockable, keys: readonly ('data' | 'binaryData')[]): FieldError[] {
  if (!old.immutable) return []
  const why = 'field is immutable when `immutable` is set'
  const errors = object.immutable ? [] : [forbiddenField(path('immutable'), why)]
  return [...errors, ...keys.filter((key) => !semanticEqual(object[key] ?? {}, old[key] ?? {})).map((key) => forbiddenField(path(key), why))]
}
