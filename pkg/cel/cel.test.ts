import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Optional } from '@marcbachmann/cel-js'
import { declTypeOf } from './decl-type.ts'
import { createEnvironment } from './environment.ts'
import { compile, newBudget } from './program.ts'
import { CelBudgetError, CelCompileError } from './types.ts'
import { toCel } from './values.ts'

const environment = createEnvironment({ self: 'dyn', oldSelf: 'dyn' })
const run = (expression: string, self: unknown = {}, budget = newBudget(1_000_000)) => compile(environment, expression).evaluate({ self: toCel(self) }, budget)

test("Kubernetes' own functions answer as documented", () => {
  for (const expression of [
    'quantity("1Gi").isGreaterThan(quantity("100Mi"))',
    'quantity("1") == quantity("1000m")',
    'quantity("50k").add(20) == quantity("50020") && quantity("50k").sub(20).asInteger() == 49980',
    '!isQuantity("10 Kb") && quantity("1.5").asApproximateFloat() == 1.5',
    'url("https://example.com:80/path?k=v").getHost() == "example.com:80"',
    'url("https://[::1]:80/a b".replace(" ", "%20")).getHostname() == "::1"',
    'url("https://x.io/p?a=1&a=2").getQuery() == {"a": ["1", "2"]} && !isURL("../relative")',
    'ip("127.0.0.1").isLoopback() && ip("::1").family() == 6 && ip.isCanonical("2001:db8::abcd") && !isIP("1.2.3")',
    'cidr("192.168.0.0/24").containsIP("192.168.0.9") && cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16") && cidr("10.1.2.3/8").masked() == cidr("10.0.0.0/8")',
    '"abc 123".find("[0-9]+") == "123" && "1 2 3".findAll("[0-9]", 2) == ["1", "2"]',
    '[1, 2, 3].sum() == 6 && [3, 1].min() == 1 && ["a", "b"].isSorted() && [1, 2, 2].indexOf(2) == 1 && [1, 2, 2].lastIndexOf(2) == 2',
    'sets.contains([1, 2], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && !sets.intersects([1], [2])',
    '"%s has %d of %.1f".format(["a", 2, 1.25]) == "a has 2 of 1.3"',
    'semver("1.2.3").isLessThan(semver("1.10.0")) && semver("v1.0", true).major() == 1 && !isSemver("1.0")',
    'format.dns1123Label().validate("a_b").hasValue() && !format.named("uuid").value().validate("b7d1c4a0-3c8a-4d8b-9c3e-0d8d3c1b2a10").hasValue()',
    '"abc".charAt(1) == "b" && "a-b-c".replace("-", "", 1) == "ab-c" && [1, 2].reverse() == [2, 1]',
    '[1, 2].all(i, v, v == i + 1) && {"a": 1}.transformList(k, v, k) == ["a"] && {"a": 1, "b": 2}.transformMap(k, v, v > 1, v * 2) == {"b": 4}',
    'optional.of(1).optMap(x, x + 1).value() == 2 && !optional.ofNonZeroValue("").hasValue()',
    '"aaa".matches("^(a+)+$")',
  ])
    assert.equal(run(expression), true, expression)
})

test('values of objects are what their JSON says', () => {
  const self = { replicas: 3, ratio: 0.5, names: ['a'], labels: { 'x/y': 'z' } }
  assert.equal(run('self.replicas + 1 == 4 && self.ratio < 1 && "a" in self.names && self.labels["x/y"] == "z" && !has(self.missing)', self), true)
  assert.equal(run('self.?missing.orValue(7) == 7', self), true)
  assert.throws(() => run('self.missing == 1', self), /no such key: missing/)
  assert.equal(compile(environment, 'oldSelf.optMap(o, o.a).orValue(1) == 2').evaluate({ self: {}, oldSelf: Optional.of({ a: 2n }) }, newBudget(1000)), true)
})

test('optional entries of lists and maps are there when they have a value', () => {
  for (const [expression, expected] of [
    ['[?self.?a, ?self.?missing, 3] == [1, 3]', true],
    ['[ ? self.?missing ].size() == 0', true],
    ['{?"a": self.?a, ?"b": self.?missing, "c": 3} == {"a": 1, "c": 3}', true],
    ['{?1: self.?a, 2: 2}.size() == 2', true],
    ['[[?self.?missing], [?(self.?a)]] == [[], [1]]', true],
    ['{"x": [?self.?a], ?"y": optional.of({?"z": self.?missing})} == {"x": [1], "y": {}}', true],
    // Neither a conditional, an index, nor a text is one.
    ['[self.a == 1 ? 2 : 3, true ? 4 : 5] == [2, 4] && self.list[?5].orValue(7) == 7', true],
    ['[\'[?a, ?b\', "{?c"].size() == 2 // [?d', true],
    ['1 in [?self.?a] && "[?".size() == 2', true],
    ['self.map[?"k"].orValue("") == "v" && {"a": 1}[?"b"].hasValue() == false', true],
    ['[?optional.ofNonZeroValue(0), ?optional.none()] == []', true],
  ] as const)
    assert.equal(run(expression, { a: 1, list: [1], map: { k: 'v' } }), expected, expression)
  const type = declTypeOf({ type: 'object', properties: { n: { type: 'integer' }, s: { type: 'string' } } })!
  const compiled = (expression: string) => compile(environment, expression, { declared: { self: type, oldSelf: type } })
  assert.deepEqual(compiled('[?self.?n]').resultType, { kind: 'list', element: { kind: 'int', minSize: 1, maxElements: 0 } })
  for (const [expression, error] of [
    ['[?self.n] == []', "1:7: expected type 'optional_type(int)' but found 'int'"],
    ['{?"a": self.s} == {}', "1:12: expected type 'optional_type(string)' but found 'string'"],
  ] as const)
    assert.throws(
      () => compiled(expression),
      (thrown: Error) => thrown.message.split('\n')[0] === `compilation failed: ERROR: <input>:${error}`,
      expression,
    )
  assert.throws(() => run('[?1]'), /expected type 'optional_type\(int\)' but found 'int'/)
  assert.throws(() => run('[?self.a]', { a: 1 }), /no such overload/)
})

test('errors say where', () => {
  const message = (expression: string, schema?: object) => {
    try {
      compile(environment, expression, schema ? { declared: { self: declTypeOf(schema)! } } : {})
    } catch (error) {
      assert.ok(error instanceof CelCompileError)
      return error.message
    }
    throw new Error(`${expression} compiled`)
  }
  assert.match(message('self.a +'), /^compilation failed: ERROR: <input>:1:\d+: Syntax error: /)
  assert.match(message('nothing == 1'), /undeclared reference to 'nothing' \(in container ''\)/)
  const schema = { type: 'object', properties: { items: { type: 'array', items: { type: 'object', properties: { a: { type: 'integer' } } } } } }
  assert.match(message('self.items.all(i, i.b > 1)', schema), /undefined field 'b'/)
  assert.match(message('self.foo > 1', schema), /undefined field 'foo'/)
})

test('an expression that does too much is stopped', () => {
  const self = { list: Array.from({ length: 300 }, (_, index) => index) }
  const nested = 'self.list.all(a, self.list.all(b, self.list.all(c, a + b + c >= 0)))'
  assert.throws(() => run(nested, self, newBudget(100_000)), CelBudgetError)
  // One call may spend a million, whatever there is for all of them: here a tenth of the one text by a tenth of the other.
  const budget = newBudget(10_000_000)
  const texts = (length: number) => ({ a: 'x'.repeat(length), b: 'x'.repeat(length) })
  assert.equal(run('self.a.contains(self.b)', texts(9_900), budget), true)
  assert.throws(() => run('self.a.contains(self.b)', texts(10_010), budget), CelBudgetError)
  assert.ok(budget.left > 8_000_000, `${budget.left} left`)
})

test('cel.bind is there only where it was asked for', () => {
  const bound = 'cel.bind(x, 1, x + 1) == 2'
  assert.equal(compile(createEnvironment({}, undefined, { bindings: true }), bound).evaluate({}, newBudget(100)), true)
  assert.throws(() => compile(createEnvironment({}), bound), /ERROR: <input>:1:1: undeclared reference to 'cel' \(in container ''\)/)
})

const wrongLiterals: readonly [expression: string, error: string][] = [
  ["duration('x') > duration('1s')", '1:10: invalid duration argument'],
  ["timestamp('yesterday') == timestamp('2020-01-01T00:00:00Z')", '1:11: invalid timestamp argument'],
  ["'a'.matches('(')", '1:13: invalid matches argument'],
  ["'a'.matches('a(?=b)')", '1:13: invalid matches argument'],
  ["size([1, 'a']) == 2", "1:10: expected type 'int' but found 'string'"],
  ["size([[1], ['a']]) == 2", "1:12: expected type 'list(int)' but found 'list(string)'"],
  ["size({'a': 1, 'b': 'c'}) == 2", "1:20: expected type 'int' but found 'string'"],
  ["size({'a': 1, 2: 1}) == 2", "1:15: expected type 'string' but found 'int'"],
  ["size([self.n, 'a']) == 2", "1:15: expected type 'int' but found 'string'"],
]

test('literals that cannot be are told before evaluation, save what is formatted', () => {
  const type = declTypeOf({ type: 'object', properties: { n: { type: 'integer' } } })!
  const compiled = (expression: string) => compile(environment, expression, { declared: { self: type, oldSelf: type } })
  for (const [expression, error] of wrongLiterals) {
    assert.throws(
      () => compiled(expression),
      (thrown: Error) => thrown.message.split('\n')[0] === `compilation failed: ERROR: <input>:${error}`,
      expression,
    )
  }
  for (const expression of [
    "'%d %s'.format([1, 'a']) == '1 a'",
    "duration('1h') == duration('60m')",
    '[dyn(1), dyn("a")].size() == 2',
    "{'a': self, 'b': oldSelf}.size() == 2",
  ])
    assert.ok(compiled(expression), expression)
})
