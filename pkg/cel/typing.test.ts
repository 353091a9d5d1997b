import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declTypeOf } from './decl-type.ts'
import { createEnvironment } from './environment.ts'
import { compile } from './program.ts'
import type { CelSchema } from './schema.ts'
import { CelCompileError } from './types.ts'

const environment = createEnvironment({ self: 'dyn', oldSelf: 'dyn' })
const schema: CelSchema = {
  type: 'object',
  properties: {
    replicas: { type: 'integer' },
    ratio: { type: 'number' },
    name: { type: 'string' },
    on: { type: 'boolean' },
    since: { type: 'string', format: 'date-time' },
    wait: { type: 'string', format: 'duration' },
    port: { 'x-kubernetes-int-or-string': true },
    tags: { type: 'array', items: { type: 'string' } },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    items: { type: 'array', items: { type: 'object', properties: { key: { type: 'string' }, size: { type: 'integer' } } } },
    'a-b': { type: 'string' },
    anything: { 'x-kubernetes-preserve-unknown-fields': true },
  },
}
const self = declTypeOf(schema, true)!

function problemOf(expression: string): string | undefined {
  try {
    compile(environment, expression, { declared: { self, oldSelf: self }, resultType: 'bool' })
    return undefined
  } catch (error) {
    assert.ok(error instanceof CelCompileError)
    return error.message
  }
}

test('what fits its schema compiles', () => {
  for (const expression of [
    'self.replicas > 1 && self.ratio < 1 && self.replicas < 1.5',
    'self.name == "a" || self.name.startsWith("b") || self.name.matches("^c")',
    'self.since > timestamp("2024-01-01T00:00:00Z") && self.wait < duration("1h")',
    'type(self.port) == int ? self.port > 1 : self.port == "http"',
    'self.tags.all(t, t.size() < 3) && self.tags.exists_one(t, t == "a") && "a" in self.tags',
    'self.labels.all(k, k.startsWith("a") && self.labels[k] == "b") && "a" in self.labels && self.labels.a == "b"',
    'self.items.filter(i, i.size > 1).map(i, i.key).join(",") == "a"',
    'self.items.all(index, item, item.size > index)',
    'self.items.map(i, i.size).sum() > 3',
    '[self.wait].sum() > duration("1h") && self.tags.isSorted() && self.tags.max() == "a"',
    'has(self.name) && has(self.items[0].key) && self.a__dash__b == "x"',
    'self.?name.orValue("x") == "x" && self.?labels["a"].hasValue()',
    'self.metadata.name == "a" && self.kind == "K" && self.apiVersion != ""',
    'self.items == oldSelf.items && self.replicas - oldSelf.replicas <= 1',
    'self.items[0] == null',
    'quantity(self.name).isLessThan(quantity("1Gi")) && isQuantity(self.port)',
    'self.tags + ["a"] == ["a"] && self.since + self.wait > self.since',
    'self.labels.transformMap(k, v, v + "x").size() > 1 && self.labels.transformList(k, v, v.size())[0] > 1',
    'sets.contains(self.tags, ["a"]) && lists.range(3).sortBy(e, -e)[0] == 2',
    'self.?name.optMap(n, n + "x").orValue("") == "ax"',
  ])
    assert.equal(problemOf(expression), undefined, expression)
})

// Words and places as cel-go has them.
const problems: readonly [expression: string, text: string, column: number][] = [
  ['self.missing == 1', "undefined field 'missing'", 5],
  ['self.items.all(i, i.missing > 1)', "undefined field 'missing'", 20],
  ['self.anything == 1', "undefined field 'anything'", 5],
  ['self.metadata.labels == {}', "undefined field 'labels'", 14],
  ['nothing == 1', "undeclared reference to 'nothing' (in container '')", 1],
  ['self.replicas == "a"', "found no matching overload for '_==_' applied to '(int, string)'", 15],
  ['self.name == null', "found no matching overload for '_==_' applied to '(string, null)'", 11],
  ['self.name + 1 == "a"', "found no matching overload for '_+_' applied to '(string, int)'", 11],
  ['self.replicas && self.on', "found no matching overload for '_&&_' applied to '(int, bool)'", 15],
  ['!self.name', "found no matching overload for '!_' applied to '(string)'", 1],
  ['self.on ? 1 : "a"', "found no matching overload for '_?_:_' applied to '(bool, int, string)'", 9],
  ['1 in self.tags', "found no matching overload for '@in' applied to '(int, list(string))'", 3],
  ['self.tags["a"] == "b"', "found no matching overload for '_[_]' applied to '(list(string), string)'", 10],
  ['self.replicas.startsWith("a")', "found no matching overload for 'startsWith' applied to 'int.(string)'", 25],
  ['self.replicas.matches("a")', "found no matching overload for 'matches' applied to 'int.(string)'", 22],
  ['self.replicas.all(x, x > 1)', "expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)", 5],
  ['self.tags.all(t, t)', "expected type 'bool' but found 'string'", 18],
  ['self.tags.sum() == 1', "found no matching overload for 'sum' applied to 'list(string).()'", 14],
  ['self.items.isSorted()', "found no matching overload for 'isSorted' applied to 'list(object.items.@idx).()'", 20],
  ['self.items.max() == 1', "found no matching overload for 'max' applied to 'list(object.items.@idx).()'", 15],
  ['self.items.map(i, i.size).sum() == "a"', "found no matching overload for '_==_' applied to '(int, string)'", 33],
  ['self.name.x == 1', "type 'string' does not support field selection", 10],
]

test('what does not fit is told where and why', () => {
  for (const [expression, text, column] of problems) {
    const [first, line, mark] = (problemOf(expression) ?? '').split('\n')
    assert.equal(first, `compilation failed: ERROR: <input>:1:${column}: ${text}`, expression)
    assert.equal(line, ` | ${expression}`)
    assert.equal(mark, ` | ${'.'.repeat(column - 1)}^`)
  }
  assert.equal(problemOf('self.name'), 'cel expression must evaluate to a bool')
  assert.equal(problemOf('self.tags.map(t, t)'), 'cel expression must evaluate to a bool')
})
