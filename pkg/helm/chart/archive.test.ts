import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { archivedName, maxFileSize, readArchive } from './archive.ts'
import { loadArchive } from './load.ts'

async function archive(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const tar = pack()
  for (const [name, data] of Object.entries(files)) tar.entry({ name }, data)
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar) chunks.push(chunk as Buffer)
  return gzipSync(Buffer.concat(chunks))
}

test("names that lead out of a chart are refused with Helm's words", () => {
  const cases: [string, string | RegExp][] = [
    ['c/Chart.yaml', 'Chart.yaml'],
    ['c/templates/../values.yaml', 'values.yaml'],
    ['c\\templates\\a.yaml', 'templates/a.yaml'],
    ['c/../../etc/passwd', /illegally references parent directory/],
    ['c//etc/passwd', /illegally contains absolute paths/],
    ['Chart.yaml', /content outside the base directory/],
    ['c/c:/x', /illegally named files/],
  ]
  for (const [name, wanted] of cases) {
    if (typeof wanted === 'string') assert.equal(archivedName(name), wanted)
    else assert.throws(() => archivedName(name), wanted, name)
  }
})

test('a chart is loaded from an archive', async () => {
  const bytes = await archive({ 'c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n', 'c/values.yaml': 'a: 1\n', 'c/templates/a.yaml': 'x: 1\n' })
  const chart = await loadArchive(bytes, 'c.tgz')
  assert.equal(chart.metadata.name, 'c')
  assert.deepEqual({ ...chart.values }, { a: 1 })
  assert.deepEqual(
    chart.templates.map(({ name }) => name),
    ['templates/a.yaml'],
  )
})

test('a file without end is refused', async () => {
  const bytes = await archive({ 'c/big': Buffer.alloc(maxFileSize + 1) })
  await assert.rejects(readArchive(bytes), /"c\/big" is larger than the maximum file size 5242880/)
})

test('what is no archive is told so', async () => {
  await assert.rejects(loadArchive(Buffer.from('a: 1'), 'values.yaml'), /file 'values.yaml' seems to be a YAML file, but expected a gzipped archive/)
})
