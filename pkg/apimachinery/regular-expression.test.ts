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

test('whatever the flags and classes, a pattern that backtracks without end is matched in linear time', () => {
  const text = `${'a'.repeat(32)}!`
  for (const pattern of ['(?i)^(a+)+$', '^(?i:(a+)+)$', '^(\\pL+)+$', '(?m)^(a+)+$', '(?s)^(.+)+a$', '(?U)^(a+)+$', '^([[:alpha:]]+)+$'])
    assert.equal(compilePattern(pattern).test(text), false, pattern)
})

test('flags hold where Go lets them hold', () => {
  const found = (pattern: string, text: string): string | undefined => compilePattern(pattern).exec(text)?.[0]
  assert.equal(found('a(?i)b|c', 'aB'), 'aB')
  assert.equal(found('(?:a(?i)b)c', 'aBC'), undefined)
  assert.equal(found('(?U)a+', 'aaa'), 'a')
  assert.equal(found('(?U)a+?', 'aaa'), 'aaa')
  assert.equal(found('(?s).+', 'a\nb'), 'a\nb')
  assert.equal(found('.+', 'a\rb\nc'), 'a\rb')
  assert.equal(found('(?i)[k-l]ſ', '\u212aS'), '\u212aS')
  assert.equal(found('^.$', '😀'), '😀')
  assert.equal(found('^..$', '😀'), undefined)
  assert.equal(found('[😀-😂]+', 'x😁😂'), '😁😂')
  assert.equal(found('\\p{Greek}+', 'abγδ'), 'γδ')
  assert.equal(found('\\s', '\u00a0\v'), undefined)
})

test('a pattern that is none is told in the words of Go', () => {
  const words: Readonly<Record<string, string>> = {
    '(': 'missing closing ): `(`',
    'a)': 'unexpected ): `a)`',
    '[a': 'missing closing ]: `[a`',
    '[z-a]': 'invalid character class range: `z-a`',
    '[[:no:]]': 'invalid character class range: `[:no:]`',
    'a**': 'invalid nested repetition operator: `**`',
    'a|*': 'missing argument to repetition operator: `*`',
    'a{1001}': 'invalid repeat count: `{1001}`',
    '(a{100}){100}': 'invalid repeat count: `{100}`',
    '\\C': 'invalid escape sequence: `\\C`',
    '\\8': 'invalid escape sequence: `\\8`',
    '\\': 'trailing backslash at end of expression: ``',
    '\\p{No}x\\p{Nothing}': 'invalid character class range: `\\p{Nothing}`',
    '(?P<n': 'invalid named capture: `(?P<n`',
    '(?z)': 'invalid or unsupported Perl syntax: `(?z`',
  }
  for (const [pattern, expected] of Object.entries(words))
    assert.throws(() => compilePattern(pattern), new SyntaxError(`error parsing regexp: ${expected}`), pattern)
})
