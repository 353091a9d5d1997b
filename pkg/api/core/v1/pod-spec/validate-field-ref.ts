/** Validation of references to fields of the pod and to resources of its containers (the downward API). */
import { type FieldError, type FieldPath, invalidValue, notSupported, required } from '#apimachinery/field-error.ts'
import { isQualifiedName } from '#apimachinery/names.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { ObjectFieldSelector, ResourceFieldSelector } from '#api/gen/core/v1.ts'
import { complaints } from '../../../checks.ts'

/** Every label that upstream can convert; which of them are supported depends on where they are used. */
const known = new Set([
  ...['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.restartPolicy'],
  ...['spec.serviceAccountName', 'spec.schedulerName', 'status.phase', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'],
])

export function validateFieldRef({ apiVersion, fieldPath }: ObjectFieldSelector, supported: readonly string[], at: FieldPath): FieldError[] {
  if (!apiVersion) return [required(at.child('apiVersion'))]
  if (!fieldPath) return [required(at.child('fieldPath'))]
  const here = at.child('fieldPath')
  if (apiVersion !== 'v1') return [invalidValue(here, fieldPath, `error converting fieldPath: unsupported pod version: ${apiVersion}`)]
  const subscript = /^(.*)\['(.*)'\]$/.exec(fieldPath)
  const [path, key] = subscript ? [subscript[1]!, subscript[2]!] : [fieldPath, undefined]
  const isConvertible = key === undefined ? known.has(path) || path === 'spec.host' : path === 'metadata.labels' || path === 'metadata.annotations'
  if (!isConvertible) return [invalidValue(here, fieldPath, conversionError(path, key, fieldPath))]
  if (key !== undefined) return complaints(at, key, isQualifiedName(path === 'metadata.annotations' ? key.toLowerCase() : key))
  const converted = path === 'spec.host' ? 'spec.nodeName' : path
  return supported.includes(converted) ? [] : [notSupported(here, converted, supported)]
}

function conversionError(path: string, key: string | undefined, whole: string): string {
  return `error converting fieldPath: ${key !== undefined && known.has(path) ? `field label does not support subscript: ${whole}` : `field label not supported: ${whole}`}`
}

const containerResources = ['limits.cpu', 'limits.ephemeral-storage', 'limits.memory', 'requests.cpu', 'requests.ephemeral-storage', 'requests.memory']
const isHugePages = (resource: string): boolean => /^(limits|requests)\.hugepages-/.test(resource)

export function validateResourceFieldRef({ containerName, resource, divisor }: ResourceFieldSelector, at: FieldPath, inVolume: boolean): FieldError[] {
  const errors: FieldError[] = []
  if (inVolume && !containerName) errors.push(required(at.child('containerName')))
  else if (!resource) errors.push(required(at.child('resource')))
  else if (!containerResources.includes(resource) && !isHugePages(resource)) errors.push(notSupported(at.child('resource'), resource, containerResources))
  return [...errors, ...validateDivisor(resource ?? '', divisor, at.child('divisor'))]
}

const sizes = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']
const divisors: readonly (readonly [RegExp, readonly string[], string])[] = [
  [/^(limits|requests)\.cpu$/, ['1m', '1'], "only divisor's values 1m and 1 are supported with the cpu resource"],
  [/^(limits|requests)\.memory$/, sizes, `only divisor's values ${sizes.join(', ')} are supported with the memory resource`],
  [/^(limits|requests)\.ephemeral-storage$/, sizes, `only divisor's values ${sizes.join(', ')} are supported with the local ephemeral storage resource`],
  [/^(limits|requests)\.hugepages-/, sizes, `only divisor's values ${sizes.join(', ')} are supported with the hugepages resource`],
]

/** Upstream's errors name the resource, not the divisor that is wrong. */
function validateDivisor(resource: string, divisor: string | undefined, at: FieldPath): FieldError[] {
  if (divisor === undefined || Quantity.parse(divisor).sign() === 0) return []
  const rule = divisors.find(([pattern]) => pattern.test(resource))
  return rule && !rule[1].includes(Quantity.parse(divisor).toString()) ? [invalidValue(at, resource, rule[2])] : []
}
