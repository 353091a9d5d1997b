/** Validation of limit ranges and resource quotas. */
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isQualifiedName } from '#apimachinery/names.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { LimitRange, LimitRangeItem, ResourceQuota } from '#api/gen/core/v1.ts'
import { complaints, immutable } from '../../checks.ts'

type Amounts = Readonly<Record<string, string>> | undefined

const atMost = (a: string | undefined, b: string | undefined): boolean =>
  a === undefined || b === undefined || Quantity.parse(a).compare(Quantity.parse(b)) <= 0

export function validateLimitRange({ spec }: LimitRange): FieldError[] {
  const types = new Set<string>()
  return (spec.limits ?? []).flatMap((item, position) => {
    const here = path('spec', 'limits').index(position)
    const errors = complaints(here.child('type'), item.type ?? '', isQualifiedName(item.type ?? ''))
    if (types.has(item.type)) errors.push(duplicate(here.child('type'), item.type))
    types.add(item.type)
    return [...errors, ...validateItem(item, here)]
  })
}

function validateItem(item: LimitRangeItem, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  if (item.type === 'Pod') {
    if (Object.keys(item.default ?? {}).length > 0) errors.push(forbiddenField(at.child('default'), "may not be specified when `type` is 'Pod'"))
    if (Object.keys(item.defaultRequest ?? {}).length > 0) errors.push(forbiddenField(at.child('defaultRequest'), "may not be specified when `type` is 'Pod'"))
  }
  if (item.type === 'PersistentVolumeClaim' && item.min?.storage === undefined && item.max?.storage === undefined) {
    errors.push(required(at.child('limits'), 'either minimum or maximum storage value is required, but neither was provided'))
  }
  const names = new Set([item.min, item.max, item.default, item.defaultRequest].flatMap((amounts) => Object.keys(amounts ?? {})))
  for (const name of names) errors.push(...validateOrder(item, name, at))
  return errors
}

function validateOrder({ min, max, default: limit, defaultRequest: request }: LimitRangeItem, name: string, at: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  const check = (a: Amounts, b: Amounts, field: FieldPath, blamed: string | undefined, message: string) => {
    if (!atMost(a?.[name], b?.[name])) errors.push(invalidValue(field.key(name), blamed, message))
  }
  check(min, max, at.child('min'), min?.[name], `min value ${min?.[name]} is greater than max value ${max?.[name]}`)
  check(min, request, at.child('defaultRequest'), request?.[name], `min value ${min?.[name]} is greater than default request value ${request?.[name]}`)
  check(request, max, at.child('defaultRequest'), request?.[name], `default request value ${request?.[name]} is greater than max value ${max?.[name]}`)
  check(
    request,
    limit,
    at.child('defaultRequest'),
    request?.[name],
    `default request value ${request?.[name]} is greater than default limit value ${limit?.[name]}`,
  )
  check(min, limit, at.child('default'), min?.[name], `min value ${min?.[name]} is greater than default value ${limit?.[name]}`)
  check(limit, max, at.child('default'), limit?.[name], `default value ${limit?.[name]} is greater than max value ${max?.[name]}`)
  return errors
}

const standard = new Set([
  ...['cpu', 'memory', 'ephemeral-storage', 'storage', 'pods', 'services', 'replicationcontrollers', 'resourcequotas', 'secrets', 'configmaps'],
  ...['persistentvolumeclaims', 'services.nodeports', 'services.loadbalancers', 'requests.cpu', 'requests.memory', 'requests.storage'],
  ...['requests.ephemeral-storage', 'limits.cpu', 'limits.memory', 'limits.ephemeral-storage'],
])

export function validateResourceQuota({ spec }: ResourceQuota): FieldError[] {
  return validateAmounts(spec.hard, path('spec', 'hard'))
}

function validateAmounts(amounts: Amounts, at: FieldPath): FieldError[] {
  return Object.entries(amounts ?? {}).flatMap(([name, amount]) => {
    const here = at.key(name)
    const errors = complaints(here, name, isQualifiedName(name))
    const isKnown = name.includes('/') || standard.has(name) || /^(requests\.)?hugepages-/.test(name)
    if (errors.length === 0 && !isKnown) errors.push(invalidValue(here, name, 'must be a standard resource for quota'))
    return Quantity.parse(amount).sign() < 0 ? [...errors, invalidValue(here, amount, 'must be greater than or equal to 0')] : errors
  })
}

export function validateResourceQuotaUpdate(object: ResourceQuota, old: ResourceQuota): FieldError[] {
  return [...validateResourceQuota(object), ...immutable(path('spec', 'scopes'), object.spec.scopes, old.spec.scopes)]
}

export function validateResourceQuotaStatus({ status }: ResourceQuota): FieldError[] {
  return [...validateAmounts(status.hard, path('status', 'hard')), ...validateAmounts(status.used, path('status', 'used'))]
}
