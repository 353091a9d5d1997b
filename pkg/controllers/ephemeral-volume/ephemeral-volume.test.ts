import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, persistentVolumeClaims, pods } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { ephemeralVolumeController } from './index.ts'

const pod = {
  metadata: { namespace: 'n', name: 'p', uid: 'u' },
  spec: { volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { metadata: { labels: { a: 'b' } }, spec: { accessModes: ['ReadWriteOnce'] } } } }] },
}

test('An ephemeral volume gets a claim that its pod owns', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [ephemeralVolumeController()] })
  client.seed(pods, pod)
  await settled()
  const { metadata } = client.peek(persistentVolumeClaims, 'n', 'p-scratch')!
  assert.deepEqual([metadata.labels, metadata.ownerReferences?.[0]?.uid, metadata.ownerReferences?.[0]?.controller], [{ a: 'b' }, 'u', true])
})

test('A claim of that name that is not the pod’s is left alone, and an Event says so', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [ephemeralVolumeController()] })
  client.seed(persistentVolumeClaims, { metadata: { namespace: 'n', name: 'p-scratch' }, spec: {} })
  client.seed(pods, pod)
  await settled()
  assert.equal(client.all(persistentVolumeClaims).length, 1)
  assert.deepEqual(
    client.all(events).map(({ reason, message }) => [reason, message]),
    [['FailedBinding', 'ephemeral volume scratch: PVC n/p-scratch was not created for pod n/p (pod is not owner)']],
  )
})
