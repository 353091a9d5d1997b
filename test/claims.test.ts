/** docs/api.md names a test for each claim: this one holds that they are all there. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')

/** `path`: part of a test's title, as docs/api.md writes them. */
function proofsIn(row: string): { path: string; title: string }[] {
  const cell = row.split(' | ').at(-1)!.replace(/ \|$/, '')
  return cell.split(' · ').map((each) => {
    const [, path, title] = /^`([^`]+)`: (.+)$/.exec(each) ?? []
    assert.ok(path && title, `no test in: ${row}`)
    return { path, title }
  })
}

test('every claim of docs/api.md names a test that is there', () => {
  const rows = readFileSync(join(root, 'docs/api.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| claim') && !line.startsWith('| ---'))
  assert.ok(rows.length > 80, `${rows.length} rows`)
  for (const row of rows)
    for (const { path, title } of proofsIn(row)) {
      const file = join(root, path.startsWith('test/') ? path : `pkg/${path}`)
      assert.ok(existsSync(file), `${path} is not there: ${row}`)
      assert.ok(readFileSync(file, 'utf8').includes(title), `${path} has no test "${title}"`)
    }
})
