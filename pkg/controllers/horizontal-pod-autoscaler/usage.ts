/** What pods use, from metrics.k8s.io. */
import { Quantity } from '#apimachinery/quantity.ts'
import { refusalMessage } from '#client/generic-failure.ts'
import type { Client } from '#client/types.ts'

export interface PodUsage {
  readonly milli: number
  readonly timestampMs: number
  readonly windowMs: number
}

/** By pod. Throws in upstream's words when there is nothing. */
export async function podUsage(
  client: Client,
  { namespace, selector, resource, container }: { namespace: string; selector: string; resource: string; container?: string | undefined },
): Promise<Map<string, PodUsage>> {
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`
  const response = await client.request({ method: 'GET', path, headers: { accept: 'application/json' } })
  const body = await response.text()
  if (response.status !== 200) {
    const why = refusalMessage(response.status, body, 'get pods.metrics.k8s.io')
    throw new Error(`unable to get metrics for resource ${resource}: unable to fetch metrics from resource metrics API: ${why}`)
  }
  const items: any[] = JSON.parse(body).items ?? []
  if (items.length === 0) throw new Error(`unable to get metrics for resource ${resource}: no metrics returned from resource metrics API`)
  const found = new Map<string, PodUsage>()
  for (const { metadata, timestamp, window, containers = [] } of items) {
    const counted = containers.filter(({ name }: { name: string }) => container === undefined || name === container)
    const values = counted.map(({ usage }: any) => usage?.[resource])
    if (values.length === 0 || values.includes(undefined)) continue
    const milli = values.reduce((sum: number, each: string) => sum + Quantity.parse(each).milliValue(), 0)
    found.set(metadata.name, { milli, timestampMs: Date.parse(timestamp), windowMs: goSeconds(window) })
  }
  return found
}

function goSeconds(text: string): number {
  const [, minutes = '0', seconds = '0'] = /^(?:(\d+)m)?(?:([\d.]+)s)?$/.exec(text) ?? []
  return (Number(minutes) * 60 + Number(seconds)) * 1000
}
