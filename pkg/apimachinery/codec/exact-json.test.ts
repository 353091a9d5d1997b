import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeploymentSchema } from '#api/gen/apps/v1.ts'
import { cloneJson, isObject } from '../json-value.ts'
import { type NumberText, plainNumbers } from '../number-text.ts'
import { decodeObject } from './decode.ts'
import { mayHoldLong, readAsWritten, readJson, writeJson } from './exact-json.ts'
import { parseYaml } from './yaml-text.ts'

/** What Go reads, as we hold it. */
const numbers: readonly (readonly [string, number | bigint])[] = [
  ['9007199254740991', 9007199254740991],
  ['9007199254740993', 9007199254740993n],
  ['-9007199254740993', -9007199254740993n],
  ['9223372036854775807', 9223372036854775807n],
  ['-9223372036854775808', -9223372036854775808n],
  ['9223372036854775808', 2 ** 63],
  ['-9223372036854775809', -(2 ** 63)],
  ['1e17', 1e17],
  ['0.12345678901234566', 0.12345678901234566],
]

for (const [text, value] of numbers) {
  test(`${text} is read from JSON and from YAML as Go has it`, () => {
    for (const around of ['', ' ', 'x'.repeat(7), 'x'.repeat(15)]) {
      assert.deepEqual(readJson(`{"${around}":[${text},1]}`), { [around]: [value, 1] })
    }
    assert.deepEqual(parseYaml(`a:\n- ${text}\n- 1\n`, { exact: true }).value, { a: [value, 1] })
  })
}

test('a number that an integer is not spelled as keeps its text, where it is asked for', () => {
  const text = '{"a":1.0,"b":[1e3,-1.5,9223372036854775808],"c":{"d":1}}'
  const read = readAsWritten(text) as { a: NumberText; b: NumberText[] }
  assert.equal(writeJson(read), text)
  assert.equal(writeJson(cloneJson(read)), text)
  assert.deepEqual([read.a.source, read.a.value, read.b[2]!.source, isObject(read.a)], ['1.0', 1, '9223372036854775808', false])
  assert.deepEqual(plainNumbers(read), { a: 1, b: [1000, -1.5, 2 ** 63], c: { d: 1 } })
  assert.deepEqual(readAsWritten('{"a":"nginx:1.25","b":9007199254740993}'), { a: 'nginx:1.25', b: 9007199254740993n })
})

test('what was merged is cut off at its type, as what was read is not', () => {
  const decoded = (replicas: unknown, converts: boolean): unknown =>
    decodeObject<any>(DeploymentSchema, { spec: { replicas } }, { converts }).object.spec.replicas
  assert.deepEqual(
    [2 ** 31, 2 ** 32 + 1, 2 ** 63, 9007199254740993n].map((each) => decoded(each, true)),
    [-(2 ** 31), 1, 0, 1],
  )
  assert.throws(() => decoded(2 ** 31, false), /cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32/)
})

test('what was read is written with all of its digits, whatever is around it', () => {
  const text = '{"a":9223372036854775807,"b":[1,"9007199254740993",-9007199254740993],"__proto__":{"x":1}}'
  assert.equal(writeJson(readJson(text)), text)
  assert.equal(writeJson({ a: 9007199254740993n }, 2), '{\n  "a": 9007199254740993\n}')
  assert.throws(() => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    writeJson(circle)
  }, TypeError)
})

test('a run of sixteen digits is found wherever it begins, and no shorter one', () => {
  for (let before = 0; before < 40; before++) {
    assert.equal(mayHoldLong(`${'x'.repeat(before)}${'1'.repeat(16)}`), true)
    assert.equal(mayHoldLong(`${'x'.repeat(before)}${'1'.repeat(15)}x${'1'.repeat(15)}`), false)
  }
})
