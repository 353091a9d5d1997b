import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeAtomically } from './atomic-writer.ts'

const file = (text: string, mode = 0o644) => ({ content: Buffer.from(text), mode })

test('files appear through ..data, change all at once, and go when their key goes', () => {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-volume-'))
  try {
    assert.equal(
      writeAtomically(
        dir,
        new Map([
          ['a', file('1')],
          ['sub/b', file('2', 0o400)],
        ]),
      ),
      true,
    )
    assert.equal(readFileSync(join(dir, 'a'), 'utf8'), '1')
    assert.equal(statSync(join(dir, 'sub/b')).mode & 0o777, 0o400)
    assert.equal(readlinkSync(join(dir, 'a')), '..data/a')
    const before = readlinkSync(join(dir, '..data'))
    assert.equal(
      writeAtomically(
        dir,
        new Map([
          ['a', file('1')],
          ['sub/b', file('2', 0o400)],
        ]),
      ),
      false,
    )
    assert.equal(writeAtomically(dir, new Map([['a', file('3')]])), true)
    assert.equal(readFileSync(join(dir, 'a'), 'utf8'), '3')
    assert.ok(!existsSync(join(dir, 'sub')))
    assert.ok(!existsSync(join(dir, before)), 'the old contents are gone')
    assert.equal(readdirSync(dir).filter((name) => name.startsWith('..20')).length, 1)
  } finally {
    rmSync(dir, { recursive: true })
  }
})
