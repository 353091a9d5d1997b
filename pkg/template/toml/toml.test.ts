/** TOML as templates read it: bounded, and without a way to the prototypes; what it says to faults is in the corpus of Helm. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeJson } from '../json.ts'
import { decodeToml } from './decode.ts'
import { encodeToml } from './encode.ts'

const json = (text: string): string => encodeJson(decodeToml(text))

test('documents are read: tables, lists of tables, dotted keys, texts of many lines', () => {
  assert.equal(
    json('a = 1\nb.c = "x"\n[t]\nd = [1, "two", { e = 3 }]\n[[l]]\nx = 1\n[[l]]\nx = 2\n'),
    '{"a":1,"b":{"c":"x"},"l":[{"x":1},{"x":2}],"t":{"d":[1,"two",{"e":3}]}}',
  )
  assert.equal(json('a = """\none \\\n   two\n"""\nb = \'\'\'\nc:\\d\'\'\'\n'), '{"a":"one two\\n","b":"c:\\\\d"}')
  assert.equal(json('a = "\\u00e9\\x41\\e"\nb = 0xff\nc = 1_000\nd = -0.5e1\n'), '{"a":"éA\\u001b","b":255,"c":1000,"d":-5}')
})

test('dates without a zone are written as they were read', () => {
  const text = 'a = 2024-02-29\nb = 2024-02-29T01:02:03.5\nc = 01:02:03\nd = 2024-02-29T01:02:03Z\n'
  assert.equal(encodeToml(decodeToml(text)), text)
})

test('nesting is bounded, and keys are nothing but keys', () => {
  assert.throws(() => decodeToml(`a = ${'['.repeat(100_000)}`), /toml: line 1 \(last key "a"\): values are nested too deeply/)
  assert.throws(() => decodeToml(`a = ${'{b='.repeat(100_000)}`), /values are nested too deeply/)
  assert.equal(
    json('__proto__.polluted = 1\n[constructor.prototype]\npolluted = 1\n'),
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  )
  assert.equal(({} as { polluted?: number }).polluted, undefined)
})
