/** Texts of several documents, judged one by one; what is said of them was read off kubectl 1.36.1. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readDocuments } from './documents.ts'

const parsing = (words: string): string => `error converting YAML to JSON: yaml: ${words}`

const cases: readonly (readonly [what: string, text: string, values: readonly unknown[], failure?: string])[] = [
  ['documents, comments and empty ones', '# c\n---\n---\na: 1\n--- # c\n# x\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
  ['windows line ends', 'a: 1\r\n---\r\nb: 2\r\n', [{ a: 1 }, { b: 2 }]],
  ['a good one before a bad one', 'a: 1\n---\n  bad: [\n---\nb: 2\n', [{ a: 1 }], parsing('line 1: did not find expected node content')],
  ['text behind a separator, which takes what came before with it', 'a: 1\n--- text\nb: 2\n', [], 'invalid Yaml document separator: text'],
  ['four dashes', '----\na: b\n', [], 'invalid Yaml document separator: -'],
  ['another version of YAML', '%YAML 2.0\n---\na: b\n', [], parsing('found incompatible YAML document')],
  ['a directive apart from its document', '%YAML 1.1\n---\na: b\n', [], parsing('line 1: did not find expected <document start>')],
  ['an empty key', ': x\n', [], parsing('did not find expected key')],
  ['an empty key further down', 'a: 1\n: x\n', [], parsing('line 1: did not find expected key')],
  ['an empty key in a list', 'a:\n  - : x\n', [], parsing('line 1: did not find expected key')],
  ['an empty key in braces', 'a: {: x}\nb: {"": y}\n', [], parsing('did not find expected node content')],
  ['an empty key in quotes', 'b: {"": v}\n', [{ b: { '': 'v' } }]],
  ['JSON values in a row', '{"a": 1}\n{"b": "}{"} {"c": [{}]}', [{ a: 1 }, { b: '}{' }, { c: [{}] }]],
  ['JSON, then YAML', '{"a": 1}\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
  ['braces of YAML', '{a: 1, b: [x]}', [{ a: 1, b: ['x'] }]],
  ['JSON with a mistake', '{"kind": "ConfigMap", "apiVersion": "v1" "x"}', [], `json: offset 42: invalid character '"' after object key:value pair`],
  ['JSON cut short', '{"a": 1', [], 'unexpected EOF'],
  ['a second JSON value cut short', '{"a": 1}\n{"b":', [{ a: 1 }], 'unexpected EOF'],
  ['a mistake after two JSON values', '{"a": 1}{"b": 2} x', [{ a: 1 }, { b: 2 }], "invalid character 'x' looking for beginning of value"],
]

for (const [what, text, values, failure] of cases) {
  test(what, () => assert.deepEqual(readDocuments(text), failure === undefined ? { values } : { values, failure }))
}
