import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertControllerNames, isControllerSelected } from './select.ts'

test('names, * and -NAME choose as --controllers does', () => {
  const cases: readonly (readonly [readonly string[], boolean])[] = [
    [['*'], true],
    [['a'], true],
    [['b'], false],
    [['*', '-a'], false],
    [['-b', '*'], true],
    [['-a', 'a'], true],
    [[], false],
  ]
  for (const [wanted, selected] of cases) assert.equal(isControllerSelected('a', wanted), selected, wanted.join())
  assert.throws(() => assertControllerNames(['*', '-c'], ['a', 'b']), /"-c" is not in the list of known controllers: a, b/)
})
