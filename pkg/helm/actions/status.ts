/** A release with what its objects are in the cluster now (pkg/action/status.go). */
import { failureOf } from '#client/response-error.ts'
import { resourcePath } from '#client/paths.ts'
import type { Client } from '#client/types.ts'
import { pods } from '#api/gen/resources.ts'
import { buildObjects, type ClusterObject } from '../cluster/objects.ts'
import type { Release } from '../release/release.ts'
import { releaseContent } from './content.ts'
import type { ActionContext } from './types.ts'

const tableAccept = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json'

async function read(client: Client, path: string, asTable: boolean): Promise<any> {
  const request = {
    method: 'GET',
    path: asTable ? `${path}${path.includes('?') ? '&' : '?'}includeObject=Object` : path,
    headers: { accept: asTable ? tableAccept : 'application/json' },
  }
  const response = await client.request(request)
  if (response.status >= 400) throw await failureOf(request, response)
  return JSON.parse(await response.text())
}

const workloads = ['ReplicaSet', 'Deployment', 'StatefulSet', 'DaemonSet', 'Job']

function selectorOf({ resource, object }: ClusterObject): string | undefined {
  const labels = workloads.includes(resource.kind)
    ? object.spec?.selector?.matchLabels
    : resource.kind === 'ReplicationController'
      ? object.spec?.selector
      : undefined
  return (
    labels &&
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(',')
  )
}

/** With `asTables`, as the server lays objects out for people. */
export async function releaseStatus(context: ActionContext, name: string, revision: number, asTables: boolean): Promise<Release> {
  const release = await releaseContent(context, name, revision)
  const objects = await buildObjects(context.cluster, release.manifest, context.namespace)
  const client = await context.cluster.client()
  const found: Record<string, unknown[]> = {}
  const add = (key: string, value: unknown): void => {
    found[key] ??= []
    found[key].push(value)
  }
  const seen = new Set<string>()
  for (const each of objects) {
    const { resource, namespace, name: of } = each
    try {
      add(`${resource.version}/${resource.kind}`, await read(client, resourcePath(resource, { namespace, name: of }), asTables))
    } catch {
      continue
    }
    const selector = selectorOf(each)
    if (selector === undefined || seen.has(selector)) continue
    seen.add(selector)
    try {
      const list = await read(client, `${resourcePath(pods, { namespace })}?labelSelector=${encodeURIComponent(selector)}`, asTables)
      add('v1/Pod(related)', list)
    } catch (error) {
      context.log('WARN', 'get the relation pod is failed', { error })
    }
  }
  release.info.resources = found
  return release
}
