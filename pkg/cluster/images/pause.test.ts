import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { hostArchitecture, normalizeImageName } from './oci-archive.ts'
import { pauseExecutable } from './pause.ts'

test('the pause executable runs until SIGTERM and then ends with exit code 0', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'k8ts-pause-'))
  t.after(() => rm(dir, { recursive: true }))
  const file = join(dir, 'pause')
  await writeFile(file, pauseExecutable(hostArchitecture()))
  await chmod(file, 0o755)
  const child = spawn(file)
  t.after(() => child.kill('SIGKILL'))
  await once(child, 'spawn')
  while (!/^State:\s+S/m.test(await readFile(`/proc/${child.pid}/status`, 'utf8'))) assert.equal(child.signalCode, null) // until it waits
  child.kill('SIGCHLD')
  assert.equal(child.exitCode, null)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('image names are normalised as Docker references are', () => {
  assert.equal(normalizeImageName('nginx:1.25-alpine'), 'docker.io/library/nginx:1.25-alpine')
  assert.equal(normalizeImageName('myshop/web:1.0'), 'docker.io/myshop/web:1.0')
  assert.equal(normalizeImageName('k8ts.local/pause:1'), 'k8ts.local/pause:1')
  assert.equal(normalizeImageName('localhost:5000/a'), 'localhost:5000/a:latest')
  assert.equal(normalizeImageName('busybox'), 'docker.io/library/busybox:latest')
})
