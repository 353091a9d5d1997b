import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePattern } from './regular-expression.ts'

test('what RE2 writes otherwise is understood', () => {
  assert.ok(compilePattern('(?i)^abc$').test('ABC'))
  assert.ok(compilePattern('^[[:alpha:]]+\\z').test('abc'))
  assert.ok(compilePattern('^\\p{L}+$').test('äß'))
  assert.ok(compilePattern('^(?P<year>\\d{4})$').test('2026'))
  assert.ok(compilePattern('^\\Qa.b\\E$').test('a.b'))
  assert.ok(compilePattern('^[a-z0-9]([\\-a-z0-9]*[a-z0-9])?$').test('a-b'))
  assert.throws(() => compilePattern('('), SyntaxError)
})

test('what RE2 does not know is no pattern', () => {
  for (const pattern of ['a(?=b)', 'a(?!b)', '(?<=a)b', '(?<!a)b', '(a)\\1']) assert.throws(() => compilePattern(pattern), /error parsing regexp/, pattern)
  for (const pattern of ['a\\(?=b', '[(?=]', '\\Q(?=\\E', '\\\\(?:1)']) assert.ok(compilePattern(pattern), pattern)
})

test('a pattern that backtracks without end is matched in linear time', () => {
  // With a backtracking engine this takes longer than anyone would wait.
  assert.equal(compilePattern('^(a+)+$').test(`${'a'.repeat(32)}b`), false)
})
