import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, VolumeProjection } from '#api/gen/core/v1.ts'
import { payloadOf } from './payload.ts'

const pod = { metadata: { name: 'web', namespace: 'default', uid: 'u' }, spec: { containers: [] } } as unknown as Pod
const none = { objects: { get: async () => undefined }, tokens: { token: async () => 'token' }, facts: {} }
const project = (source: VolumeProjection) => payloadOf({ pod, ...none } as never, { name: 'v', projected: { sources: [source] } } as never)

for (const [what, source, message] of [
  [
    'a trust bundle, whose gate is off',
    { clusterTrustBundle: { path: 'ca', name: 'b' } },
    'ClusterTrustBundle projection is not supported in static kubelet mode',
  ],
  [
    'a certificate of its own, whose gate is off',
    { podCertificate: { signerName: 'x/y', keyType: 'RSA3072' } },
    'this kind of projection is not supported by this node',
  ],
  ['a ConfigMap that is not there', { configMap: { name: 'none' } }, 'configmap "none" not found'],
  ['a Secret that is not there', { secret: { name: 'none' } }, 'secret "none" not found'],
] as const) {
  test(`a volume with ${what} fails to mount, and says so`, async () => {
    await assert.rejects(project(source as never), { message })
  })
}

test('what is optional may be absent', async () => {
  assert.equal((await project({ configMap: { name: 'none', optional: true } }))?.size, 0)
})
