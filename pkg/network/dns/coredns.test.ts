import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Answer } from 'dns-packet'
import type { ServiceSpec } from '#api/gen/core/v1.ts'
import type { EndpointPort } from '#api/gen/discovery/v1.ts'
import { endpointSlices, namespaces, services } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { createInformerFactory } from '#client/informer.ts'
import { type TestEndpoint, testService, testSlice } from '../test-objects.ts'
import { ClusterRecords } from './cluster-records.ts'
import { ClusterZone } from './cluster-zone.ts'
import type { ZoneAnswer } from './types.ts'

/** A question and what CoreDNS 1.14's own tests say is the answer of its kubernetes plugin (pods insecure): records as zone files have them, in their order. */
interface Case {
  readonly name: string
  readonly type: string
  readonly rcode: string
  readonly answer?: readonly string[]
  readonly ns?: readonly string[]
  readonly extra?: readonly string[]
}

const cases = JSON.parse(readFileSync(new URL('coredns-cases.json', import.meta.url), 'utf8')) as Case[]
const http = [{ name: 'http', port: 80, protocol: 'TCP' as const }]

/** The cluster of those tests. */
const cluster: Record<string, ServiceSpec> = {
  svc1: { clusterIPs: ['10.0.0.1'], ports: http },
  svcempty: { clusterIPs: ['10.0.0.1'], ports: http },
  svc6: { clusterIPs: ['1234:abcd::1'], ports: http },
  'svc-dual-stack': { clusterIPs: ['10.0.0.3', '10::3'], ports: http },
  hdls1: { clusterIPs: ['None'] },
  hdlsprtls: { clusterIPs: ['None'] },
  external: { type: 'ExternalName', externalName: 'ext.interwebs.test', ports: http },
}
const endpoints: readonly (readonly [service: string, port: EndpointPort | undefined, endpoints: readonly TestEndpoint[]])[] = [
  [
    'hdls1',
    http[0],
    [
      ...['172.0.0.2', '172.0.0.3', '5678:abcd::1', '5678:abcd::2'].map((address) => ({ address })),
      ...['172.0.0.4', '172.0.0.5'].map((address) => ({ address, hostname: 'dup-name' })),
    ],
  ],
  ['hdlsprtls', undefined, [{ address: '172.0.0.20' }]],
]
/** That of the questions backwards, where Services of the same names have other endpoints. */
const backwards: typeof endpoints = [
  [
    'svc1',
    http[0],
    [
      { address: '10.0.0.100', hostname: 'ep1a' },
      { address: '10.0.0.99', hostname: 'double-ep' },
      { address: '1234:abcd::1', hostname: 'ep1b' },
      { address: 'fd00:77:30::a', hostname: 'ip6svc1ex' },
      { address: 'fd00:77:30::2:9ba6', hostname: 'ip6svc1in' },
    ],
  ],
  ['svc1', http[0], [{ address: '10.0.0.100', hostname: 'ep1a' }]],
  ['svc2', http[0], [{ address: '10.0.0.99', hostname: 'double-ep' }]],
]

async function zoneOf(specs: Record<string, ServiceSpec>, slices: typeof endpoints): Promise<ClusterZone> {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  for (const [name, spec] of Object.entries(specs)) {
    const [clusterIP] = spec.clusterIPs ?? []
    client.seed(services, testService(name, { ...spec, ...(clusterIP === undefined ? {} : { clusterIP }) }, 'testns'))
  }
  for (const [index, [service, port, list]] of slices.entries()) {
    const slice = testSlice(service, port ?? {}, list, 'testns')
    slice.metadata.name = `${service}-${index}`
    client.seed(endpointSlices, { ...slice, ...(port ? {} : { ports: [] }) })
  }
  client.seed(namespaces, { metadata: { name: 'podns' } })
  const informers = createInformerFactory(client, { clock, log: silentLogger })
  const records = new ClusterRecords(informers, () => {})
  const abort = new AbortController()
  await informers.start(abort.signal)
  abort.abort()
  return new ClusterZone(records, { domain: 'cluster.local', addresses: ['127.0.0.1'], ttlSeconds: 5 })
}

/** As a zone file has it; serials are times. */
function line(record: Answer): string {
  const { name, type, ttl, data } = record as { name: string; type: string; ttl: number; data: unknown }
  const text = (() => {
    if (type === 'SRV') {
      const { priority, weight, port, target } = data as { priority: number; weight: number; port: number; target: string }
      return `${priority} ${weight} ${port} ${target}.`
    }
    if (type === 'SOA') {
      const { mname, rname, refresh, retry, expire, minimum } = data as Record<string, unknown>
      return `${mname}. ${rname}. SERIAL ${refresh} ${retry} ${expire} ${minimum}`
    }
    return type === 'NS' || type === 'PTR' || type === 'CNAME' ? `${data}.` : String(data)
  })()
  return `${name}. ${ttl} IN ${type} ${text}`
}

function shown(answer: ZoneAnswer, zone: ClusterZone): Omit<Case, 'name' | 'type'> {
  const [answers, extra] = answer.kind === 'found' ? [answer.answers, answer.additionals ?? []] : [[], []]
  return {
    rcode: answer.kind === 'found' ? 'NOERROR' : 'NXDOMAIN',
    ...(answers.length > 0 ? { answer: answers.map(line).sort() } : { ns: [line(zone.soa(0))] }),
    ...(extra.length > 0 ? { extra: extra.map(line).sort() } : {}),
  }
}

const sorted = (lines: readonly string[] | undefined) =>
  lines && [...lines].map((each) => each.replace('1499347823', 'SERIAL').replace('dns-version.cluster.local ', 'dns-version.cluster.local. ')).sort()

test(`names of the cluster mean what they mean to CoreDNS (${cases.length} questions)`, async () => {
  const zone = await zoneOf(cluster, endpoints)
  const reverse = await zoneOf({ svc1: { clusterIPs: ['192.168.1.100'], ports: http }, svc2: { clusterIPs: ['None'] } }, backwards)
  const partings: object[] = []
  for (const { name, type, ...expected } of cases) {
    const asked = name.endsWith('.arpa') ? reverse : zone
    const ours = shown(asked.lookup(name, type), asked)
    const theirs = Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, Array.isArray(value) ? sorted(value) : value]))
    try {
      assert.deepEqual(ours, theirs)
    } catch {
      partings.push({ name, type, ours, theirs })
    }
  }
  assert.deepEqual(partings, [])
})
