/** Validation of limit ranges. */
import { duplicate, type FieldError, type FieldPath, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isQualifiedName } from '#apimachinery/names.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import type { LimitRange, LimitRangeItem } from '#api/gen/core/v1.ts'
import { complaints } from '../../../checks.ts'
import { validateContainerResourceName, validateResourceName } from '../pod-spec/validate-resources.ts'
import { isHugePages, isNative } from '../resource-names.ts'

const types = ['Pod', 'Container', 'PersistentVolumeClaim']
const lists = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const

export function validateLimitRange({ spec }: LimitRange): FieldError[] {
  const seen = new Set<string>()
  return (spec.limits ?? []).flatMap((item, position) => {
    const here = path('spec', 'limits').index(position)
    const errors = validateType(item.type ?? '', here.child('type'))
    if (seen.has(item.type)) errors.push(duplicate(here.child('type'), item.type))
    seen.add(item.type)
    return [...errors, ...validateNames(item, here), ...validateOrders(item, here)]
  })
}

function validateType(type: string, at: FieldPath): FieldError[] {
  const errors = complaints(at, type, isQualifiedName(type))
  if (errors.length > 0 || type.includes('/') || types.includes(type)) return errors
  return [invalidValue(at, type, 'must be a standard limit type or fully qualified')]
}

function validateNames(item: LimitRangeItem, at: FieldPath): FieldError[] {
  const check = item.type === 'Pod' || item.type === 'Container' ? validateContainerResourceName : validateResourceName
  const errors: FieldError[] = []
  for (const list of lists) {
    const names = Object.keys(item[list] ?? {})
    if (item.type === 'Pod' && (list === 'default' || list === 'defaultRequest')) {
      if (names.length > 0) errors.push(forbiddenField(at.child(list), "may not be specified when `type` is 'Pod'"))
      continue
    }
    if (list === 'maxLimitRequestRatio' && item.type === 'PersistentVolumeClaim' && item.min?.storage === undefined && item.max?.storage === undefined)
      errors.push(required(at.child('limits'), 'either minimum or maximum storage value is required, but neither was provided'))
    for (const name of names) errors.push(...check(name, at.child(list).key(name)))
  }
  return errors
}

/** What must not be above what: the amount blamed, and how both are called. */
const orders = [
  ['min', 'max', 'min', 'min value', 'max value', 'min'],
  ['min', 'defaultRequest', 'defaultRequest', 'min value', 'default request value', 'defaultRequest'],
  ['defaultRequest', 'max', 'defaultRequest', 'default request value', 'max value', 'defaultRequest'],
  ['defaultRequest', 'default', 'defaultRequest', 'default request value', 'default limit value', 'defaultRequest'],
  ['min', 'default', 'default', 'min value', 'default value', 'min'],
  ['default', 'max', 'default', 'default value', 'max value', 'max'],
] as const

function validateOrders(item: LimitRangeItem, at: FieldPath): FieldError[] {
  const isPod = item.type === 'Pod'
  const names = new Set(lists.flatMap((list) => Object.keys((isPod && list.startsWith('default') ? undefined : item[list]) ?? {})))
  return [...names].flatMap((name) => {
    const amount = (list: (typeof lists)[number]) => (isPod && list.startsWith('default') ? undefined : item[list]?.[name])
    const errors = orders.flatMap(([low, high, field, lowName, highName, blamed]) => {
      const [a, b] = [amount(low), amount(high)]
      if (a === undefined || b === undefined || Quantity.parse(a).compare(Quantity.parse(b)) <= 0) return []
      return [invalidValue(at.child(field).key(name), amount(blamed), `${lowName} ${a} is greater than ${highName} ${b}`)]
    })
    return [
      ...errors,
      ...validateRatio(item, name, at.child('maxLimitRequestRatio').key(name)),
      ...validateSame(item, name, at.child('defaultRequest').key(name)),
    ]
  })
}

function validateRatio({ min, max, maxLimitRequestRatio }: LimitRangeItem, name: string, at: FieldPath): FieldError[] {
  const text = maxLimitRequestRatio?.[name]
  if (text === undefined) return []
  const ratio = Quantity.parse(text)
  const errors = ratio.compare(Quantity.of(1)) < 0 ? [invalidValue(at, text, `ratio ${text} is less than 1`)] : []
  const [low, high] = [min?.[name], max?.[name]]
  if (low === undefined || high === undefined) return errors
  const limit = Quantity.parse(high).milliValue() / Quantity.parse(low).milliValue()
  if (ratio.milliValue() / 1000 <= limit) return errors
  return [...errors, invalidValue(at, text, `ratio ${text} is greater than max/min = ${limit.toFixed(6)}`)]
}

/** What cannot be overcommitted must be asked for as it is limited. */
function validateSame({ default: limit, defaultRequest: request }: LimitRangeItem, name: string, at: FieldPath): FieldError[] {
  const [a, b] = [limit?.[name], request?.[name]]
  if (a === undefined || b === undefined || (isNative(name) && !isHugePages(name)) || Quantity.parse(a).compare(Quantity.parse(b)) === 0) return []
  return [invalidValue(at, b, `default value ${a} must equal to defaultRequest value ${b} in ${name}`)]
}
