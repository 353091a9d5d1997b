/**
 * What custom.metrics.k8s.io and external.metrics.k8s.io say, when something serves them (k8s.io/metrics' clients; KEP-117).
 * Errors are in upstream's words: they become conditions and Events.
 */
import type { CrossVersionObjectReference } from '#api/gen/autoscaling/v2.ts'
import { parseApiVersion } from '#apimachinery/object.ts'
import { Quantity } from '#apimachinery/quantity.ts'
import { refusalMessage } from '#client/generic-failure.ts'
import type { Client } from '#client/types.ts'
import type { PodUsage } from './usage.ts'

const customGroup = 'custom.metrics.k8s.io'
const customVersions = [`${customGroup}/v1beta2`, `${customGroup}/v1beta1`]
const defaultWindowSeconds = 60

/** A metric that each pod has; throws where none has it. */
export async function podMetrics(client: Client, namespace: string, metric: string, selector: string, metricSelector: string): Promise<Map<string, PodUsage>> {
  const query = `labelSelector=${encodeURIComponent(selector)}&metricLabelSelector=${encodeURIComponent(metricSelector)}`
  const items = await custom(client, `namespaces/${namespace}/pods/*/${metric}?${query}`, `pods.${customGroup} *`)
  if (items.length === 0) throw new Error('no metrics returned from custom metrics API')
  return new Map(
    items.map(({ describedObject, timestamp, windowSeconds, value }) => [
      describedObject.name,
      { milli: Quantity.parse(value).milliValue(), timestampMs: Date.parse(timestamp), windowMs: (windowSeconds ?? defaultWindowSeconds) * 1000 },
    ]),
  )
}

/** The one value of a metric of an object, in thousandths. */
export async function objectMetric(
  client: Client,
  namespace: string,
  metric: string,
  of: CrossVersionObjectReference,
  metricSelector: string,
): Promise<number> {
  const { group } = parseApiVersion(of.apiVersion ?? 'v1')
  const query = `metricLabelSelector=${encodeURIComponent(metricSelector)}`
  let [path, asked] = [`namespaces/${namespace}/metrics/${metric}`, `metrics.${customGroup} ${metric}`]
  // An autoscaler sees no namespace but its own, whatever it names.
  if (of.kind !== 'Namespace' || group !== '') {
    const resource = await resourceOf(client, of)
    path = `namespaces/${namespace}/${resource}/${of.name}/${metric}`
    asked = `${resource}.${customGroup} ${of.name}`
  }
  const items = await custom(client, `${path}?${query}`, asked)
  if (items.length !== 1) {
    throw new Error(
      `unable to fetch metrics from custom metrics API: the custom metrics API server returned ${items.length} results when we asked for exactly one`,
    )
  }
  return Quantity.parse(items[0].value).milliValue()
}

/** The sum of all series of a metric from outside the cluster, in thousandths. */
export async function externalMetric(client: Client, namespace: string, metric: string, selector: string): Promise<number> {
  const path = `/apis/external.metrics.k8s.io/v1beta1/namespaces/${namespace}/${metric}?labelSelector=${encodeURIComponent(selector)}`
  const { items = [] } = await fetched(client, path, 'external', `${metric}.external.metrics.k8s.io`)
  if (items.length === 0) throw new Error('no metrics returned from external metrics API')
  return items.reduce((sum: number, { value }: { value: string }) => sum + Quantity.parse(value).milliValue(), 0)
}

async function custom(client: Client, path: string, asked: string): Promise<any[]> {
  const { items = [] } = await fetched(client, `/apis/${await customVersion(client)}/${path}`, 'custom', asked)
  return items
}

/** The server's preferred version if we know it, else the first that we know. */
async function customVersion(client: Client): Promise<string> {
  const response = await client.request({ method: 'GET', path: `/apis/${customGroup}`, headers: { accept: 'application/json' } })
  if (response.status !== 200) throw new Error(`unable to fetch metrics from custom metrics API: no custom metrics API (${customGroup}) registered`)
  const { preferredVersion, versions = [] } = JSON.parse(await response.text())
  const offered = [preferredVersion, ...versions].map((each) => each?.groupVersion)
  const found = offered.find((each) => customVersions.includes(each))
  if (!found) throw new Error('unable to fetch metrics from custom metrics API: no known available metric versions found')
  return found
}

async function fetched(client: Client, path: string, which: 'custom' | 'external', asked: string): Promise<any> {
  const response = await client.request({ method: 'GET', path, headers: { accept: 'application/json' } })
  const body = await response.text()
  if (response.status !== 200) throw new Error(`unable to fetch metrics from ${which} metrics API: ${refusalMessage(response.status, body, `get ${asked}`)}`)
  return JSON.parse(body)
}

/** "ingresses.networking.k8s.io" for the kind. */
async function resourceOf(client: Client, { apiVersion = 'v1', kind }: CrossVersionObjectReference): Promise<string> {
  const { group, version } = parseApiVersion(apiVersion)
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const response = await client.request({ method: 'GET', path, headers: { accept: 'application/json' } })
  const resources: any[] = response.status === 200 ? (JSON.parse(await response.text()).resources ?? []) : []
  const found = resources.find((each) => each.kind === kind && !each.name.includes('/'))
  const qualified = group === '' ? kind : `${kind}.${group}`
  if (!found) {
    throw new Error(
      `unable to fetch metrics from custom metrics API: unable to map kind ${qualified} to resource: no matches for kind "${kind}" in group "${group}"`,
    )
  }
  return group === '' ? found.name : `${found.name}.${group}`
}
