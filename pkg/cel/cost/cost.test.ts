import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declTypeOf } from '../decl-type.ts'
import { createEnvironment } from '../environment.ts'
import { compile } from '../program.ts'
import type { CelSchema } from '../schema.ts'

const environment = createEnvironment({ self: 'dyn', oldSelf: 'dyn' })
const costOf = (schema: CelSchema, expression: string) => {
  const type = declTypeOf(schema)!
  return compile(environment, expression, { declared: { self: type, oldSelf: type } }).maxCost
}

const scalar = (type: string): CelSchema =>
  type === 'int-or-string'
    ? { 'x-kubernetes-int-or-string': true }
    : ['duration', 'date', 'date-time', 'byte'].includes(type)
      ? { type: 'string', format: type }
      : { type }
const list = (items: CelSchema) => (maxItems?: number) => ({ type: 'array', items, maxItems })
const map = (additionalProperties: CelSchema) => (maxProperties?: number) => ({ type: 'object', additionalProperties, maxProperties })
const text = (maxLength?: number) => ({ type: 'string', maxLength })
const inner: CelSchema = { type: 'object', required: ['required'], properties: { required: { type: 'string' }, optional: { type: 'string' } } }
const texts = (max?: number) => ({ type: 'array', items: text(max), maxItems: max })
const nested = (bounded: boolean) => (max?: number) => ({
  type: 'array',
  items: { type: 'object', additionalProperties: inner, maxProperties: max },
  ...(bounded ? { maxItems: max } : {}),
})

type Schemas = (max?: number) => CelSchema
// Facts: TestCostEstimation of k8s.io/apiextensions-apiserver 0.36. Unbounded, then with the bound; undefined: not recorded.
const cases: readonly [schema: Schemas, rule: string, unbounded: number | undefined, bound: number, bounded: number][] = [
  [list(scalar('number')), 'self.all(x, true)', 4718591, 10, 32],
  [list(scalar('string')), 'self.all(x, true)', 3145727, 20, 62],
  [list(scalar('boolean')), 'self.all(x, true)', 1887437, 5, 17],
  [list(list(scalar('number'))()), 'self.all(x, true)', 3145727, 100, 302],
  [list(inner), 'self.all(x, true)', 555128, 50, 152],
  [map(scalar('number')), 'self.all(x, true)', 1348169, 10, 32],
  [map(scalar('string')), 'self.all(x, true)', 1179647, 3, 11],
  [map(scalar('boolean')), 'self.all(x, true)', 943718, 100, 302],
  [text, "self.contains('test')", 314574, 10, 5],
  [text, "self.startsWith('test')", 2, 15, 2],
  [text, "self.endsWith('test')", 2, 30, 2],
  [text, 'size(self + "hello") > size("hello")', 314578, 4, 7],
  [list(scalar('number')), 'self[1] == 0.0', 2, 5000, 2],
  [list(scalar('string')), 'self[1] == self[1]', 314577, 8, 314577],
  [list(scalar('number')), 'self.all(x, self.all(y, true))', undefined, 10, 352],
  [list(scalar('number')), 'self.all(x, self.all(y, self.all(z, true)))', undefined, 10, 3552],
  [text, 'self.matches("x")', 314574, 50, 22],
  [text, '"".matches("(((((((((())))))))))[0-9]")', 7, 10, 7],
  [text, 'self.matches("")', 1, 100, 1],
  [(max) => ({ ...map(text(max))(max) }), 'self.all(x, x.contains(self[x]))', 2752507, 10, 72],
  [map(scalar('number')), 'self["x"] == 0.0', 2, 0, 2],
  [text, 'self == "x"', 2, 0, 1],
  [(maxLength) => ({ type: 'string', format: 'byte', maxLength }), 'self == b"x"', 2, 0, 1],
  [list(scalar('number')), 'self.all(x, x == 0.0)', 6291454, 3 * 1024 * 2048, 25165826],
  [nested(true), 'self.all(x, x["y"].required == "z")', 7340027, 10, 72],
  [nested(false), 'self.all(x, x["y"].required == "z")', 7340027, 10, 7340027],
  [list(scalar('int-or-string')), 'self.all(x, true)', 4718591, 10, 32],
  [list(scalar('int-or-string')), 'self[0] == 5', 3, 10, 3],
  [list(scalar('boolean')), 'self[0] == false', 2, 25, 2],
  [list(inner), 'self[0] == null', 2, 422, 2],
  [list(list(scalar('number'))()), 'self[0][0] == -1.0', 3, 51, 3],
  [list(map(scalar('number'))()), 'self.all(x, x.y == 25.2)', 6291452, 12, 74],
  [list(map(scalar('number'))()), 'self[0].x > 2.0', 4, 3000, 4],
  [list(scalar('duration')), 'self.all(x, true)', 2359295, 5, 17],
  [list(scalar('duration')), 'self[0].getHours() == 2', 4, 525, 4],
  [list(scalar('date')), 'self.all(x, true)', 725936, 15, 47],
  [list(scalar('date')), 'self[2].getDayOfMonth() == 13', 4, 42, 4],
  [list(scalar('date-time')), 'self.all(x, true)', 428963, 25, 77],
  [map(scalar('int-or-string')), 'self.all(x, true)', 1348169, 15, 47],
  [map(inner), 'self.all(x, true)', 428963, 20, 62],
  [map(map(scalar('number'))()), 'self.all(x, true)', 1179647, 10, 32],
  [map(list(scalar('number'))()), 'self.all(x, true)', 1179647, 25, 77],
  [map(scalar('duration')), 'self.all(x, true)', 1048577, 5, 17],
  [map(scalar('date')), 'self.all(x, true)', 524288, 10, 32],
  [map(scalar('date-time')), 'self.all(x, true)', 349526, 25, 77],
  [text, "self.find('[0-9]+') == ''", 629147, 10, 11],
  [texts, "self.join(' ') == 'aa bb'", 329853068905, 10, 43],
  [texts, 'self.isSorted() == true', 329854432052, 10, 52],
  [
    (max) => ({ type: 'object', properties: { str: text(max), before: text(2), after: text(4) } }),
    "self.str.replace(self.before, self.after) == 'does not matter'",
    629154,
    4,
    12,
  ],
  [(max) => ({ type: 'object', properties: { str: text(max), separator: text(max) } }), 'self.str.split(self.separator) == []', 629160, 10, 22],
  [text, "self.lowerAscii() == 'lower!'", 314575, 10, 6],
  [map(scalar('integer')), 'oldSelf.size() == self.size()', 5, 10, 5],
  [map(scalar('date-time')), 'self["a"] == self["b"]', 8, 7, 8],
  [map(scalar('duration')), 'self["c"] == self["d"]', 8, 42, 8],
  [(maxLength) => ({ type: 'string', enum: ['A', 'B', 'C', 'LongValue'], maxLength }), "self.contains('A')", 2, 1000, 401],
  [(maxLength) => ({ 'x-kubernetes-int-or-string': true, maxLength }), 'isQuantity(self)', 314574, 20, 9],
]

test('an expression is estimated to cost what upstream estimates', () => {
  for (const [schema, rule, unbounded, bound, bounded] of cases) {
    const unboundedCost = costOf(schema(), rule)!
    if (unbounded === undefined) assert.ok(unboundedCost > 10_000_000, `${rule} on ${JSON.stringify(schema())}: ${unboundedCost}`)
    else assert.equal(unboundedCost, unbounded, `${rule} on ${JSON.stringify(schema())}`)
    assert.equal(costOf(schema(bound), rule), bounded, `${rule} on ${JSON.stringify(schema(bound))}`)
  }
})

test('a sum of numbers is a number, whose size is known', () => {
  const lists: CelSchema = { type: 'object', properties: { a: list(scalar('integer'))(1000), b: list(scalar('integer'))(1000) } }
  assert.equal(costOf(lists, '(self.a.sum() + self.b.sum()) % 2 == 0'), 2007)
})
