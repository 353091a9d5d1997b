/** Validation of a container's environment. */
import { type FieldError, type FieldPath, invalidValue, notSupported, required } from '#apimachinery/field-error.ts'
import { isConfigMapKey, isQualifiedName, isRelaxedEnvVarName, nameIsDnsSubdomain } from '#apimachinery/names.ts'
import type { EnvFromSource, EnvVar, ObjectFieldSelector, ResourceFieldSelector } from '#api/gen/core/v1.ts'
import { complaints } from '../../../checks.ts'

const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]
const containerResources = ['limits.cpu', 'limits.ephemeral-storage', 'limits.memory', 'requests.cpu', 'requests.ephemeral-storage', 'requests.memory']

export function validateEnv(env: readonly EnvVar[] | undefined, at: FieldPath): FieldError[] {
  return (env ?? []).flatMap((each, position) => {
    const here = at.index(position)
    const name = each.name ? complaints(here.child('name'), each.name, isRelaxedEnvVarName(each.name)) : [required(here.child('name'))]
    return [...name, ...validateValueFrom(each, here.child('valueFrom'))]
  })
}

function validateValueFrom({ value, valueFrom }: EnvVar, at: FieldPath): FieldError[] {
  if (!valueFrom) return []
  const errors: FieldError[] = []
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom
  if (fieldRef) errors.push(...validateFieldRef(fieldRef, envFields, at.child('fieldRef')))
  if (resourceFieldRef) errors.push(...validateResourceFieldRef(resourceFieldRef, at.child('resourceFieldRef'), false))
  if (configMapKeyRef) errors.push(...validateKeyRef(configMapKeyRef, at.child('configMapKeyRef')))
  if (secretKeyRef) errors.push(...validateKeyRef(secretKeyRef, at.child('secretKeyRef')))
  if (fileKeyRef) {
    for (const key of ['key', 'volumeName', 'path'] as const) if (!fileKeyRef[key]) errors.push(required(at.child('fileKeyRef', key)))
  }
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(Boolean).length
  if (sources === 0) errors.push(invalidValue(at, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'))
  else if (value) errors.push(invalidValue(at, '', 'may not be specified when `value` is not empty'))
  else if (sources > 1) errors.push(invalidValue(at, '', 'may not have more than one field specified at a time'))
  return errors
}

export function validateFieldRef({ apiVersion, fieldPath }: ObjectFieldSelector, supported: readonly string[], at: FieldPath): FieldError[] {
  if (!apiVersion) return [required(at.child('apiVersion'))]
  if (!fieldPath) return [required(at.child('fieldPath'))]
  const subscript = /^(metadata\.(?:labels|annotations))\['(.*)'\]$/.exec(fieldPath)
  if (subscript) {
    const key = subscript[1] === 'metadata.annotations' ? subscript[2]!.toLowerCase() : subscript[2]!
    return complaints(at, subscript[2], isQualifiedName(key))
  }
  return supported.includes(fieldPath) ? [] : [notSupported(at.child('fieldPath'), fieldPath, supported)]
}

export function validateResourceFieldRef({ containerName, resource, divisor }: ResourceFieldSelector, at: FieldPath, inVolume: boolean): FieldError[] {
  if (inVolume && !containerName) return [required(at.child('containerName'))]
  if (!resource) return [required(at.child('resource'))]
  const isHugePages = /^(limits|requests)\.hugepages-/.test(resource)
  if (!isHugePages && !containerResources.includes(resource)) return [notSupported(at.child('resource'), resource, containerResources)]
  return validateDivisor(resource, divisor ?? '0', at)
}

const divisors: readonly (readonly [RegExp, readonly string[], string])[] = [
  [/\.cpu$/, ['1m', '1'], "only divisor's values 1m and 1 are supported with the cpu resource"],
  [
    /\.memory$/,
    ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'],
    "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the memory resource",
  ],
  [
    /\.ephemeral-storage$/,
    ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'],
    "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the local ephemeral storage resource",
  ],
]

function validateDivisor(resource: string, divisor: string, at: FieldPath): FieldError[] {
  if (divisor === '0' || divisor === '') return []
  const rule = divisors.find(([pattern]) => pattern.test(resource))
  return rule && !rule[1].includes(divisor) ? [invalidValue(at.child('divisor'), divisor, rule[2])] : []
}

function validateKeyRef({ name, key }: { name?: string; key: string }, at: FieldPath): FieldError[] {
  const errors = complaints(at.child('name'), name ?? '', nameIsDnsSubdomain(name ?? '', false))
  if (!key) return [...errors, required(at.child('key'))]
  return [...errors, ...complaints(at.child('key'), key, isConfigMapKey(key))]
}

export function validateEnvFrom(sources: readonly EnvFromSource[] | undefined, at: FieldPath): FieldError[] {
  return (sources ?? []).flatMap(({ prefix, configMapRef, secretRef }, position) => {
    const here = at.index(position)
    const errors: FieldError[] = []
    if (prefix) errors.push(...complaints(here.child('prefix'), prefix, isRelaxedEnvVarName(prefix)))
    for (const [key, ref] of [
      ['configMapRef', configMapRef],
      ['secretRef', secretRef],
    ] as const) {
      if (ref)
        errors.push(...(ref.name ? complaints(here.child(key, 'name'), ref.name, nameIsDnsSubdomain(ref.name, false)) : [required(here.child(key, 'name'))]))
    }
    if (!configMapRef && !secretRef) errors.push(invalidValue(at, '', 'must specify one of: `configMapRef` or `secretRef`'))
    if (configMapRef && secretRef) errors.push(invalidValue(at, '', 'may not have more than one field specified at a time'))
    return errors
  })
}
