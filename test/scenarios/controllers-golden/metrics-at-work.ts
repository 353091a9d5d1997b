/**
 * An adapter that serves custom.metrics.k8s.io to a control plane, as an aggregated server on the loopback interface: of each pod of a
 * namespace, and of its objects, what a scenario says. It ends with the process.
 */
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { apiServices, pods, services } from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import { generateKeys, issueCa, issueLeaf } from '#cluster/pki/issue.ts'
import { rfc3339 } from './times.ts'
import type { Place, World } from './types.ts'

const group = 'custom.metrics.k8s.io'
const version = 'v1beta2'

/** Of a namespace: values by "pods METRIC" (of each pod) and "RESOURCE NAME METRIC". */
export type Told = Readonly<Record<string, string>>

const adapters = new WeakMap<Client, Promise<Map<string, Told>>>()

/** What the autoscalers of the scenario's namespace are told from now on; the adapter is started where it is not yet. */
export async function tell(place: Place, told: Told): Promise<void> {
  let adapter = adapters.get(place.client)
  if (!adapter) {
    adapter = start(place)
    adapters.set(place.client, adapter)
  }
  const byNamespace = await adapter
  byNamespace.set(place.namespace, told)
}

async function start(world: World): Promise<Map<string, Told>> {
  const told = new Map<string, Told>()
  const port = await serve(world, told)
  const { client } = world
  await client.create(services, {
    metadata: { name: 'golden-metrics', namespace: 'default' },
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
  } as any)
  await client.create(apiServices, {
    metadata: { name: `${version}.${group}` },
    spec: {
      group,
      version,
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { namespace: 'default', name: 'golden-metrics', port },
    },
  } as any)
  for (let round = 0; round < 300; round++) {
    const { status } = await client.get(apiServices, { name: `${version}.${group}` })
    if (status?.conditions?.some(({ type, status: is }: any) => type === 'Available' && is === 'True')) return told
    await setTimeout(100)
  }
  throw new Error('the adapter was never available')
}

async function serve(world: World, told: ReadonlyMap<string, Told>): Promise<number> {
  const [authority, own] = [await generateKeys(), await generateKeys()]
  const nowMs = Date.now()
  const certificate = await issueCa('metrics', authority, nowMs)
  const request = { commonName: 'localhost', usages: ['server'], dnsNames: ['localhost'], addresses: ['127.0.0.1'] } as const
  const cert = await issueLeaf(request, { certificate, key: authority.privateKey }, own.publicKey, nowMs)
  const server = createServer({ cert, key: own.privateKey }, (incoming, response) => {
    void answer(world, told, new URL(incoming.url ?? '/', 'https://localhost'))
      .catch((error) => ({ code: 500, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 500, message: String(error) } }))
      .then(({ code, body }) => {
        response.writeHead(code, { 'content-type': 'application/json' })
        response.end(JSON.stringify(body))
      })
  })
  server.unref()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

interface Answer {
  readonly code: number
  readonly body: object
}

async function answer(world: World, told: ReadonlyMap<string, Told>, { pathname, searchParams }: URL): Promise<Answer> {
  const groupVersion = `${group}/${version}`
  if (pathname === `/apis/${groupVersion}`) return { code: 200, body: { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: [] } }
  const [, namespace, resource, name, metric] = new RegExp(`^/apis/${groupVersion}/namespaces/([^/]+)/([^/]+)/([^/]+)/(.+)$`).exec(decodeURI(pathname)) ?? []
  if (!namespace || !resource || !name || !metric) return missing(pathname)
  const value = told.get(namespace)?.[resource === 'pods' && name === '*' ? `pods ${metric}` : `${resource} ${name} ${metric}`]
  if (value === undefined) return missing(`${resource}.${group} "${name}" not found`)
  const described =
    resource === 'pods' && name === '*'
      ? (await world.client.list(pods, { namespace, labelSelector: searchParams.get('labelSelector') ?? '' })).items.map(({ metadata }) => ({
          kind: 'Pod',
          name: metadata.name,
        }))
      : [{ kind: resource, name }]
  const items = described.map((each) => ({
    describedObject: { apiVersion: 'v1', namespace, ...each },
    metric: { name: metric },
    timestamp: rfc3339(world.clock),
    value,
  }))
  return { code: 200, body: { kind: 'MetricValueList', apiVersion: groupVersion, metadata: {}, items } }
}

const missing = (message: string): Answer => ({
  code: 404,
  body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', reason: 'NotFound', code: 404, message },
})
