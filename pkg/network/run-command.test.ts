import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mustRun, runCommand, withStandby } from './run-command.ts'

test('a command gets its input, and answers with its output and exit code', async () => {
  assert.deepEqual(await runCommand(['sh', '-c', 'cat; echo bad >&2; exit 3'], 'text'), { code: 3, stdout: 'text', stderr: 'bad\n' })
  await assert.rejects(mustRun(['sh', '-c', 'echo bad >&2; exit 3']), /exit code 3: bad/)
  await assert.rejects(runCommand(['k8ts-no-such-program']), /k8ts-no-such-program is not installed/)
})

test('with one in wait every input gets a process of its own', async (t) => {
  const abort = new AbortController()
  t.after(() => abort.abort())
  const run = withStandby(['sh', '-c', 'echo $$; cat'], abort.signal)
  const pids = new Set<string>()
  for (const input of ['one', 'two', 'three']) {
    const { code, stdout } = await run(['sh', '-c', 'echo $$; cat'], input)
    const [pid = '', said] = stdout.split('\n')
    assert.deepEqual([code, said], [0, input])
    pids.add(pid)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(pids.size, 3)
  assert.equal((await run(['echo', 'another command'])).stdout, 'another command\n')
})

test('after the signal nothing waits, and what is asked is still done', async () => {
  const abort = new AbortController()
  const run = withStandby(['cat'], abort.signal)
  assert.equal((await run(['cat'], 'one')).stdout, 'one')
  await new Promise((resolve) => setImmediate(resolve))
  abort.abort()
  assert.equal((await run(['cat'], 'two')).stdout, 'two')
})
