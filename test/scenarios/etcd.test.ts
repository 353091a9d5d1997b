/** The tests that want a real etcd, with Debian's: the store's conformance suite, and several API servers on one etcd. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { findProgram } from '#cluster/host/requirements.ts'

const root = join(import.meta.dirname, '..', '..')
const etcd = process.env.K8TS_ETCD ?? findProgram('etcd')
const files = ['pkg/storage/drivers/etcd/etcd.test.ts', 'pkg/apiserver/several-servers.test.ts']

for (const file of files)
  test(`${file}, on a real etcd`, { skip: etcd ? false : 'no etcd here: install etcd-server', timeout: 300_000 }, () => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const result = spawnSync(join(root, 'tools/node.sh'), ['--test', '--test-reporter=tap', file], {
      cwd: root,
      env: { ...env, K8TS_ETCD: etcd },
      encoding: 'utf8',
    })
    assert.equal(result.status, 0, result.stdout.slice(-4000) + result.stderr.slice(-2000))
    assert.match(result.stdout, /^# skipped 0$/m)
    assert.match(result.stdout, /^# pass [1-9]/m)
  })
