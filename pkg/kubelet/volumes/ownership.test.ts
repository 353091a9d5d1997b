import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { giveToGroup } from './ownership.ts'

const skip = process.getuid?.() === 0 ? false : 'only root gives files away'

test('a volume is its group’s to read and write, and so is what will come into it; owners stay', { skip }, (t) => {
  const root = mkdtempSync(join(tmpdir(), 'k8ts-group-'))
  t.after(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'inner'), { mode: 0o700 })
  writeFileSync(join(root, 'inner', 'file'), '', { mode: 0o600 })
  chownSync(join(root, 'inner', 'file'), 1000, 1000)
  const seen = (path: string) => {
    const { uid, gid, mode } = statSync(join(root, path))
    return [uid, gid, (mode & 0o7777).toString(8)]
  }
  giveToGroup(root, 2000, 'Always')
  assert.deepEqual(
    [seen('.'), seen('inner'), seen('inner/file')],
    [
      [0, 2000, '2770'],
      [0, 2000, '2770'],
      [1000, 2000, '660'],
    ],
  )
  chownSync(join(root, 'inner'), 0, 3000)
  giveToGroup(root, 2000, 'OnRootMismatch')
  assert.equal(seen('inner')[1], 3000, 'the root is as it should be: nothing below is looked at')
  giveToGroup(root, 2000, 'Always')
  assert.equal(seen('inner')[1], 2000)
  chmodSync(root, 0o755)
  chownSync(join(root, 'inner'), 0, 3000)
  giveToGroup(root, 2000, 'OnRootMismatch')
  assert.equal(seen('inner')[1], 2000, 'the root was not: all of it is given')
})
