/** Whatever is written as an expression: it ends, it throws nothing but our errors, and it reaches nothing of JavaScript. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declTypeOf } from './decl-type.ts'
import { createEnvironment } from './environment.ts'
import { compile, newBudget } from './program.ts'
import { CelCompileError, CelError } from './types.ts'
import { toCel } from './values.ts'

const environment = createEnvironment({ self: 'dyn', oldSelf: 'dyn' })
const value = { a: 'text', n: 3, l: [1, 2, 3], m: { k: 'v' }, o: [{ x: 1 }], big: Array.from({ length: 200 }, (_, index) => index) }
const variables = { self: toCel(value), oldSelf: toCel(value) }
const type = declTypeOf({ type: 'object', properties: { a: { type: 'string' }, n: { type: 'integer' }, l: { type: 'array', items: { type: 'integer' } } } })!

/** xorshift32: the seed is in the test's name, so that a failure can be seen again. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

const atoms = 'self oldSelf self.a self.n self.l self.m self.o self.big 1 -1 2.5 "x" b"x" true null [1,2] {"k":1} x __proto__ constructor [] {}'.split(' ')
const calls =
  '.size() .all(x,x>1) .exists(x,x==2) .map(x,x) .map(x,self.big.map(x,self.big)) .filter(x,x>1) .contains("e") .matches("(a+)+$") .replace("",self.a) .split("") .join(",") .constructor .__proto__ .prototype .toString() .valueOf() .hasOwnProperty("a") [0] ["k"] [?9] .?q .orValue(1) .sum() .sort() .distinct() .flatten(9) .format([1]) .transformMap(k,v,v) .sortBy(x,x) .optMap(x,x)'.split(
    ' ',
  )
const operators = '+ - * / % == != < <= > >= && || in ? :'.split(' ')

function expressionOf(next: (below: number) => number, depth: number): string {
  const atom = (): string => atoms[next(atoms.length)]!
  if (depth === 0) return atom()
  const inner = (): string => expressionOf(next, depth - 1)
  switch (next(6)) {
    case 0:
      return `(${inner()}) ${operators[next(operators.length)]} (${inner()})`
    case 1:
      return `[${inner()}, ${inner()}]`
    case 2:
      return `has(${inner()})`
    case 3:
      return `!${inner()}`
    default:
      return `${inner()}${calls[next(calls.length)]}`
  }
}

function broken(text: string, next: (below: number) => number): string {
  const at = next(text.length + 1)
  return text.slice(0, at) + '"\'()[]{}.,?\\\u0000é'[next(13)] + text.slice(at + next(3))
}

const seed = 20_261_128
test(`no expression hangs, or throws anything but an error of ours (seed ${seed})`, () => {
  const next = random(seed)
  let ran = 0
  for (let index = 0; index < 1500; index++) {
    const whole = expressionOf(next, next(5))
    const text = index % 4 === 0 ? broken(whole, next) : whole
    try {
      const program = compile(environment, text, index % 3 === 0 ? { declared: { self: type, oldSelf: type } } : {})
      const result = program.evaluate(variables, newBudget(20_000))
      assert.notEqual(typeof result, 'function', text)
      ran++
    } catch (error) {
      assert.ok(error instanceof CelError || error instanceof CelCompileError, `${text}: ${String(error)}`)
    }
  }
  assert.ok(ran > 150, `${ran} expressions ran to their end`)
})

test('nothing of JavaScript is within reach', () => {
  for (const expression of [
    'self.constructor',
    'self.__proto__',
    'self["__proto__"]',
    'self["constructor"]["constructor"]',
    'self.a.constructor',
    'self.l.constructor',
    'self.l["length"]',
    'self.toString',
    '"".toString()',
    'constructor',
    'globalThis',
    'sets.constructor',
    'ip.constructor',
    'quantity("1").text',
    '{"__proto__": {"polluted": true}}.polluted',
  ])
    assert.throws(() => compile(environment, expression).evaluate(variables, newBudget(1000)), CelError, expression)
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
})

test('what grows is stopped before it is large', () => {
  for (const expression of [
    'self.big.map(a, self.big.map(b, self.big.map(c, self.big)))',
    'lists.range(1000000000).size() > 0',
    'lists.range(5000).distinct().size() > 0',
    'lists.range(5000).sort().size() > 0',
    'sets.contains(lists.range(5000), lists.range(5000))',
    `lists.range(60).map(i, "${'x'.repeat(2000)}" + "y").map(a, lists.range(100).map(b, a + a)).size() > 0`,
  ])
    assert.throws(() => compile(environment, expression).evaluate(variables, newBudget(1_000_000)), /actual cost limit exceeded/, expression)
})
