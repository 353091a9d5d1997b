import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goInteger } from './integer.ts'

test('whole numbers are read as strconv reads them with base 0', () => {
  const read: Readonly<Record<string, string>> = {
    '12': '12',
    '-3': '-3',
    '+4': '4',
    '0': '0',
    '0x1F': '31',
    '0b101': '5',
    '0o17': '15',
    '017': '15',
    '1_000': '1000',
  }
  for (const [text, value] of Object.entries(read)) assert.equal(goInteger(text), value, text)
  for (const text of ['', '1.5', '08', '0x', '1__0', '_1', '1_', '1e3', 'x'])
    assert.throws(() => goInteger(text), { message: `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax` }, text)
})

test('what has no place in its bits is out of range', () => {
  assert.equal(goInteger('2147483647', { bits: 32 }), '2147483647')
  assert.throws(() => goInteger('2147483648', { bits: 32 }), { message: 'strconv.ParseInt: parsing "2147483648": value out of range' })
  assert.throws(() => goInteger('-9223372036854775809'), { message: 'strconv.ParseInt: parsing "-9223372036854775809": value out of range' })
  assert.throws(() => goInteger('-1', { unsigned: true }), { message: 'strconv.ParseUint: parsing "-1": invalid syntax' })
})
