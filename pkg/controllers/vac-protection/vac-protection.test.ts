import assert from 'node:assert/strict'
import { test } from 'node:test'
import { persistentVolumeClaims, persistentVolumes, volumeAttributesClasses } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { vacProtectionController } from './index.ts'

test('A deleted class stays while a claim or a volume names it', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [vacProtectionController()] })
  client.seed(volumeAttributesClasses, { metadata: { name: 'gold' }, driverName: 'd' } as any)
  client.seed(persistentVolumeClaims, {
    metadata: { namespace: 'n', name: 'c' },
    spec: {},
    status: { modifyVolumeStatus: { targetVolumeAttributesClassName: 'gold' } },
  } as any)
  client.seed(persistentVolumes, { metadata: { name: 'v' }, spec: { volumeAttributesClassName: 'gold' } } as any)
  const found = () => client.peek(volumeAttributesClasses, undefined, 'gold')
  await settled()
  assert.deepEqual(found()?.metadata.finalizers, ['kubernetes.io/vac-protection'])
  await client.delete(volumeAttributesClasses, { name: 'gold' })
  await client.delete(persistentVolumeClaims, { namespace: 'n', name: 'c' })
  await settled()
  assert.ok(found(), 'the volume')
  await client.delete(persistentVolumes, { name: 'v' })
  await settled()
  assert.equal(found(), undefined)
})
