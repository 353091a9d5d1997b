/** What the server warns of in new quotas: requests that may be more than limits. */
import { Quantity } from '#apimachinery/quantity.ts'
import type { ResourceQuota } from '#api/gen/core/v1.ts'

const resources = ['cpu', 'memory', 'storage', 'ephemeral-storage']
const bare = ['cpu', 'memory']

export function quotaWarnings({ spec: { hard = {} } }: ResourceQuota): string[] {
  return resources.flatMap((resource) => {
    const [requests, limits] = [`requests.${resource}`, `limits.${resource}`]
    const name = hard[requests] === undefined && bare.includes(resource) ? resource : requests
    const [request, limit] = [hard[name], hard[limits]]
    if (request === undefined || limit === undefined || Quantity.parse(request).compare(Quantity.parse(limit)) <= 0) return []
    return [`ResourceQuota ${name} (${request}) should be less than ${limits} (${limit})`]
  })
}
