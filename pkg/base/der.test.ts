import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressBytes, element, elementsOf, oid, time } from './der.ts'

test('lengths, object identifiers and times are written as DER wants them', () => {
  assert.equal(element(4, new Uint8Array(127)).subarray(0, 2).toString('hex'), '047f')
  assert.equal(element(4, new Uint8Array(128)).subarray(0, 3).toString('hex'), '048180')
  assert.equal(element(4, new Uint8Array(300)).subarray(0, 4).toString('hex'), '0482012c')
  assert.equal(oid('1.2.840.113549.1.1.11').toString('hex'), '06092a864886f70d01010b')
  assert.equal(time(Date.UTC(2049, 11, 31, 23, 59, 59)).toString('latin1', 2), '491231235959Z')
  assert.equal(time(Date.UTC(2050, 0, 1)).toString('latin1', 2), '20500101000000Z')
  assert.throws(() => elementsOf(Buffer.from('3082ffff00', 'hex')), /longer than what holds it/)
})

test('addresses become their bytes', () => {
  const cases = {
    '10.96.0.1': '0a600001',
    '::1': `${'0'.repeat(31)}1`,
    '2001:db8::a:b': '20010db8000000000000000000' + '0a000b',
    '::ffff:1.2.3.4': '00000000000000000000ffff01020304',
  }
  for (const [address, hex] of Object.entries(cases)) assert.equal(addressBytes(address).toString('hex'), hex, address)
})
