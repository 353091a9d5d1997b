/** Validation of requests and limits, of containers and of pods as a whole. */
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, notFoundField, notSupported, required } from '#apimachinery/field-error.ts'
import { isDns1123Label, isQualifiedName } from '#apimachinery/names.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { PodSpec, ResourceClaim, ResourceRequirements } from '#api/gen/core/v1.ts'
import { complaints } from '../../../checks.ts'
import type { PodSpecOptions } from './options.ts'
import { containerResources, isExtended, isHugePages, isIntegerResource, isNative, isPodLevel, isStandard } from '../resource-names.ts'

type NameCheck = (name: string, at: FieldPath) => FieldError[]

export function validateResourceName(name: string, at: FieldPath): FieldError[] {
  const errors = complaints(at, name, isQualifiedName(name))
  if (errors.length > 0 || name.includes('/') || isStandard(name)) return errors
  return [invalidValue(at, name, 'must be a standard resource type or fully qualified')]
}

export function validateContainerResourceName(name: string, at: FieldPath): FieldError[] {
  const errors = validateResourceName(name, at)
  if (!name.includes('/')) {
    if (!containerResources.has(name) && !isHugePages(name)) errors.push(invalidValue(at, name, 'must be a standard resource for containers'))
  } else if (!isNative(name) && !isExtended(name)) errors.push(invalidValue(at, name, "doesn't follow extended resource name standard"))
  return errors
}

function validatePodResourceName(name: string, at: FieldPath): FieldError[] {
  const errors = validateResourceName(name, at)
  return errors.length > 0 || isPodLevel(name) ? errors : [notSupported(at, name, ['cpu', 'hugepages-', 'memory'])]
}

export function validateQuantity(name: string, text: string, at: FieldPath): FieldError[] {
  const quantity = Quantity.parse(text)
  const errors = quantity.sign() < 0 ? [invalidValue(at, text, 'must be greater than or equal to 0')] : []
  return isIntegerResource(name) && quantity.milliValue() % 1000 !== 0 ? [...errors, invalidValue(at, text, 'must be an integer')] : errors
}

/** Names that a container's `resources.claims` may refer to. */
export type ClaimNames = ReadonlySet<string>

export function claimNamesOf({ resourceClaims }: PodSpec): ClaimNames {
  return new Set((resourceClaims ?? []).map(({ name }) => name).filter(Boolean))
}

export function validateContainerResources(
  resources: ResourceRequirements | undefined,
  claims: ClaimNames,
  at: FieldPath,
  options: PodSpecOptions,
): FieldError[] {
  return validateRequirements(resources, validateContainerResourceName, claims, at, options)
}

export function validatePodLevelRequirements(resources: ResourceRequirements, claims: ClaimNames, at: FieldPath, options: PodSpecOptions): FieldError[] {
  return validateRequirements(resources, validatePodResourceName, claims, at, options)
}

function validateRequirements(
  resources: ResourceRequirements | undefined,
  checkName: NameCheck,
  claims: ClaimNames,
  at: FieldPath,
  { tolerates }: PodSpecOptions,
): FieldError[] {
  const hugePages = (name: string, amount: string, here: FieldPath) =>
    isHugePages(name) && !tolerates('hugePagesFraction') ? validateHugePages(name, amount, here) : []
  const { limits = {}, requests = {} } = resources ?? {}
  const [limitsAt, requestsAt] = [at.child('limits'), at.child('requests')]
  const errors: FieldError[] = []
  for (const [name, amount] of Object.entries(limits))
    errors.push(...validateAmount(name, amount, checkName, limitsAt.key(name)), ...hugePages(name, amount, limitsAt.key(name)))
  for (const [name, amount] of Object.entries(requests)) {
    errors.push(...validateAmount(name, amount, checkName, requestsAt.key(name)), ...validateAgainstLimit(name, amount, limits[name], requestsAt, limitsAt))
    errors.push(...hugePages(name, amount, requestsAt.key(name)))
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)]
  if (names.some(isHugePages) && !names.some((name) => name === 'cpu' || name === 'memory')) errors.push(forbiddenField(at, 'HugePages require cpu or memory'))
  return [...errors, ...validateClaims(resources?.claims ?? [], claims, at.child('claims'))]
}

function validateAmount(name: string, amount: string, checkName: NameCheck, at: FieldPath): FieldError[] {
  return [...checkName(name, at), ...validateQuantity(name, amount, at)]
}

/** `at` is of the amount itself. */
export function validateHugePages(name: string, amount: string, at: FieldPath): FieldError[] {
  if (!isHugePages(name)) return []
  const size = sizeOf(name)
  const whole = size && Quantity.parse(amount).value() % size.value() === 0
  return whole ? [] : [invalidValue(at, amount, `${amount} is not positive integer multiple of ${name}`)]
}

function sizeOf(name: string): Quantity | undefined {
  try {
    const size = Quantity.parse(name.slice('hugepages-'.length))
    return size.sign() > 0 ? size : undefined
  } catch {
    return undefined
  }
}

function validateAgainstLimit(name: string, request: string, limit: string | undefined, requestsAt: FieldPath, limitsAt: FieldPath): FieldError[] {
  const overcommits = isNative(name) && !isHugePages(name)
  if (limit === undefined) return overcommits ? [] : [required(limitsAt, 'Limit must be set for non overcommitable resources')]
  const order = Quantity.parse(request).compare(Quantity.parse(limit))
  if (order !== 0 && !overcommits) return [invalidValue(requestsAt, request, `must be equal to ${name} limit of ${limit}`)]
  return order > 0 ? [invalidValue(requestsAt, request, `must be less than or equal to ${name} limit of ${limit}`)] : []
}

function validateClaims(claims: readonly ResourceClaim[], known: ClaimNames, at: FieldPath): FieldError[] {
  const seen = new Set<string>()
  return claims.flatMap(({ name, request }, position) => {
    const here = at.index(position)
    if (!name) return [required(here)]
    const errors: FieldError[] = []
    if (seen.has(name)) errors.push(duplicate(here, name))
    else {
      const key = request ? `${name}/${request}` : name
      if (request) errors.push(...complaints(here.child('request'), request, isDns1123Label(request)))
      if (seen.has(key)) errors.push(duplicate(here, key))
      else if (!request) for (const each of seen) if (each.startsWith(`${name}/`)) errors.push(duplicate(here, name))
      seen.add(key)
    }
    return known.has(name) ? errors : [...errors, unknownClaim(name, known, here)]
  })
}

function unknownClaim(name: string, known: ClaimNames, at: FieldPath): FieldError {
  const error = notFoundField(at, name)
  const which = known.size === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`
  return { ...error, message: `${error.message}: must be one of the names in pod.spec.resourceClaims${which}` }
}
