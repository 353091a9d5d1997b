import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { crashRun, killOverAndOver } from '../../conformance/crash.ts'
import { put, record } from '../../conformance/harness.ts'
import { storeConformance } from '../../conformance.ts'
import { StoreUnavailableError } from '../../types.ts'
import { openEtcdStore } from './index.ts'
import { etcdBinary, noEtcd, startTestEtcd, type TestEtcd } from './test-server.ts'

let etcd: TestEtcd
let opened = 0

if (etcdBinary) {
  before(async () => {
    etcd = await startTestEtcd(etcdBinary!)
  })
  after(() => etcd.remove())
}

storeConformance(
  'etcd',
  async () => {
    const config = { endpoints: [etcd.endpoint], prefix: `/test-${opened++}` }
    const store = await openEtcdStore(config)
    return {
      store,
      async reopen() {
        await store.close()
        return openEtcdStore(config)
      },
    }
  },
  { skip: etcdBinary ? undefined : noEtcd, modelSteps: 300 },
)

test('a watch goes on where it was when etcd comes back', { skip: etcdBinary ? false : noEtcd }, async () => {
  const store = await openEtcdStore({ endpoints: [etcd.endpoint], prefix: '/restart' })
  const watch = await record(store, '/', store.revision())
  await put(store, '/a', '1')
  await watch.until(1)
  await etcd.kill()
  await assert.rejects(put(store, '/b', '1'), StoreUnavailableError)
  await etcd.start()
  const other = await openEtcdStore({ endpoints: [etcd.endpoint], prefix: '/restart' })
  await put(other, '/c', '1')
  assert.deepEqual(
    (await watch.until(2)).map((event) => event.key),
    ['/a', '/c'],
  )
  await other.close()
  await store.close()
})

const run = crashRun(10)

test(`an etcd killed ${run.rounds} times with its writer loses nothing, leaves nothing half, and watches resume without a gap (seed ${run.seed})`, {
  skip: etcdBinary ? false : noEtcd,
}, async (t) => {
  const config = { kind: 'etcd', endpoints: [etcd.endpoint], prefix: '/crash' } as const
  const writes = await killOverAndOver({ config, server: etcd, ownsRevisions: false }, run)
  t.diagnostic(`${writes} acknowledged writes`)
})
