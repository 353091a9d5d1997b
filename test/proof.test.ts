/** The tests that docs/controllers-proof.md names are there. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')

test('every test that docs/controllers-proof.md names is there', () => {
  const rows = readFileSync(join(root, 'docs', 'controllers-proof.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('.test.ts`: '))
  assert.ok(rows.length > 60)
  const missing: string[] = []
  for (const row of rows)
    for (const [, file, titles] of row.matchAll(/`([\w/.-]+\.test\.ts)`: ((?:"[^"]+"(?:; )?)+)/g)) {
      const text = existsSync(join(root, file!)) ? readFileSync(join(root, file!), 'utf8').replaceAll("\\'", "'") : ''
      for (const [, title] of titles!.matchAll(/"([^"]+)"/g)) if (!text.includes(title!)) missing.push(`${file}: ${title}`)
    }
  assert.deepEqual(missing, [])
})
