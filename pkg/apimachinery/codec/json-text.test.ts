import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson } from './json-text.ts'

const nested = (depth: number, inner: string) => `${'{"a":'.repeat(depth)}${inner}${'}'.repeat(depth)}`

for (const [title, text, duplicates] of [
  ['none', '{"a":{"b":1},"c":[{"b":2},{"b":3}]}', []],
  ['side by side', '{"a":1,"a":2}', ['duplicate field "a"']],
  ['apart, and in lists', '{"x":[{"a":1,"b":2,"a":3}]}', ['duplicate field "x[0].a"']],
  ['with space before the colon', '{"a" :1,\n"a"\t\r\n :2}', ['duplicate field "a"']],
  ['written in two ways', '{"a\\u0062":1,"ab":2}', ['duplicate field "ab"']],
  ['with quotes and colons in texts', '{"a":"x\\":","b":"\\\\","c":"\\"a\\":1"}', []],
  ['of names that objects have anyway', '{"__proto__":{"constructor":1},"constructor":2,"__proto__":3}', ['duplicate field "__proto__"']],
  ['of numbers as names', '{"1":1,"0":2,"1":3}', ['duplicate field "1"']],
  ['in nothing', 'null', []],
  ['in a list of nothing', '[[],{},""]', []],
  ['deep down', nested(300, '{"b":1,"b":2}'), [`duplicate field "${'a.'.repeat(300)}b"`]],
  ['deep down where there is none', nested(300, '{"b":1}'), []],
] as const) {
  test(`Names that come twice are told: ${title}`, () => {
    const parsed = parseJson(text)
    assert.deepEqual(parsed.value, JSON.parse(text))
    assert.deepEqual(parsed.duplicates, duplicates)
  })
}

test('What goes too deep is refused', () => {
  assert.throws(() => parseJson(nested(1001, '1')), /exceeded max depth/)
  assert.throws(() => parseJson(`${'['.repeat(5000)}${']'.repeat(5000)}`), /exceeded max depth/)
})
