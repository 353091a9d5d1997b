/** Claims on a real cluster: bound, mounted, outliving their pods, and gone with their data; and what pods use, over metrics.k8s.io. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { persistentVolumeClaims, persistentVolumes, pods } from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import { type E2eCluster, eventually, missingForCluster, startCluster } from './cluster.ts'
import { createPod, loadShellImages, logOf, podWhere, shell, untilTold } from './shell-pods.ts'

const missing = missingForCluster()
if (missing) console.log(`skipped storage in a real cluster: ${missing}`)

describe('storage in a real cluster', { skip: missing ?? false, timeout: 180_000 }, () => {
  let cluster: E2eCluster
  let client: Client
  before(async () => {
    cluster = await startCluster({ name: 'storage', port: 16643 })
    client = cluster.client
    await loadShellImages(cluster)
  })
  after(() => cluster?.delete())

  const withClaim = (name: string, script: string) =>
    createPod(client, name, {
      containers: [shell('main', script, { volumeMounts: [{ name: 'data', mountPath: '/data' }] })],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    })

  test('a claim without a class is bound when a pod uses it, keeps its data for the next pod, and takes it along', async () => {
    await client.create(persistentVolumeClaims, {
      metadata: { namespace: 'default', name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
    })
    await withClaim('writer', 'echo kept > /data/file')
    await podWhere(client, 'writer', 'has written', ({ status }) => status.phase === 'Succeeded')
    await client.delete(pods, { namespace: 'default', name: 'writer' })
    await withClaim('reader', 'cat /data/file')
    await podWhere(client, 'reader', 'has read', ({ status }) => status.phase === 'Succeeded')
    assert.equal((await logOf(client, 'reader')).trim(), 'kept')
    const [volume] = (await client.list(persistentVolumes)).items
    const path = volume!.spec.local!.path
    assert.deepEqual([volume!.status.phase, volume!.spec.capacity?.storage], ['Bound', '10Gi'])
    await client.delete(persistentVolumeClaims, { namespace: 'default', name: 'data' })
    await client.delete(pods, { namespace: 'default', name: 'reader' })
    await eventually('the volume and its directory are gone', async () => {
      assert.equal((await client.list(persistentVolumes)).items.length, 0)
      assert.equal(existsSync(path), false)
      return true
    })
  })

  test('what nodes and pods use can be asked', async () => {
    await createPod(client, 'busy', { containers: [shell('main', untilTold)] })
    await podWhere(client, 'busy', 'runs', ({ status }) => status.phase === 'Running')
    const get = async (path: string) => JSON.parse(await (await client.request({ method: 'GET', path: `/apis/metrics.k8s.io/v1beta1${path}` })).text())
    await eventually('usage of the pod', async () => {
      const { containers } = await get('/namespaces/default/pods/busy')
      assert.match(containers[0].usage.memory, /^\d+Ki$/)
      return true
    })
    const { items } = await get('/nodes')
    assert.match(items[0].usage.cpu, /^\d+n$/)
  })
})
