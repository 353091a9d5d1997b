import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseEnvFile, readEnvFile } from './env-file.ts'

const dir = mkdtempSync(join(tmpdir(), 'k8ts-env-file-'))
after(() => rmSync(dir, { recursive: true }))

test('assignments in single quotes are variables, comments and all else are not', () => {
  const values = parseEnvFile("# a file\nA='one'\n  B='two words' # why\nC=bare\nD='first\nsecond'\nE=''\n")
  assert.deepEqual(
    [...values],
    [
      ['A', 'one'],
      ['B', 'two words'],
      ['D', 'first\nsecond'],
      ['E', ''],
    ],
  )
})

test('a file that is missing is undefined, and one that a link leads to elsewhere is refused', () => {
  assert.equal(readEnvFile(dir, 'none'), undefined)
  writeFileSync(join(dir, 'vars'), "A='one'\n")
  assert.equal(readEnvFile(dir, 'vars')?.get('A'), 'one')
  symlinkSync('/etc/passwd', join(dir, 'link'))
  assert.throws(() => readEnvFile(dir, 'link'), /leads out of the volume/)
})
