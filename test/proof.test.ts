/** The tests that the proofs in docs name are there. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
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

test('every test that docs/api-proof.md names is there, and every list of questions', () => {
  const rows = readFileSync(join(root, 'docs', 'api-proof.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| promise') && !line.startsWith('| ---'))
  assert.ok(rows.length > 150, `${rows.length} rows`)
  for (const row of rows)
    for (const proof of row.split(' | ').at(-1)!.replace(/ \|$/, '').split(' · ')) {
      const [, path, title, lists = ''] = /^`([^`]+)`: (.+?)(?: \(lists (.+)\))?$/.exec(proof) ?? []
      assert.ok(path && title, `no test in: ${row}`)
      const file = join(root, /^(test|examples)\//.test(path) ? path : `pkg/${path}`)
      assert.ok(existsSync(file), `${path} is not there: ${row}`)
      assert.ok(readFileSync(file, 'utf8').replaceAll("\\'", "'").includes(title), `${path} has no test "${title}"`)
      for (const [, list] of lists.matchAll(/`([\w-]+)`/g))
        assert.ok(existsSync(join(root, 'test/scenarios/api-golden/recorded', `${list}.json`)), `there is no list ${list}`)
    }
})

/** Where a proof's paths begin. */
const folders: Readonly<Record<string, readonly string[]>> = {
  'node-proof.md': ['.', 'pkg/kubelet', 'pkg/kubelet/pod-worker', 'test'],
  'network-proof.md': ['.', 'pkg', 'pkg/network', 'pkg/network/ingress', 'test/e2e'],
}

for (const [document, bases] of Object.entries(folders))
  test(`every test that docs/${document} names is there, by its file and its title`, () => {
    const text = readFileSync(join(root, 'docs', document), 'utf8')
    const files = [...text.matchAll(/`((?:e2e\/[\w-]+|[\w/.-]+\.test\.ts))`/g)].map(([, file]) => (file!.endsWith('.ts') ? file! : `${file}.test.ts`))
    assert.ok(files.length > 60)
    assert.deepEqual(
      files.filter((file) => !bases.some((base) => existsSync(join(root, base, file)))),
      [],
    )
    const tests = globSync(['pkg/**/*.test.ts', 'cmd/*.test.ts', 'test/**/*.test.ts', 'test/e2e/*.ts'], { cwd: root }).map((file) =>
      readFileSync(join(root, file), 'utf8'),
    )
    const all = tests.join('\n').replaceAll("\\'", "'")
    const titles = [...text.matchAll(/\*([^*|\n]+?)\*/g)].flatMap(([, title]) => title!.split('…').map((part) => part.trim()))
    assert.deepEqual(
      titles.filter((part) => part !== '' && !all.includes(part)),
      [],
    )
  })
