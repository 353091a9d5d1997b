import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileJsonPath, relaxedPath } from '../jsonpath/evaluate.ts'
import { toJson } from './json.ts'
import { alignTabs, describeColumns, tableColumns } from './tab-writer.ts'
import { tableLines } from './table.ts'
import { toYaml } from './yaml.ts'

test('YAML quotes what would be read as something else, and only that', () => {
  const value = { a: '12', b: 'true', c: '', d: 'it: x', e: 'plain', f: '12:30', g: '2024-01-01T00:00:00Z', h: "'x", i: '~/x', j: 'y', k: null, l: 1.5 }
  assert.equal(
    toYaml(value),
    `a: "12"\nb: "true"\nc: ""\nd: 'it: x'\ne: plain\nf: "12:30"\ng: "2024-01-01T00:00:00Z"\nh: '''x'\ni: ~/x\nj: "y"\nk: null\nl: 1.5\n`,
  )
})

test('YAML folds long lines at eighty columns and keeps line breaks as literals', () => {
  const text = 'the quick brown fox jumps over the lazy dog and then the dog jumps back over the fox, again and again'
  assert.equal(
    toYaml({ a: text, b: 'x\ny\n', c: 'x\ny' }),
    `a: the quick brown fox jumps over the lazy dog and then the dog jumps back over the\n  fox, again and again\nb: |\n  x\n  y\nc: |-\n  x\n  y\n`,
  )
})

test('YAML puts lists below their keys unindented, and sorts keys with their numbers', () => {
  assert.equal(toYaml({ k10: [], k9: [{ b: 1, a: [[1]] }] }), 'k9:\n- a:\n  - - 1\n  b: 1\nk10: []\n')
})

test('JSON has its keys in order and markup escaped', () => {
  assert.equal(toJson({ b: '<a>&', a: [] }), '{\n    "a": [],\n    "b": "\\u003ca\\u003e\\u0026"\n}')
})

test('columns are as wide as their widest cell', () => {
  assert.equal(alignTabs('NAME\tAGE\nlonger-name\t1d', tableColumns), 'NAME          AGE\nlonger-name   1d')
  assert.equal(alignTabs('A:\tx\nplain\nLonger:\ty', describeColumns), 'A:  x\nplain\nLonger:  y')
})

test('cells end at their first line break, and escape sequences do not reach the terminal', () => {
  const table = {
    columnDefinitions: [
      { name: 'Name', format: 'name' },
      { name: 'X', priority: 1 },
    ],
    rows: [{ cells: ['a\x1b[31m\nb', 'w'], object: { metadata: { labels: { q: 'r' } } } }],
  }
  const options = { wide: false, noHeaders: false, withNamespace: false, showLabels: true, labelColumns: ['q'], kindPrefix: 'pod' }
  assert.deepEqual(tableLines(table, options), ['NAME\tQ\tLABELS', 'pod/a^[[31m...\tr\tq=r'])
})

test('JSONPath: fields, ranges, filters, slices, unions, recursion', () => {
  const data = {
    items: [
      { n: 'a', v: 1, l: { 'x.y': 'z' } },
      { n: 'b', v: 2 },
    ],
  }
  const print = (template: string): string => compileJsonPath(template, { allowMissingKeys: true }).print(data)
  assert.equal(print('{.items[*].n}'), 'a b')
  assert.equal(print('{range .items[*]}{.n}={.v}{"\\n"}{end}'), 'a=1\nb=2\n')
  assert.equal(print('{.items[?(@.v>1)].n}'), 'b')
  assert.equal(print('{.items[?(@.n=="a")].l.x\\.y}'), 'z')
  assert.equal(print('{.items[-1:].n}{.items[0,1].v}'), 'b1 2')
  assert.equal(print('{..n}'), 'a b')
  assert.equal(print('{.items[0].l}'), '{"x.y":"z"}')
  assert.equal(print('{.missing}'), '')
  assert.throws(() => compileJsonPath('{.items').print(data), /unclosed action/)
  assert.throws(() => compileJsonPath('{.missing}').print(data), /missing is not found/)
  assert.equal(relaxedPath('metadata.name'), '{.metadata.name}')
})
