import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Container, Pod } from '#api/gen/core/v1.ts'
import { kubeletPaths } from '../paths.ts'
import { containerMounts } from './container-mounts.ts'

async function mountsOf(t: TestContext, more: Partial<Container>, { readOnly = false, recursiveReadOnly = false } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'k8ts-mounts-'))
  t.after(() => rmSync(root, { recursive: true }))
  const pod = { metadata: { name: 'web', namespace: 'default', uid: 'u' }, spec: {} } as Pod
  const container = { name: 'main', resources: {}, ...more } as Container
  const volumes = new Map([
    ['data', { path: '/host/data', readOnly }],
    ['disk', { path: '/dev/disk', readOnly: false, isBlock: true }],
  ])
  const input = { pod, container, volumes, environment: new Map(), paths: kubeletPaths(root), imageMounts: new Map(), recursiveReadOnly }
  return containerMounts(input as never)
}

for (const [mountPropagation, propagation] of [
  [undefined, 'PROPAGATION_PRIVATE'],
  ['None', 'PROPAGATION_PRIVATE'],
  ['HostToContainer', 'PROPAGATION_HOST_TO_CONTAINER'],
  ['Bidirectional', 'PROPAGATION_BIDIRECTIONAL'],
] as const) {
  test(`mount propagation ${mountPropagation ?? 'unset'} is ${propagation}`, async (t) => {
    const [mount] = await mountsOf(t, { volumeMounts: [{ name: 'data', mountPath: '/data', ...(mountPropagation ? { mountPropagation } : {}) }] })
    assert.deepEqual(mount, { containerPath: '/data', hostPath: '/host/data', readonly: false, propagation })
  })
}

test('a mount is read-only where it or its volume is, and all the way down where that is asked for', async (t) => {
  const volumeMounts = [{ name: 'data', mountPath: '/data', readOnly: true, recursiveReadOnly: 'IfPossible' }] as never
  assert.equal((await mountsOf(t, { volumeMounts }, { recursiveReadOnly: true }))[0]?.recursiveReadOnly, true)
  assert.equal((await mountsOf(t, { volumeMounts: [{ name: 'data', mountPath: '/data' }] }, { readOnly: true }))[0]?.readonly, true)
})

test('every container has its hosts file, unless it mounts one, and a file for its last words', async (t) => {
  const paths = (mounts: readonly { containerPath?: string }[]) => mounts.map(({ containerPath }) => containerPath)
  assert.deepEqual(paths(await mountsOf(t, {})), ['/etc/hosts', '/dev/termination-log'])
  assert.deepEqual(paths(await mountsOf(t, { terminationMessagePath: '/last', volumeMounts: [{ name: 'data', mountPath: '/etc/hosts' }] })), [
    '/etc/hosts',
    '/last',
  ])
})

test('a device is no mount, and a volume that is not there is told', async (t) => {
  const mounting = (name: string) => mountsOf(t, { volumeMounts: [{ name, mountPath: '/x' }] })
  await assert.rejects(mounting('disk'), {
    reason: 'CreateContainerConfigError',
    message: 'volume disk has volumeMode Block, but is specified in volumeMounts',
  })
  await assert.rejects(mounting('none'), { message: 'cannot find volume "none" to mount into container "main"' })
})

test('a path out of names that have no value is refused, and the names are told', async (t) => {
  await assert.rejects(mountsOf(t, { volumeMounts: [{ name: 'data', mountPath: '/data', subPathExpr: '$(POD)/$(AGE)' }] }), {
    reason: 'CreateContainerConfigError',
    message: 'missing value for AGE, POD',
  })
})
