import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileLinear } from './linear-pattern.ts'

test('patterns mean what they do elsewhere', () => {
  const cases: [pattern: string, text: string, ignoreCase: boolean, matched: string | undefined][] = [
    ['^/api(/|$)(.*)', '/api/users', false, '/api/users'],
    ['^/Api/[a-c]+', '/aPI/ABC', true, '/aPI/ABC'],
    ['^/Api/[^a-c]+$', '/aPI/ABC', true, undefined],
    ['(?i)^abc', 'ABC', false, 'ABC'],
    ['^(?P<year>\\d{4})-', '2026-', false, '2026-'],
    ['^[0-9a-f]{32}$', 'a'.repeat(32), false, 'a'.repeat(32)],
    ['^[0-9a-f]{32}$', 'a'.repeat(31), false, undefined],
    ['^x{1,20}$', 'x'.repeat(20), true, 'x'.repeat(20)],
    ['^x{1,20}$', 'x'.repeat(21), true, undefined],
    ['^x{17,}$', 'x'.repeat(40), false, 'x'.repeat(40)],
    ['^\\d+\\.[A-Z\\-]+$', '12.a-b', true, '12.a-b'],
  ]
  for (const [pattern, text, ignoreCase, matched] of cases) assert.equal(compileLinear(pattern, { ignoreCase }).exec(text)?.[0], matched, pattern)
})

test('no pattern can take more than linear time: it is matched by the linear engine, or refused', () => {
  const text = `/${'a'.repeat(5000)}!`
  for (const pattern of ['^/(a+)+b', '^/(a|a)*b', '^/(.*)*.*.*.*(.*)+z', '(a+a+)+y'])
    assert.equal(compileLinear(pattern, { ignoreCase: true }).exec(text), null)
  for (const pattern of ['^/(?!api)', '(a)\\1', '((a{10}){10}){20}', '(', '*', 'a{9999}']) assert.throws(() => compileLinear(pattern), SyntaxError, pattern)
})
