/**
 * metrics.k8s.io/v1beta1, which `kubectl top` and autoscalers read: what metrics-server is beside upstream's API server.
 * In: nodes, pods, each kubelet's /metrics/resource. Out: NodeMetrics and PodMetrics, never stored.
 */
import { NodeMetricsSchema, PodMetricsSchema } from '#api/gen/metrics/v1beta1.ts'
import type { Node, Pod } from '#api/gen/core/v1.ts'
import { nodes, pods } from '#api/gen/resources.ts'
import type { ResourceDefinition } from '#api/types.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { methodNotSupported, notFound } from '#apimachinery/status-error.ts'
import type { Clock } from '#base/clock.ts'
import { parseFieldSelector } from '#apimachinery/fields.ts'
import { parseSelector } from '#client/selector.ts'
import type { Client } from '#client/types.ts'
import { cachedReader, liveGet, type ReadAccess } from '../cached-reader.ts'
import { jsonResponse, pathNotFound } from '../response.ts'
import type { ApiRequest, ApiResponse, Handler } from '../types.ts'
import { createSamples, type Samples } from './samples.ts'
import { nodeMetrics, podMetrics } from './usage.ts'

const group = 'metrics.k8s.io'
const version = 'v1beta1'
const readOnly = { group, version, singular: '', verbs: ['get', 'list'], virtual: true } as const

/** For discovery; the handlers below answer. */
export const metricsDefinitions: readonly ResourceDefinition[] = [
  { ...readOnly, kind: 'NodeMetrics', plural: 'nodes', namespaced: false, schema: NodeMetricsSchema },
  { ...readOnly, kind: 'PodMetrics', plural: 'pods', namespaced: true, schema: PodMetricsSchema },
]

export interface MetricsApiOptions extends ReadAccess {
  readonly clock: Clock
}

/** By the path they are mounted at. Registers its informers: call before the factory starts. */
export function metricsHandlers(options: MetricsApiOptions): Readonly<Record<string, Handler>> {
  const samples = createSamples(options.client, options.clock)
  const nodeReader = cachedReader(options, nodes)

  const ofNodes = async (found: readonly Node[]): Promise<object[]> => {
    const windows = await samples.windows(found.map(({ metadata }) => metadata.name))
    return found.flatMap((node) => nodeMetrics(node, windows.get(node.metadata.name)) ?? [])
  }

  const handler: Handler = async (request) => {
    const { info } = request.context
    const { resource, namespace, name, subresource } = info
    if (subresource !== '' || (resource !== 'nodes' && resource !== 'pods')) return pathNotFound()
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotSupported({ group, resource }, info.verb)
    if (info.verb === 'watch') throw methodNotSupported({ group, resource }, 'watch')
    const isNode = resource === 'nodes'
    const measure = async (objects: readonly KubeObject[]) => (isNode ? ofNodes(objects as Node[]) : ofPods(objects as Pod[], samples))
    if (name !== '') {
      const found = isNode ? await nodeReader.get(undefined, name) : await liveGet(options.client, pods, namespace, name)
      const [metrics] = found ? await measure([found]) : []
      if (!metrics) throw notFound({ group, resource }, isNode ? name : `${namespace}/${name}`)
      return jsonResponse(200, metrics)
    }
    const all: readonly KubeObject[] = isNode ? await nodeReader.list() : await listPods(options.client, namespace, request)
    return listResponse(isNode ? 'NodeMetricsList' : 'PodMetricsList', await measure(all.filter(selected(request))))
  }
  return Object.fromEntries(['nodes', 'pods', 'namespaces'].map((each) => [`/apis/${group}/${version}/${each}`, handler]))
}

async function ofPods(found: readonly Pod[], samples: Samples): Promise<object[]> {
  const windows = await samples.windows(found.flatMap(({ spec }) => (spec?.nodeName ? [spec.nodeName] : [])))
  return found.flatMap((pod) => podMetrics(pod, windows.get(pod.spec?.nodeName ?? '')) ?? [])
}

/** As they are now: no cache here holds whole pods. */
async function listPods(client: Client, namespace: string, { query }: ApiRequest): Promise<Pod[]> {
  const labelSelector = query.get('labelSelector') ?? ''
  const scope = { ...(namespace ? { namespace } : {}), ...(labelSelector ? { labelSelector } : {}), limit: 500 }
  let page = await client.list(pods, scope)
  const found = [...page.items]
  while (page.metadata.continue) {
    page = await client.list(pods, { ...scope, continue: page.metadata.continue })
    found.push(...page.items)
  }
  return found
}

function selected({ query }: ApiRequest): (object: KubeObject) => boolean {
  const labels = parseSelector(query.get('labelSelector') ?? '')
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '')
  return ({ metadata }) => labels(metadata.labels) && fields.matches({ 'metadata.name': metadata.name, 'metadata.namespace': metadata.namespace ?? '' })
}

function listResponse(kind: string, items: readonly object[]): ApiResponse {
  return jsonResponse(200, { kind, apiVersion: `${group}/${version}`, metadata: {}, items })
}
