import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { createLogger } from '#base/log.ts'
import { startTestApiServer } from '../testing.ts'

test("a profile of the processor's time is in the form that pprof reads", async () => {
  await using control = await startTestApiServer()
  const response = await control.server.transport().request({ method: 'GET', path: '/debug/pprof/profile?seconds=0.05' })
  assert.equal(response.status, 200)
  const text = gunzipSync(await response.bytes()).toString('latin1')
  // Strings stand each behind the number of its field and its length.
  for (const name of ['samples', 'count', 'cpu', 'nanoseconds']) assert.ok(text.includes(`2${String.fromCharCode(name.length)}${name}`), name)
})

test('without profiling there is nothing of it', async () => {
  await using control = await startTestApiServer({ profiling: false })
  for (const path of ['/debug/pprof/', '/debug/flags/v']) assert.equal((await control.server.transport().request({ method: 'GET', path })).status, 404)
})

test("the log's verbosity is set while the server runs", async () => {
  const lines: string[] = []
  const log = createLogger({ component: 'c', write: (line) => void lines.push(line) })
  await using control = await startTestApiServer({ log })
  const part = log.named('part')
  const set = (verbosity: string) => control.server.transport().request({ method: 'PUT', path: '/debug/flags/v', body: verbosity })
  lines.length = 0
  part.debug('one')
  await set('4')
  part.debug('two')
  await set('2')
  part.debug('three')
  assert.deepEqual(
    lines.filter((line) => / (one|two|three)$/m.test(line)).map((line) => line.trim().split(' ').at(-1)),
    ['two'],
  )
})
