import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createEnvironment } from '../environment.ts'
import { compile, newBudget } from '../program.ts'
import { toCel } from '../values.ts'

const environment = createEnvironment({ self: 'dyn' })

function costOf(expression: string, self: unknown): number {
  const budget = newBudget(1_000_000)
  compile(environment, expression).evaluate({ self: toCel(self) }, budget)
  return 1_000_000 - budget.left
}

const ints = '[1, 2, 3, 4, 5]'
const uints = '[uint(1), uint(2), uint(3), uint(4), uint(5)]'
const doubles = '[1.0, 2.0, 3.0, 4.0, 5.0]'
const bools = '[false, true, false, true, false]'
const texts = "['012345678901', '012345678901', '012345678901', '012345678901', '012345678901']"
const bytes = "[bytes('012345678901'), bytes('012345678901'), bytes('012345678901'), bytes('012345678901'), bytes('012345678901')]"
const durations = "[duration('1s'), duration('2s'), duration('3s'), duration('4s'), duration('5s')]"
const ipv6 = "ip('2001:db8:3333:4444:5555:6666:7777:8888')"
const url = "url('https:://kubernetes.io/')"

// Facts: runtime costs of k8s.io/apiserver/pkg/cel/library 0.36 (cost_test.go).
const cases: readonly [expression: string, cost: number][] = [
  [`${ints}.sum()`, 15],
  [`${uints}.sum()`, 20],
  [`${doubles}.sum()`, 15],
  [`${durations}.sum()`, 20],
  ...['isSorted', 'max', 'min'].flatMap((name): [string, number][] => [
    [`${ints}.${name}()`, 15],
    [`${uints}.${name}()`, 20],
    [`${bools}.${name}()`, 15],
    [`${texts}.${name}()`, 15],
    [`${bytes}.${name}()`, 25],
    [`${durations}.${name}()`, 20],
  ]),
  ...['indexOf', 'lastIndexOf'].flatMap((name): [string, number][] => [
    [`${ints}.${name}(3)`, 15],
    [`${uints}.${name}(uint(3))`, 21],
    [`${texts}.${name}('x')`, 15],
    [`${bytes}.${name}(bytes('x'))`, 26],
    [`${durations}.${name}(duration('3s'))`, 21],
    [`'01234567890123456789012345678901234567890123456789'.${name}('123')`, 5],
  ]),
  ...['getScheme', 'getHostname', 'getHost', 'getPort', 'getEscapedPath', 'getQuery'].map((name): [string, number] => [`${url}.${name}()`, 4]),
  [`${url} == ${url}`, 7],
  [`${url} == url('http://x.b')`, 5],
  ["ip('192.168.0.1')", 2],
  [ipv6, 4],
  [`${ipv6}.family()`, 5],
  [`${ipv6} == ip('192.168.0.1')`, 7],
  ["ip.isCanonical('192.168.0.1')", 3],
  ["ip.isCanonical('2001:db8:3333:4444:5555:6666:7777:8888')", 8],
  ["cidr('192.168.0.0/16')", 2],
  ["cidr('192.168.0.0/16').ip()", 3],
  ["cidr('192.168.0.0/16') == cidr('2001:db8::/32')", 5],
  ["cidr('192.168.0.0/16').containsCIDR(cidr('192.0.0.0/30'))", 7],
  ["cidr('192.168.0.0/16').containsCIDR('192.168.0.0/16')", 7],
  ["cidr('192.168.0.0/16').containsIP(ip('192.0.0.1'))", 4],
  ["cidr('192.168.0.0/16').containsIP('192.169.0.1')", 5],
  ["cidr('2001:db8::/32').containsIP('2001:db8:3333:4444:5555:6666:7777:8888')", 7],
  ["'ABCDEFGHIJ abcdefghij'.lowerAscii()", 3],
  ["'ABCDEFGHIJ abcdefghij'.upperAscii() == 'abcdefghij ABCDEFGHIJ'.upperAscii()", 9],
  ["strings.quote('ABCDEFGHIJ abcdefghij')", 3],
  ["'abc 123 def 123'.replace('123', '456')", 3],
  ["'abc 123 def 123'.replace('123', '456', 1)", 3],
  ["'abc 123 def 123'.split(' ', 1)", 3],
  ["'abc 123 def 123'.substring(5, 8)", 2],
  ["'  abc 123 def 123  '.trim()", 2],
  ["['aa', 'bb', 'cc', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].join(' ')", 15],
  ["['aa', 'bb', 'cc', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].join()", 13],
  ["'abc 123 def 123'.find('123')", 2],
  ["'abc 123 def 123'.findAll('123', 1)", 2],
  ['quantity("12Mi")', 1],
  ['isQuantity("20M")', 1],
  ['quantity("200M") == quantity("0.2G") && quantity("0.2G") == quantity("200M")', 6],
  ['quantity("200M").compareTo(quantity("0.2G")) > 0', 4],
  ['quantity("50k").add(20).sub(quantity("100k")).sub(-50000).asInteger() > 0', 7],
  ['quantity("50.703k").asApproximateFloat() > 0.0', 3],
  ['format.named("dns1123Subdomain").value().validate("my-name")', 17],
  ['format.named("dns1123Label").value().validate("my-name")', 10],
  ['format.named("dns1123Label").value() == format.named("dns1123Label").value()', 5],
  ['sets.contains([], [])', 21],
  ['sets.contains([1, 2, 3, 4], [2, 3])', 29],
  ['sets.contains([[1], [2, 3]], [[2, 3]])', 53],
  ['!sets.contains([1], [1, 2])', 24],
  ['sets.equivalent([1], [1, 1])', 25],
  ['semver("1.0.0").compareTo(semver("1.2.3"))', 3],
  ["{'a': 1, 'b': 2}.all(k, v, v > 0)", 41],
  ["{'a': 1, 'b': 2}.exists(k, v, v > 0)", 40],
  ["{'a': 1, 'b': 2}.existsOne(k, v, v > 0)", 40],
  ["{'a': 1, 'b': 2}.transformMap(k, v, v + 1)", 71],
  ["{'a': 1, 'b': 2}.transformMap(k, v, v < 5, v + 1)", 75],
  ["{'a': 1, 'b': 2}.transformMapEntry(k, v, {k: v + 1})", 131],
  ["{'a': 1, 'b': 2}.transformMapEntry(k, v, v < 5, {k: v + 1})", 135],
  ['[1, 2].all(i, v, v > 0)', 21],
  ['[1, 2].exists(i, v, v > 0)', 20],
  ['[1, 2].existsOne(i, v, v > 0)', 20],
  ['[1, 2].transformList(i, v, v + 1)', 49],
  ['[1, 2].transformList(i, v, v < 5, v + 1)', 53],
]

test('an expression costs what upstream counts', () => {
  for (const [expression, cost] of cases) assert.equal(costOf(expression, {}), cost, expression)
})

/** Of these upstream's estimate is more than what they come to. */
const vague = /isSorted|bytes|max\(|min\(|ndexOf\('|join|lowerAscii|upperAscii\(\) ==|url.* == |contains(?:IP|CIDR)|exists|validate|format.* == /

test('no expression costs more than was estimated, and most cost just that', () => {
  for (const [expression, cost] of cases) {
    const estimate = compile(environment, expression, { declared: {} }).maxCost!
    assert.ok(estimate >= cost, `${expression}: ${cost} of ${estimate}`)
    if (!vague.test(expression)) assert.equal(estimate, cost, expression)
  }
})

// By cel-go's rules: a name 1, a selection or index 1, has() nothing for its last field, a list 10, a map 30, a call by its arguments.
const ofValues: readonly [expression: string, self: unknown, cost: number][] = [
  ['self.a == 1', { a: 1 }, 3],
  ['self.a.b.c', { a: { b: { c: 1 } } }, 4],
  ['has(self.a.b)', { a: { b: 1 } }, 2],
  ['self.list[0] + self.list[1]', { list: [1, 2] }, 7],
  ['self.text.startsWith("a")', { text: 'a'.repeat(95) }, 12],
  ['self.text.contains("bcdefghijklmno")', { text: 'a'.repeat(95) }, 22],
  ['self.text == self.text', { text: 'a'.repeat(95) }, 14],
  ['self.text.matches("^a+$")', { text: 'a'.repeat(95) }, 12],
  ['self.on ? self.a : self.missing', { on: true, a: 1 }, 4],
  ['self.a > 1 && self.missing', { a: 1 }, 3],
  ['-1 < self.a', { a: 1 }, 3],
  ['1 in self.list', { list: [3, 2, 1] }, 5],
  // An item's name, its comparison, and the loop's own three steps; two more where the loop stops before the end.
  ['self.list.all(x, x > 0)', { list: [1, 2, 3] }, 2 + 3 * 5 + 1],
  ['self.list.all(x, x > 1)', { list: [1, 2, 3] }, 2 + 5 + 2 + 1],
  ['self.list.exists(x, x == 3)', { list: [1, 2, 3] }, 2 + 3 * 6 + 1],
  ['self.list.filter(x, x > 1)', { list: [1, 2, 3] }, 2 + 10 + 3 * 2 + 2 * 13 + 1 + 1],
  ['self.list.map(x, x + 1)', { list: [1, 2, 3] }, 2 + 10 + 3 * (2 + 12) + 1],
  ['self.list.map(x, x > 1, x + 1)', { list: [1, 2, 3] }, 2 + 10 + 3 * 2 + 2 * (2 + 12) + 1 + 1],
  ['self.list.exists_one(x, x > 2)', { list: [1, 2, 3] }, 2 + 3 * 2 + (1 + 1 + 2) + 2],
  ['self.lists.all(l, l.all(x, x > 0))', { lists: [[1], [2, 3]] }, 2 + (3 + 1 + 5 + 1) + (3 + 1 + 10 + 1) + 1],
  ['self.?a.optMap(x, x + 1)', { a: 1 }, 2 + 2 + 2 + 10 + 1 + 2],
  ['self.?a.optMap(x, x + 1)', {}, 2 + 2],
]

test('what it costs goes by the values that it meets', () => {
  for (const [expression, self, cost] of ofValues) assert.equal(costOf(expression, self), cost, `${expression} of ${JSON.stringify(self).slice(0, 60)}`)
})
