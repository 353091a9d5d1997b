/** Selectors, quantities and patches given odd input accept it or refuse it with their declared error, and touch no prototype. */
import { writeJson } from './codec/exact-json.ts'
import assert from 'node:assert/strict'
import { isIPv6 } from 'node:net'
import { test } from 'node:test'
import { SeededRandom } from '#base/seeded-random.ts'
import { DeploymentSchema } from '#api/gen/apps/v1.ts'
import { PodSchema } from '#api/gen/core/v1.ts'
import { normalize } from './codec/index.ts'
import { RandomObjects } from './codec/random-objects.ts'
import { parseFieldSelector } from './fields.ts'
import { isIpv6Address } from './ip.ts'
import { parseLabelSelector, SelectorError, toLabelSelector } from './labels.ts'
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch } from './patch/index.ts'
import { Quantity } from './quantity.ts'
import { InvalidQuantityError } from './quantity-text.ts'
import { StatusError } from './status-error.ts'

const seed = Number(process.env.K8TS_SEED ?? 1)
const rounds = 150 * Number(process.env.K8TS_FUZZ_ROUNDS ?? 1)

type ErrorClass = abstract new (...parameters: never[]) => Error

function onlyThrows<T>(run: () => T, declared: ErrorClass, what: string): T | undefined {
  let result: T | undefined
  try {
    result = run()
  } catch (error) {
    assert.ok(error instanceof declared, `${what}: ${error instanceof Error ? error.stack : String(error)}`)
  }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined, `${what}: the prototype is polluted`)
  return result
}

function text(random: SeededRandom, parts: readonly string[]): string {
  return Array.from({ length: random.below(12) }, () => random.pick(parts)).join('')
}

const selectorParts = [
  'a',
  'b/c',
  'x.y/z',
  '=',
  '==',
  '!=',
  '!',
  ',',
  '(',
  ')',
  ' in ',
  ' notin ',
  ' exists',
  '>',
  '<',
  ' ',
  '1',
  '\\',
  '\\,',
  '\\=',
  '__proto__',
  'constructor',
  '\u0000',
  'é',
  '-',
  'a'.repeat(70),
]

test(`selectors of any text are read or refused, and read again as they are written (seed ${seed})`, () => {
  for (let round = 0; round < rounds; round++) {
    const random = new SeededRandom(seed * 1_000_003 + round)
    const selector = text(random, selectorParts)
    const what = `${JSON.stringify(selector)} of seed ${random.seed}`
    const labels = onlyThrows(() => parseLabelSelector(selector), SelectorError, `labels ${what}`)
    if (labels) {
      assert.equal(typeof labels.matches({ a: 'b', 'b/c': '1' }), 'boolean')
      assert.equal(parseLabelSelector(String(labels)).toString(), String(labels), what)
    }
    onlyThrows(() => toLabelSelector(selector), SelectorError, `label selector ${what}`)
    const fields = onlyThrows(() => parseFieldSelector(selector), SelectorError, `fields ${what}`)
    if (fields) assert.equal(parseFieldSelector(String(fields)).toString(), String(fields), what)
  }
})

const quantityParts = ['0', '1', '9', '.', '-', '+', 'e', 'E', 'Ki', 'Mi', 'm', 'n', 'u', 'k', 'G', '5', '00', ' ', '999999999999999999999', 'x', 'İ']

test(`quantities of any text are read or refused, and keep what they say (seed ${seed})`, () => {
  for (let round = 0; round < rounds; round++) {
    const random = new SeededRandom(seed * 2_000_003 + round)
    const given = text(random, quantityParts)
    const what = `${JSON.stringify(given)} of seed ${random.seed}`
    const quantity = onlyThrows(() => Quantity.parse(given), InvalidQuantityError, what)
    if (!quantity) continue
    const again = Quantity.parse(quantity.toString())
    assert.equal(again.compare(quantity), 0, `${what}: written and read again`)
    assert.equal(again.toString(), quantity.toString(), `${what}: the same text`)
    assert.equal(quantity.add(Quantity.parse('1')).subtract(Quantity.parse('1')).compare(quantity), 0, `${what}: one more, one less`)
    assert.equal(quantity.negate().sign() + quantity.sign(), 0, what)
  }
})

const keys = [
  'metadata',
  'labels',
  'spec',
  'containers',
  'name',
  'image',
  '__proto__',
  'constructor',
  'prototype',
  '$patch',
  '$retainKeys',
  '$setElementOrder/containers',
  '$deleteFromPrimitiveList/finalizers',
  'finalizers',
  'polluted',
  'template',
]

function value(random: SeededRandom, depth: number): unknown {
  if (depth === 0 || random.chance(0.3)) return random.pick<unknown>([null, 1, 'a', 'delete', 'replace', 'merge', true, '', 1.5])
  if (random.chance(0.3)) return Array.from({ length: random.below(3) }, () => value(random, depth - 1))
  // Parsed, so that "__proto__" is a key of its own, as it is in a request.
  const entries = Array.from({ length: random.below(4) }, () => `${JSON.stringify(random.pick(keys))}:${JSON.stringify(value(random, depth - 1))}`)
  return JSON.parse(`{${entries.join(',')}}`)
}

const pointers = [
  '',
  '/',
  '/metadata',
  '/metadata/labels',
  '/metadata/labels/a',
  '/spec/containers/0',
  '/spec/containers/-',
  '/spec/containers/-1',
  '/spec/containers/9',
  '/__proto__',
  '/__proto__/polluted',
  '/constructor/prototype/polluted',
  '/metadata/__proto__/polluted',
  '/a~1b',
  '/~',
  'x',
  '/spec/containers/00',
  '/spec/containers/1e0',
]

test(`patches of any form apply or are refused (seed ${seed})`, () => {
  for (let round = 0; round < rounds; round++) {
    const random = new SeededRandom(seed * 3_000_003 + round)
    const schema = random.pick([PodSchema, DeploymentSchema])
    const document = normalize<object>(schema, new RandomObjects(random).struct(schema, 4))
    const before = writeJson(document)
    const what = `seed ${random.seed}`
    const operations = Array.from({ length: random.below(6) }, () => ({
      op: random.pick(['add', 'remove', 'replace', 'move', 'copy', 'test', 'frob', '__proto__']),
      path: random.pick(pointers),
      from: random.pick(pointers),
      ...(random.chance(0.8) ? { value: value(random, 3) } : {}),
    }))
    onlyThrows(() => applyJsonPatch(document, random.chance(0.1) ? value(random, 2) : operations), StatusError, `JSON patch, ${what}`)
    onlyThrows(() => applyMergePatch(document, value(random, 4)), StatusError, `merge patch, ${what}`)
    onlyThrows(() => applyStrategicMergePatch(schema, document, value(random, 5)), StatusError, `strategic merge patch, ${what}`)
    assert.equal(writeJson(document), before, `${what}: the document given is not touched`)
  }
})

test(`IPv6 addresses are told from other texts as the runtime tells them (seed ${seed})`, () => {
  const parts = ['::', ':', ':', '0', 'f', '12ab', '12abc', 'g', '1:2:3', '1.2.3.4', '01.2.3.4', 'FFFF', '']
  let found = 0
  for (let round = 0; round < rounds * 20; round++) {
    const random = new SeededRandom(seed * 1_000_003 + round)
    const address =
      round % 2 ? text(random, parts) : Array.from({ length: 1 + random.below(9) }, () => random.pick(['', '0', '1', 'ab', 'ffff', '9.8.7.6'])).join(':')
    if (isIPv6(address)) found++
    assert.equal(isIpv6Address(address), isIPv6(address), `${JSON.stringify(address)} of seed ${random.seed}`)
  }
  assert.ok(found > rounds / 10, `${found} addresses`)
})
