import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices } from '#api/gen/resources.ts'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { createInformerFactory } from '#client/informer.ts'
import { isForProxy, SliceIndex } from './slice-index.ts'

test('slices of headless Services and of another proxy are none of ours, from the moment they say so', async (t) => {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  const slice = (name: string, labels: Record<string, string> = {}) => ({
    metadata: { namespace: 'n', name, labels: { 'kubernetes.io/service-name': 'web', ...labels } },
    addressType: 'IPv4',
    endpoints: [],
  })
  client.seed(endpointSlices, slice('plain'))
  client.seed(endpointSlices, slice('headless', { 'service.kubernetes.io/headless': '' }))
  client.seed(endpointSlices, slice('foreign', { 'service.kubernetes.io/service-proxy-name': 'other' }))
  const informers = createInformerFactory(client, { clock, log: silentLogger })
  const changes: string[] = []
  const slices = new SliceIndex(informers.informer(endpointSlices), (service) => changes.push(service), isForProxy)
  const all = new SliceIndex(informers.informer(endpointSlices), () => {})
  const abort = new AbortController()
  t.after(() => abort.abort())
  await informers.start(abort.signal)
  const names = (index: SliceIndex) => index.of('n/web').map(({ metadata }) => metadata.name)
  assert.deepEqual([names(slices), names(all), changes], [['plain'], ['plain', 'headless', 'foreign'], ['n/web']])
  await client.patch(endpointSlices, { namespace: 'n', name: 'plain' }, { metadata: { labels: { 'service.kubernetes.io/headless': '' } } }, { type: 'merge' })
  await settle()
  assert.deepEqual([names(slices), changes], [[], ['n/web', 'n/web']])
})
