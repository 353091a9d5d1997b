import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, test } from 'node:test'

const read = (name: string): any => JSON.parse(readFileSync(new URL(`../pkg/helm/corpus/${name}`, import.meta.url), 'utf8'))
let recorded: { readonly madeBy: string; readonly expected: readonly unknown[] }[] = []

before(() => {
  recorded = [read('expected.json'), read('expected-charts.json')]
})

test('every case of the corpus has a record, which says how it was made', () => {
  const counts = [read('cases.json').templates.length, read('charts.json').length]
  assert.deepEqual(
    recorded.map(({ expected }) => expected.length),
    counts,
  )
  for (const { madeBy } of recorded) assert.match(madeBy, /helm v4\.2\.4 .* tools\/helm-corpus\.ts/)
})
