import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isInRanges, parseSourceRanges } from './source-ranges.ts'

test('a client is judged by the ranges of its own family', () => {
  const ranges = parseSourceRanges('192.0.2.0/24, 2001:db8:1::/48,198.51.100.7')
  for (const client of ['192.0.2.9', '::ffff:192.0.2.9', '198.51.100.7', '2001:db8:1::9', '2001:DB8:1:0::1'])
    assert.equal(isInRanges(client, ranges), true, client)
  for (const client of ['192.0.3.9', '198.51.100.8', '2001:db8:2::9', '::1', 'nobody', '']) assert.equal(isInRanges(client, ranges), false, client)
  assert.equal(isInRanges('2001:db8::1', parseSourceRanges('0.0.0.0/0')), false)
})

test('what is no range is refused', () => {
  for (const text of ['everyone', '192.0.2.0/33', '2001:db8::/129', '192.0.2.0/24;10.0.0.0/8']) assert.throws(() => parseSourceRanges(text), RangeError, text)
})
