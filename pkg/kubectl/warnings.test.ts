import assert from 'node:assert/strict'
import { test } from 'node:test'
import { warningLine, warningTexts } from './warnings.ts'

test('a header holds one warning or several, quoted, with a date or without', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['299 - "one"', ['one']],
    ['299 - "one", 299 agent "two \\"quoted\\" \\\\"', ['one', 'two "quoted" \\']],
    ['299 - "dated" "Sat, 25 Aug 2012 23:34:45 GMT", 299 - "next"', ['dated', 'next']],
    ['199 - "another code", 299 - "ours"', ['ours']],
    ['299 - ""', []],
    ['299 - unquoted, 299 - "never read"', []],
    [Buffer.from('299 - "grün"').toString('latin1'), ['grün']],
    ['299 - "bad \xff bytes"', []],
    ['', []],
  ]
  for (const [header, texts] of cases) assert.deepEqual(warningTexts(header), texts, header)
})

test('a warning with control characters reaches no terminal, nor does what follows it', () => {
  for (const evil of ['\u001b[31mred', 'a\tb', '\u0007', Buffer.from('\u009b31m').toString('latin1')])
    assert.deepEqual(warningTexts(`299 - "fine", 299 - "${evil}", 299 - "after"`), ['fine'])
})

test('the word is yellow on a terminal that may have colours, and nowhere else', () => {
  const yellow = '\u001b[33;1mWarning:\u001b[0m x\n'
  const stderr = (isTTY: boolean) => ({ isTTY, write: () => true })
  assert.equal(warningLine('x', { stderr: stderr(true), env: {} }), yellow)
  assert.equal(warningLine('x', { stderr: stderr(false), env: {} }), 'Warning: x\n')
  assert.equal(warningLine('x', { stderr: stderr(true), env: { TERM: 'dumb' } }), 'Warning: x\n')
  assert.equal(warningLine('x', { stderr: stderr(true), env: { NO_COLOR: '' } }), 'Warning: x\n')
})
