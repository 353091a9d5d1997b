/** Two API servers on one etcd, as a control plane with several machines has them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { configMaps, customResourceDefinitions, endpointSlices, leases, services } from '#api/gen/resources.ts'
import type { ResourceRef } from '#apimachinery/object.ts'
import { isAlreadyExists, isConflict, isNotFound } from '#apimachinery/status-error.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { startManager } from '#runtime/start-manager.ts'
import { etcdBinary, noEtcd, startTestEtcd, type TestEtcd } from '#storage/drivers/etcd/test-server.ts'
import { openStore } from '#storage/open.ts'
import type { Store } from '#storage/types.ts'
import { define } from './crd/test-definition.ts'
import { startTestApiServer, type TestApiServer } from './testing.ts'

let etcd: TestEtcd
let stores: readonly Store[]
let one: TestApiServer
let two: TestApiServer
const options = { skip: etcdBinary ? false : noEtcd, timeout: 20_000 }
const namespace = 'default'

if (etcdBinary) {
  before(async () => {
    etcd = await startTestEtcd(etcdBinary!)
    const config = { kind: 'etcd', endpoints: [etcd.endpoint], prefix: '/shared' } as const
    stores = [await openStore(config), await openStore(config)]
    const servers = stores.map((store, index) =>
      startTestApiServer({ store, nodePortRange: { from: 30000, to: 30019 }, advertise: { address: `192.0.2.${index + 1}`, port: 6443 } }),
    )
    ;[one, two] = (await Promise.all(servers)) as [TestApiServer, TestApiServer]
  })
  after(async () => {
    await Promise.all([one, two].map((each) => each?.[Symbol.asyncDispose]()))
    await Promise.all(stores.map((each) => each.close()))
    await etcd.remove()
  })
}

test('what one writes, the other has read and watched', options, async () => {
  const seen: string[] = []
  const stop = new AbortController()
  const { metadata } = await two.client.list(configMaps, { namespace })
  const watching = (async () => {
    for await (const { type, object } of two.client.watch(configMaps, { namespace, resourceVersion: metadata.resourceVersion!, signal: stop.signal })) {
      seen.push(`${type} ${object.metadata.name} ${object.data?.n ?? ''}`)
      if (type === 'DELETED') return
    }
  })()
  const made = await one.client.create(configMaps, { metadata: { namespace, name: 'a' }, data: { n: '1' } })
  // A read without a version is of now, whoever wrote last.
  assert.equal((await two.client.get(configMaps, { namespace, name: 'a' })).metadata.resourceVersion, made.metadata.resourceVersion)
  const changed = await two.client.update(configMaps, { ...made, data: { n: '2' } })
  assert.equal((await one.client.list(configMaps, { namespace })).items.find((each) => each.metadata.name === 'a')!.data!.n, '2')
  await assert.rejects(one.client.update(configMaps, { ...made, data: { n: '3' } }), isConflict)
  await assert.rejects(two.client.create(configMaps, { metadata: { namespace, name: 'a' } }), isAlreadyExists)
  await one.client.delete(configMaps, { namespace, name: 'a' }, { preconditions: { resourceVersion: changed.metadata.resourceVersion! } })
  await assert.rejects(two.client.get(configMaps, { namespace, name: 'a' }), isNotFound)
  await watching
  stop.abort()
  assert.deepEqual(seen, ['ADDED a 1', 'MODIFIED a 2', 'DELETED a 2'])
})

test('a counter raised through both at once loses nothing', options, async () => {
  const key = { namespace, name: 'counter' }
  await one.client.create(configMaps, { metadata: key, data: { n: '0' } })
  const raise = async ({ client }: TestApiServer): Promise<void> => {
    for (let done = 0; done < 15; ) {
      const found = await client.get(configMaps, key)
      try {
        await client.update(configMaps, { ...found, data: { n: String(Number(found.data!.n) + 1) } })
        done++
      } catch (error) {
        if (!isConflict(error)) throw error
      }
    }
  }
  await Promise.all([raise(one), raise(two), raise(one), raise(two)])
  assert.equal((await two.client.get(configMaps, key)).data!.n, '60')
})

test('addresses and node ports are given out once between them', options, async () => {
  const make = ({ client }: TestApiServer, name: string) =>
    client.create(services, { metadata: { namespace, name }, spec: { type: 'NodePort', ports: [{ port: 80 }] } })
  const all = await Promise.all(Array.from({ length: 20 }, (_, index) => make(index % 2 ? one : two, `s${index}`)))
  const distinct = (values: unknown[]) => new Set(values).size
  assert.equal(distinct(all.map(({ spec }) => spec.clusterIP)), 20)
  assert.equal(distinct(all.map(({ spec }) => spec.ports![0]!.nodePort)), 20)
  await assert.rejects(make(one, 'full'), /failed to allocate a nodePort: range is full/)
  // What goes through one is free for the other.
  const { nodePort } = all[0]!.spec.ports![0]!
  await one.client.delete(services, { namespace, name: 's0' })
  const again = { metadata: { namespace, name: 'again' }, spec: { type: 'NodePort', ports: [{ port: 80, nodePort }] } }
  await two.client.list(services, { namespace })
  assert.equal((await two.client.create(services, again)).spec.ports![0]!.nodePort, nodePort)
  await assert.rejects(one.client.create(services, { ...again, metadata: { namespace, name: 'late' } }), /provided port is already allocated/)
})

test('a kind that is defined through one is served by the other', options, async () => {
  const names = { plural: 'hosts', kind: 'Host' }
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  await define(one.client, {
    metadata: { name: 'hosts.example.com' },
    spec: { group: 'example.com', scope: 'Cluster', names, versions: [{ name: 'v1', served: true, storage: true, schema }] },
  } as any)
  for await (const { object } of two.client.watch(customResourceDefinitions, { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' } as object))
    if (object.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) break
  const hosts: ResourceRef<any> = { group: 'example.com', version: 'v1', plural: 'hosts', kind: 'Host', namespaced: false }
  let made: any
  for (let attempt = 0; !made; attempt++) {
    made = await two.client.create(hosts, { metadata: { name: 'a' }, spec: { x: 1 } }).catch((error) => {
      if (!isNotFound(error) || attempt > 200) throw error
      return new Promise((resolve) => setImmediate(() => resolve(undefined)))
    })
  }
  assert.deepEqual((await one.client.get(hosts, { name: 'a' })).spec, { x: 1 })
})

test('of managers that compete through different servers one leads, and the other when it goes', options, async () => {
  const managers = [one, two].map(({ client }, index) => {
    const stop = new AbortController()
    const lead = startManager({
      client,
      clock: systemClock,
      log: silentLogger,
      signal: stop.signal,
      leaderIdentity: `m${index}`,
      name: 'singleton',
      controllers: [],
    })
    return { stop, ...lead, leads: () => /leader_election_master_status\{name="singleton"\} 1/.test(lead.metricsText()) }
  })
  await Promise.race(managers.map(({ ready }) => ready))
  const holder = async () => (await two.client.get(leases, { namespace: 'kube-system', name: 'singleton' })).spec?.holderIdentity
  const first = managers.findIndex(({ leads }) => leads())
  assert.deepEqual([managers.filter(({ leads }) => leads()).length, await holder()], [1, `m${first}`])
  const [leader, other] = first === 0 ? [managers[0]!, managers[1]!] : [managers[1]!, managers[0]!]
  leader.stop.abort()
  await leader.done
  await other.ready
  assert.deepEqual([leader.leads(), other.leads(), await holder()], [false, true, `m${1 - first}`])
  other.stop.abort()
  await other.done
})

test('both are endpoints of the kubernetes Service, and one that stops is none any more', options, async () => {
  const until = async (wanted: readonly string[]) => {
    const fieldSelector = 'metadata.name=kubernetes'
    for await (const { object } of two.client.watch(endpointSlices, {
      namespace,
      fieldSelector,
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan',
    } as object))
      if (JSON.stringify((object.endpoints ?? []).map((each) => each.addresses[0])) === JSON.stringify(wanted)) return
  }
  // Each writes what it has seen; where both began at once, the next look mends it.
  await until(['192.0.2.1', '192.0.2.2'])
  await one[Symbol.asyncDispose]()
  await until(['192.0.2.2'])
})
