import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseYamlDocuments } from './yaml-text.ts'

/** As kubectl 1.33 tells them (`create -f - --dry-run=client`), after "error converting YAML to JSON: yaml: ". */
const recorded: readonly (readonly [text: string, words: string])[] = [
  ['apiVersion: v1\nkind: [\n', 'line 2: did not find expected node content'],
  ['a: b: c\n', 'mapping values are not allowed in this context'],
  ['a:\n\tb: c\n', 'line 2: found character that cannot start any token'],
  ['a: "unterminated\nb: c\n', 'line 3: found unexpected end of stream'],
  ["a: 'x\n", 'line 2: found unexpected end of stream'],
  ['a: [1, 2\nb: 3\n', "line 1: did not find expected ',' or ']'"],
  ['a: {x: 1\n', "line 1: did not find expected ',' or '}'"],
  ['a: {x: 1, y\nb: c', "line 1: did not find expected ',' or '}'"],
  ['- a\nb: c\n', "line 1: did not find expected '-' indicator"],
  ['a: b\n- c\n', 'line 1: did not find expected key'],
  ['a: *nope\n', "unknown anchor 'nope' referenced"],
  ['a: &x\n  b: *x\n', "anchor 'x' value contains itself"],
  ['a: "\\z"\n', 'found unknown escape character'],
  ['a: @b\n', 'found character that cannot start any token'],
  ['a: `b\n', 'found character that cannot start any token'],
  ['a: %b\n', 'found character that cannot start any token'],
  ['a:\n  b: c\n d: e\n', 'line 2: did not find expected key'],
  ['a: b\n  c: d\n', 'line 2: mapping values are not allowed in this context'],
  ['a: |\n  x\n y\n', 'line 2: did not find expected key'],
  ['key\nother: x\n', 'line 2: mapping values are not allowed in this context'],
  ['? a\n: b\nc\n', "line 4: could not find expected ':'"],
  ['a: }\n', 'did not find expected node content'],
  ['a: ]\n', 'did not find expected node content'],
  ['a: b\u0001c\n', 'control characters are not allowed'],
  ['a: b\n c\nd: - e\n', 'line 3: block sequence entries are not allowed in this context'],
  ['"a\nb": c\n', 'line 2: mapping values are not allowed in this context'],
  ['a: |x\n  b\n', 'did not find expected comment or line break'],
  ['a: >9999\n b\n', 'did not find expected comment or line break'],
  ['<<: 1\n', 'map merge requires map or sequence of maps as the value'],
  ['a: !<x b\n', "did not find the expected '>'"],
  ['a: {b: c}}\n', 'did not find expected key'],
]

test('texts that are no YAML are told in the words of go-yaml, with its lines', () => {
  for (const [text, words] of recorded) {
    assert.throws(() => parseYamlDocuments(text), { message: `error converting YAML to JSON: yaml: ${words}` }, JSON.stringify(text))
  }
})

test('the line of a wrong indentation is that of the mapping it falls back into', () => {
  const text = 'apiVersion: v1\nspec:\n    a: b\n   c: d\n'
  assert.throws(() => parseYamlDocuments(text), { message: 'error converting YAML to JSON: yaml: line 3: did not find expected key' })
})

const letters = 'bcdefghij'.split('')
const bomb = `a: &a [${Array(10).fill('x').join()}]\n${letters.map((each, index) => `${each}: &${each} [${Array(10).fill(`*${'abcdefghij'[index]}`).join()}]\n`).join('')}`

test('aliases that grow without bound are refused, and many that do not are not', () => {
  assert.throws(() => parseYamlDocuments(bomb), { message: 'error converting YAML to JSON: yaml: document contains excessive aliasing' })
  const flat = `base: &base {a: 1, b: [x, z]}\n${Array.from({ length: 300 }, (_, index) => `k${index}: *base\n`).join('')}`
  const [document] = parseYamlDocuments(flat) as Record<string, unknown>[]
  assert.deepEqual(document!.k299, { a: 1, b: ['x', 'z'] })
  const merged = `base: &base {a: 1}\n${Array.from({ length: 200 }, (_, index) => `k${index}: {<<: *base, m: ${index}}\n`).join('')}`
  assert.deepEqual((parseYamlDocuments(merged) as Record<string, unknown>[])[0]!.k7, { a: 1, m: 7 })
})

test('nesting that no stack would bear is refused', () => {
  assert.throws(() => parseYamlDocuments(`${'{"a":'.repeat(11_000)}1${'}'.repeat(11_000)}`), /yaml: exceeded max depth of 10000$/)
})

test('a key twice is the last one, and keys that JavaScript knows are keys like others', () => {
  assert.deepEqual(parseYamlDocuments('a: 1\na: 2\n'), [{ a: 2 }])
  const [document] = parseYamlDocuments('__proto__: {polluted: 1}\nconstructor: 2\n') as any[]
  assert.equal(JSON.stringify(document), '{"__proto__":{"polluted":1},"constructor":2}')
  assert.equal(({} as any).polluted, undefined)
})
