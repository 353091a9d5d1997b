import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayHoldLong, readJson, writeJson } from './exact-json.ts'
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
