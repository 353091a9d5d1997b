/** The store's crash test, at length: the unit tests kill four times only. The etcd driver's is in `etcd.test.ts`. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..', '..')
const kills = process.env.K8TS_CRASH_ROUNDS ?? '40'

test(`the SQLite store under write load, killed ${kills} times`, { timeout: 600_000 }, (t) => {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const result = spawnSync(join(root, 'tools/node.sh'), ['--test', '--test-reporter=tap', 'pkg/storage/drivers/sqlite/crash.faults.test.ts'], {
    cwd: root,
    env: { ...env, K8TS_CRASH_ROUNDS: kills },
    encoding: 'utf8',
  })
  // With the seed in the test's name, and how many writes there were.
  for (const line of result.stdout.match(/^(ok|not ok|# \d+ acknowledged).*$/gm) ?? []) t.diagnostic(line)
  assert.equal(result.status, 0, result.stdout.slice(-4000) + result.stderr.slice(-2000))
  assert.match(result.stdout, new RegExp(`killed ${kills} times`))
})
