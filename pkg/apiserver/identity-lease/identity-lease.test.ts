import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leases } from '#api/gen/resources.ts'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { apiServerId, collectIdentityLeases, keepIdentityLease } from './index.ts'

function given(t: { after(fn: () => unknown): void }) {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  const stop = new AbortController()
  t.after(() => stop.abort())
  const names = () => client.all(leases).map(({ metadata }) => metadata.name)
  return { clock, client, names, options: { client, clock, log: silentLogger, signal: stop.signal } }
}

test('an API server has a lease under a digest of its host, and renews it every ten seconds', async (t) => {
  const { clock, client, options } = given(t)
  // What sha256sum and base32 give for the name.
  const name = 'apiserver-c4vwjftbvpc5os2vvzle4qg27a'
  void keepIdentityLease({ ...options, hostname: 'kind-control-plane' })
  await settle()
  assert.equal(apiServerId('kind-control-plane'), name)
  const { metadata, spec } = client.peek(leases, 'kube-system', name)!
  assert.deepEqual(metadata.labels, { 'apiserver.kubernetes.io/identity': 'kube-apiserver', 'kubernetes.io/hostname': 'kind-control-plane' })
  assert.equal(spec?.leaseDurationSeconds, 3600)
  assert.ok(spec?.holderIdentity?.startsWith(`${name}_`))
  await clock.advance(10_000)
  assert.equal(Date.parse(client.peek(leases, 'kube-system', name)!.spec!.renewTime!), clock.now())
})

test('leases of API servers that are gone are deleted, and no others', async (t) => {
  const { clock, client, names, options } = given(t)
  const labels = { 'apiserver.kubernetes.io/identity': 'kube-apiserver' }
  const lease = (name: string, ageSeconds: number | undefined, more: object = { labels }): any => ({
    metadata: { namespace: 'kube-system', name, ...more },
    spec: ageSeconds === undefined ? {} : { leaseDurationSeconds: 3600, renewTime: new Date(clock.now() - ageSeconds * 1000).toISOString() },
  })
  client.seed(leases, lease('fresh', 1800), lease('old', 3700), lease('empty', undefined), lease('other', 3700, {}))
  void collectIdentityLeases(options)
  await settle()
  assert.deepEqual(names(), ['fresh', 'other'])
  await clock.advance(3_600_000)
  assert.deepEqual(names(), ['other'])
})
