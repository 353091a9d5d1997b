/** Validation of requests and limits. */
import { type FieldError, type FieldPath, invalidValue, required } from '#apimachinery/field-error.ts'
import { isQualifiedName } from '#apimachinery/names.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { ResourceRequirements } from '#api/gen/core/v1.ts'
import { complaints } from '../../../checks.ts'

const containerResources = new Set(['cpu', 'memory', 'ephemeral-storage'])
const standardResources = new Set([
  ...containerResources,
  ...[
    'pods',
    'services',
    'replicationcontrollers',
    'resourcequotas',
    'secrets',
    'configmaps',
    'persistentvolumeclaims',
    'storage',
    'services.nodeports',
    'services.loadbalancers',
  ],
  ...['requests.cpu', 'requests.memory', 'requests.storage', 'requests.ephemeral-storage', 'limits.cpu', 'limits.memory', 'limits.ephemeral-storage'],
])
const isHugePages = (name: string): boolean => name.startsWith('hugepages-')
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/')
export const isIntegerResource = (name: string): boolean =>
  isExtended(name) || ['pods', 'services', 'secrets', 'configmaps', 'persistentvolumeclaims'].includes(name)

export function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0
}

export function validateResourceName(name: string, at: FieldPath): FieldError[] {
  const errors = complaints(at, name, isQualifiedName(name))
  if (errors.length > 0) return errors
  const standard = standardResources.has(name) || isHugePages(name)
  return name.includes('/') || standard ? [] : [invalidValue(at, name, 'must be a standard resource type or fully qualified')]
}

function validateContainerResourceName(name: string, at: FieldPath): FieldError[] {
  const errors = validateResourceName(name, at)
  if (!name.includes('/')) {
    if (!containerResources.has(name) && !isHugePages(name)) errors.push(invalidValue(at, name, 'must be a standard resource for containers'))
  } else if (!isNative(name) && !isExtended(name)) errors.push(invalidValue(at, name, "doesn't follow extended resource name standard"))
  return errors
}

export function validateQuantity(name: string, text: string, at: FieldPath): FieldError[] {
  const quantity = Quantity.parse(text)
  if (quantity.sign() < 0) return [invalidValue(at, text, 'must be greater than or equal to 0')]
  return isIntegerResource(name) && quantity.milliValue() % 1000 !== 0 ? [invalidValue(at, text, 'must be an integer')] : []
}

export function validateResources(resources: ResourceRequirements | undefined, at: FieldPath): FieldError[] {
  const { limits = {}, requests = {} } = resources ?? {}
  const [limitsAt, requestsAt] = [at.child('limits'), at.child('requests')]
  const errors: FieldError[] = []
  for (const [name, amount] of Object.entries(limits)) {
    const here = limitsAt.key(name)
    errors.push(...validateContainerResourceName(name, here), ...validateQuantity(name, amount, here))
  }
  for (const [name, amount] of Object.entries(requests)) {
    const here = requestsAt.key(name)
    errors.push(...validateContainerResourceName(name, here), ...validateQuantity(name, amount, here))
    errors.push(...validateAgainstLimit(name, amount, limits[name], requestsAt, limitsAt))
  }
  return errors
}

function validateAgainstLimit(name: string, request: string, limit: string | undefined, requestsAt: FieldPath, limitsAt: FieldPath): FieldError[] {
  const overcommits = !isExtended(name) && !isHugePages(name)
  if (limit === undefined) return overcommits ? [] : [required(limitsAt, 'Limit must be set for non overcommitable resources')]
  const order = Quantity.parse(request).compare(Quantity.parse(limit))
  if (order !== 0 && !overcommits) return [invalidValue(requestsAt, request, `must be equal to ${name} limit of ${limit}`)]
  return order > 0 ? [invalidValue(requestsAt, request, `must be less than or equal to ${name} limit of ${limit}`)] : []
}
