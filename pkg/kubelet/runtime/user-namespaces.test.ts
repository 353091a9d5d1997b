import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { kubeletPaths } from '../paths.ts'
import { namespaceOptions } from './security-context.ts'
import { userNamespaces } from './user-namespaces.ts'

const pod = (uid: string, hostUsers?: boolean): Pod =>
  ({ metadata: { uid }, spec: { containers: [], ...(hostUsers === undefined ? {} : { hostUsers }) } }) as unknown as Pod

test('each pod without the host’s users has a range of its own, known after a restart, and free when the pod’s directory is gone', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'k8ts-userns-'))
  t.after(() => rmSync(root, { recursive: true }))
  const paths = kubeletPaths(root)
  const users = userNamespaces(paths)
  const firstOf = (uid: string, from = users) => from.of(pod(uid, false))!.uids[0]!
  assert.equal(users.of(pod('a')), undefined)
  assert.equal(users.of(pod('a', true)), undefined)
  assert.deepEqual(firstOf('a'), { hostId: 65_536, containerId: 0, length: 65_536 })
  assert.equal(firstOf('b').hostId, 131_072)
  assert.equal(firstOf('a', userNamespaces(paths)).hostId, 65_536)
  rmSync(paths.pod('a'), { recursive: true })
  assert.equal(firstOf('c').hostId, 65_536)
  assert.deepEqual(JSON.parse(readFileSync(join(paths.pod('b'), 'userns'), 'utf8')).gidMappings, [{ hostId: 131_072, containerId: 0, length: 65_536 }])
  assert.equal(namespaceOptions(pod('b', false), { users: users.of(pod('b', false)) }).usernsOptions?.mode, 'POD')
})
