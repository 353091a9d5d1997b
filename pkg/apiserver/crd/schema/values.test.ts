/** Values by a structural schema. Facts: the tests of pkg/apiserver/validation and pkg/apiserver/schema of k8s.io/apiextensions-apiserver 0.36. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prune, pruneNulls } from './prune.ts'
import type { Schema } from './types.ts'
import { validateLists } from './validate-lists.ts'
import { validateValue } from './validate-value.ts'

const schema = (given: object): Schema => given as Schema
const shown = (errors: readonly { field: string; message: string }[]) => errors.map(({ field, message }) => `${field}: ${message}`)
const outOf = (form: string) => `<nil>: Invalid value: "": Checked value must be of type ${form} in f`
const mustBe = (type: string, found: string) => `f: Invalid value: ${JSON.stringify(found)}: f in body must be of type ${type}: ${JSON.stringify(found)}`

const values: readonly (readonly [of: object, value: unknown, ...errors: string[]])[] = [
  [{ type: 'integer', format: 'int32' }, 2147483647],
  [{ type: 'integer', format: 'int32' }, 2147483648, outOf('integer with format int32')],
  [{ type: 'integer', format: 'int32' }, -2147483649, outOf('integer with format int32')],
  [{ type: 'integer', format: 'int64' }, 2 ** 53],
  [{ type: 'integer', format: 'int64' }, 1e19, mustBe('int64', 'float64'), outOf('integer with format int64')],
  [{ type: 'integer' }, 1e19, mustBe('integer', 'number'), outOf('integer (default format)')],
  [{ type: 'integer' }, 1.5, mustBe('integer', 'number'), outOf('integer (default format)')],
  [{ type: 'number', format: 'float' }, 3.4e38],
  [{ type: 'number', format: 'float' }, 3.5e38, outOf('number with format float')],
  [{ type: 'number', format: 'double' }, 1e300],
  [{ type: 'integer', format: 'int32' }, 'a', mustBe('integer', 'string')],
  [{ type: 'string', format: 'date-time' }, 5, mustBe('date-time', 'int64')],
  [{ type: 'string', format: 'date-time' }, true, mustBe('date-time', '')],
  [{ type: 'string' }, 5, mustBe('string', 'integer')],
  [{ type: 'string', nullable: true }, null],
  [{ type: 'string' }, null, mustBe('string', 'null')],
  [
    { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
    1.2,
    mustBe('integer,string', 'number'),
    '<nil>: Invalid value: "": "f" must validate at least one schema (anyOf)',
    mustBe('integer', 'number'),
    outOf('integer (default format)'),
  ],
]
for (const [of, value, ...errors] of values) {
  const what = errors.length === 0 ? 'is' : 'is not'
  test(`${JSON.stringify(value)} ${what} ${JSON.stringify(of)}`, () => assert.deepEqual(shown(validateValue(value, schema(of), undefined, 'f')), errors))
}

const listOf = (kind: string, keys: readonly string[] = []) =>
  schema({
    type: 'object',
    properties: { l: { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': kind, 'x-kubernetes-list-map-keys': keys } },
  })
const again = (index: number, value: unknown) => `l[${index}]: Duplicate value: ${JSON.stringify(value)}`
const lists: readonly (readonly [what: string, of: Schema, list: readonly unknown[], ...errors: string[]])[] = [
  ['a value is told once, however often it comes', listOf('set'), ['a', 'b', 'a', 'a'], again(2, 'a')],
  [
    'maps are alike in any order',
    listOf('set'),
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
    again(1, { b: 2, a: 1 }),
  ],
  ['numbers are no texts', listOf('set'), [1, '1', null, null], again(3, null)],
  ['items of a map are told by their keys', listOf('map', ['a', 'b']), [{ a: 1 }, { a: 1, b: 2 }, { a: 1, c: 3 }], again(2, { a: 1 })],
  ['a null has no keys', listOf('map', ['a']), [null, {}, { a: 1 }], again(1, {})],
  ['items of a map are objects', listOf('map', ['a']), [{ a: 1 }, 'x'], 'l[1]: Invalid value: "x": must be an object for an array of list-type map'],
  ['a whole may hold what it will', listOf('atomic'), ['a', 'a']],
]
for (const [what, of, list, ...errors] of lists) test(what, () => assert.deepEqual(shown(validateLists({ l: list }, of)), errors))

const any = { 'x-kubernetes-preserve-unknown-fields': true }
const prunings: readonly (readonly [what: string, of: object, value: object, left: object, ...dropped: string[]])[] = [
  ['what is not declared goes', { properties: { a: {} } }, { a: 1, b: 2 }, { a: 1 }, 'b'],
  ['within lists too', { properties: { l: { items: { properties: { a: {} } } } } }, { l: [{ a: 1, b: 2 }] }, { l: [{ a: 1 }] }, 'l[0].b'],
  [
    'unknown fields may be kept, declared ones are still pruned',
    { ...any, properties: { a: { properties: {} } } },
    { a: { b: 1 }, c: { d: 1 } },
    { a: {}, c: { d: 1 } },
    'a.b',
  ],
  ['keys of a map are kept', { additionalProperties: { properties: { a: {} } } }, { x: { a: 1, b: 2 } }, { x: { a: 1 } }, 'x.b'],
  ['of a map of whatever nothing below is known', { additionalProperties: true }, { x: 1, y: { a: 1 } }, { x: 1, y: {} }, 'y.a'],
]
for (const [what, of, value, left, ...dropped] of prunings) {
  test(`pruning: ${what}`, () => {
    const paths: string[] = []
    prune(value, schema(of), (path) => void paths.push(path))
    assert.deepEqual([value, paths], [left, dropped])
  })
}

test('pruning: nulls go where they may not be and no default waits', () => {
  const text = { type: 'string' }
  const properties = {
    a: text,
    b: { ...text, nullable: true },
    c: { ...text, default: 'x' },
    m: { additionalProperties: text },
    l: { items: { properties: { a: text } } },
  }
  const value = { a: null, b: null, c: null, unknown: null, m: { x: null }, l: [{ a: null }, null] }
  pruneNulls(value, schema({ properties }))
  assert.deepEqual(value, { b: null, c: null, unknown: null, m: {}, l: [{}, null] })
})
