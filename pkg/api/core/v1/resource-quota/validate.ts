/** Validation of resource quotas: names, amounts, and which scopes go with which. */
import { type FieldError, type FieldPath, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { type ResourceQuota, type ResourceQuotaSpec, type ScopedResourceSelectorRequirement, ScopeSelectorSchema } from '#api/gen/core/v1.ts'
import { immutableMessage } from '../../../checks.ts'
import { internalForm } from '../../../internal-form.ts'
import { validateQuantity, validateResourceName } from '../pod-spec/validate-resources.ts'
import { isStandardQuota } from '../resource-names.ts'

type Amounts = Readonly<Record<string, string>> | undefined

export function validateResourceQuota({ spec, status }: ResourceQuota): FieldError[] {
  return [...validateSpec(spec), ...validateAmounts(status?.hard, path('status', 'hard')), ...validateAmounts(status?.used, path('status', 'used'))]
}

function validateSpec(spec: ResourceQuotaSpec): FieldError[] {
  return [
    ...validateAmounts(spec.hard, path('spec', 'hard')),
    ...validateScopes(spec, path('spec', 'scopes')),
    ...validateSelector(spec, path('spec', 'scopeSelector', 'matchExpressions')),
  ]
}

function validateAmounts(amounts: Amounts, at: FieldPath): FieldError[] {
  return Object.entries(amounts ?? {}).flatMap(([name, amount]) => {
    const here = at.key(name)
    const errors = validateResourceName(name, here)
    if (!name.includes('/') && !isStandardQuota(name)) errors.push(invalidValue(here, name, 'must be a standard resource for quota'))
    return [...errors, ...validateQuantity(name, amount, here)]
  })
}

const compute = new Set(['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory', 'pods'])
const claims = new Set(['persistentvolumeclaims', 'requests.storage'])
const scopes = ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort', 'PriorityClass', 'CrossNamespacePodAffinity', 'VolumeAttributesClass']

/** Pods alone are of best effort; compute resources belong to the other scopes of pods. */
function fits(scope: string, name: string): boolean {
  if (scope === 'BestEffort') return name === 'pods'
  if (scope === 'VolumeAttributesClass') return claims.has(name)
  return !scopes.includes(scope) || compute.has(name)
}

function isUnfit(scope: string, name: string): boolean {
  return isStandardQuota(name) && !fits(scope, name)
}

const pairs = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const

function conflicts(names: readonly string[]): number {
  return pairs.filter((pair) => pair.every((each) => names.includes(each))).length
}

function validateScopes({ scopes: given = [], hard = {} }: ResourceQuotaSpec, at: FieldPath): FieldError[] {
  const wrong = (detail: string) => invalidValue(at, given, detail)
  return [
    ...given.flatMap((scope) => [
      ...(scopes.includes(scope) ? [] : [wrong('unsupported scope')]),
      ...Object.keys(hard)
        .filter((name) => isUnfit(scope, name))
        .map(() => wrong('unsupported scope applied to resource')),
    ]),
    ...Array.from({ length: conflicts(given) }, () => wrong('conflicting scopes')),
  ]
}

function validateSelector(spec: ResourceQuotaSpec, at: FieldPath): FieldError[] {
  const requirements = spec.scopeSelector?.matchExpressions ?? []
  return [
    ...requirements.flatMap((requirement) => validateRequirement(requirement, spec, at)),
    ...Array.from({ length: conflicts(requirements.map(({ scopeName }) => scopeName)) }, () => invalidValue(at, spec.scopes ?? null, 'conflicting scopes')),
  ]
}

const mustExist =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"

function validateRequirement({ scopeName, operator, values = [] }: ScopedResourceSelectorRequirement, spec: ResourceQuotaSpec, at: FieldPath): FieldError[] {
  const errors: FieldError[] = scopes.includes(scopeName) ? [] : [invalidValue(at.child('scopeName'), scopeName, 'unsupported scope')]
  for (const name of Object.keys(spec.hard ?? {}))
    if (isUnfit(scopeName, name)) errors.push(invalidValue(at, internalForm(ScopeSelectorSchema, spec.scopeSelector), 'unsupported scope applied to resource'))
  const takesValues = scopeName === 'PriorityClass' || scopeName === 'VolumeAttributesClass' || !scopes.includes(scopeName)
  if (!takesValues && operator !== 'Exists') errors.push(invalidValue(at.child('operator'), operator ?? '', mustExist))
  const valuesAt = at.child('values')
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) errors.push(required(valuesAt, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"))
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) errors.push(invalidValue(valuesAt, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"))
  } else errors.push(invalidValue(at.child('operator'), operator ?? '', 'not a valid selector operator'))
  return errors
}

export function validateResourceQuotaUpdate({ spec }: ResourceQuota, old: ResourceQuota): FieldError[] {
  const [now, before] = [spec.scopes ?? [], old.spec.scopes ?? []].map((list) => [...new Set(list)].sort().join())
  return [...validateSpec(spec), ...(now === before ? [] : [invalidValue(path('spec', 'scopes'), spec.scopes ?? null, immutableMessage)])]
}

export function validateResourceQuotaStatus({ status }: ResourceQuota): FieldError[] {
  return [...validateAmounts(status.hard, path('status', 'hard')), ...validateAmounts(status.used, path('status', 'used'))]
}
