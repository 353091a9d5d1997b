/** One LimitRange item held against requests and limits, in upstream's words. */
import type { LimitRangeItem } from '#api/gen/core/v1.ts'
import { compareQuantities, Quantity } from '#apimachinery/quantity.ts'
import type { ResourceList } from '#api/core/v1/quota/pod-resources.ts'

export interface Usage {
  readonly requests: ResourceList
  readonly limits: ResourceList
}

export function itemErrors(item: LimitRangeItem, { requests, limits }: Usage): string[] {
  const errors: string[] = []
  const { type } = item
  const isClaim = type === 'PersistentVolumeClaim'
  for (const [name, least] of Object.entries(item.min ?? {})) {
    const request = requests[name]
    const limit = limits[name]
    if (request === undefined) errors.push(`minimum ${name} usage per ${type} is ${least}.  No request is specified`)
    else if (compareQuantities(request, least) < 0) errors.push(`minimum ${name} usage per ${type} is ${least}, but request is ${request}`)
    else if (limit !== undefined && compareQuantities(limit, least) < 0) errors.push(`minimum ${name} usage per ${type} is ${least}, but limit is ${limit}`)
  }
  for (const [name, most] of Object.entries(item.max ?? {})) {
    const request = requests[name]
    const limit = isClaim ? request : limits[name]
    const word = isClaim ? 'request' : 'limit'
    if (limit === undefined) errors.push(`maximum ${name} usage per ${type} is ${most}.  No ${word} is specified`)
    else if (compareQuantities(limit, most) > 0) errors.push(`maximum ${name} usage per ${type} is ${most}, but ${word} is ${limit}`)
    else if (request !== undefined && compareQuantities(request, most) > 0)
      errors.push(`maximum ${name} usage per ${type} is ${most}, but request is ${request}`)
  }
  for (const [name, most] of Object.entries(item.maxLimitRequestRatio ?? {})) {
    const [request, limit] = [requests[name], limits[name]]
    if (request === undefined || Quantity.parse(request).sign() === 0)
      errors.push(`${name} max limit to request ratio per ${type} is ${most}, but no request is specified or request is 0`)
    else if (limit === undefined || Quantity.parse(limit).sign() === 0)
      errors.push(`${name} max limit to request ratio per ${type} is ${most}, but no limit is specified or limit is 0`)
    else {
      const ratio = Number(Quantity.parse(limit).at(-3)) / Number(Quantity.parse(request).at(-3))
      if (ratio > Number(Quantity.parse(most).at(-3)) / 1000)
        errors.push(`${name} max limit to request ratio per ${type} is ${most}, but provided ratio is ${ratio.toFixed(6)}`)
    }
  }
  return errors
}
