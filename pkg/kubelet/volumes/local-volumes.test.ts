import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { localVolumes } from './local-volumes.ts'

test('A local volume is a directory that keeps what is in it until it is removed', async () => {
  const root = mkdtempSync(join(tmpdir(), 'k8ts-local-'))
  try {
    const volumes = localVolumes(root)
    const path = volumes.create('pvc-1')
    assert.equal(statSync(path).mode & 0o777, 0o777)
    writeFileSync(join(path, 'a'), '1')
    assert.equal(volumes.create('pvc-1'), path)
    assert.deepEqual(readdirSync(path), ['a'])
    await volumes.remove('pvc-1')
    assert.ok(!existsSync(path))
    await volumes.remove('pvc-1')
    assert.deepEqual(readdirSync(join(root, 'local-volumes')), [])
    for (const name of ['..', 'a/b', '../x', '']) assert.throws(() => volumes.create(name), /not a volume's name/)
  } finally {
    rmSync(root, { recursive: true })
  }
})
