import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { volumesMayFollow } from './may-follow.ts'

const token = { serviceAccountToken: { path: 'token' } }
const fields = { downwardAPI: { items: [] } }
const cases: readonly [string, object, boolean][] = [
  ['no volumes', {}, true],
  ['the volume of every pod', { volumes: [{ projected: { sources: [token, { configMap: { name: 'kube-root-ca.crt' } }, fields] } }] }, true],
  ['an empty directory and fields', { volumes: [{ emptyDir: {} }, fields] }, true],
  ['a ConfigMap that may be missing', { volumes: [{ emptyDir: {} }, { configMap: { name: 'settings' } }] }, false],
  ['a projected Secret', { volumes: [{ projected: { sources: [token, { secret: { name: 'key' } }] } }] }, false],
  ['a claim', { volumes: [{ persistentVolumeClaim: { claimName: 'data' } }] }, false],
  ['a path of the host', { volumes: [{ hostPath: { path: '/data', type: 'Directory' } }] }, false],
  ['devices', { resourceClaims: [{ name: 'gpu' }] }, false],
]
for (const [what, spec, expected] of cases) {
  test(`${what}: the sandbox ${expected ? 'need not' : 'has to'} wait for volumes`, () => {
    assert.equal(volumesMayFollow({ metadata: { name: 'p' }, spec } as unknown as Pod), expected)
  })
}
