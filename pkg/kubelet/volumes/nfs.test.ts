import assert from 'node:assert/strict'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { mountNfs } from './nfs.ts'

test('a mount that fails says what was asked of the host, and leaves no directory', async () => {
  const target = mkdtempSync(join(tmpdir(), 'k8ts-nfs-'))
  await assert.rejects(mountNfs({ server: '192.0.2.1', path: '/data', readOnly: true, options: ['nolock'] }, target, 'false'), {
    message: `mount failed: exit status 1\nMounting command: false\nMounting arguments: -t nfs -o nolock,ro 192.0.2.1:/data ${target}\nOutput: `,
  })
  assert.equal(existsSync(target), false)
})
