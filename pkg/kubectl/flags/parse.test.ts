import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseLine } from './parse.ts'
import type { FlagSpec } from './types.ts'

const specs: FlagSpec[] = [
  { name: 'all', short: 'A', type: 'bool', default: 'false', usage: '' },
  { name: 'output', short: 'o', type: 'string', usage: '' },
  { name: 'tail', type: 'int', default: '-1', usage: '' },
  { name: 'list', type: 'stringSlice', usage: '' },
  { name: 'dry-run', type: 'string', default: 'none', bare: 'unchanged', usage: '' },
]

test('flags and arguments mix until two dashes', () => {
  const { values, args, dashAt } = parseLine(['get', '-Ao', 'yaml', '--list=a,b', 'x', '--list', 'c', '--dry-run', '--', '-z'], specs)
  assert.deepEqual([values.bool('all'), values.string('output'), values.list('list'), values.string('dry-run')], [true, 'yaml', ['a', 'b', 'c'], 'unchanged'])
  assert.deepEqual([args, dashAt], [['get', 'x', '-z'], 2])
  assert.equal(values.int('tail'), -1)
})

test('mistakes are told in the words of pflag', () => {
  const refusal = (...argv: string[]): string => {
    try {
      parseLine(argv, specs)
    } catch (error) {
      return (error as Error).message
    }
    return ''
  }
  assert.equal(refusal('--foo'), 'unknown flag: --foo')
  assert.equal(refusal('-Az'), "unknown shorthand flag: 'z' in -z")
  assert.equal(refusal('--output'), 'flag needs an argument: --output')
  assert.equal(refusal('-o'), "flag needs an argument: 'o' in -o")
  assert.equal(refusal('--tail=x'), 'invalid argument "x" for "--tail" flag: strconv.ParseInt: parsing "x": invalid syntax')
})
