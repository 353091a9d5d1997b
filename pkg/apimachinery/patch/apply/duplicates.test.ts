/** Lists that hold an item twice. Facts: the cases of merge/duplicates_test.go of sigs.k8s.io/structured-merge-diff v6. */
import { test } from 'node:test'
import { mergeTypeOfJsonSchema } from './index.ts'
import { type Case, check } from './test-steps.ts'

const number = { type: 'integer' }
const item = { type: 'object', properties: { name: { type: 'string' }, value1: number, value2: number } }
const type = mergeTypeOfJsonSchema({
  type: 'object',
  properties: {
    list: { type: 'array', items: item, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
    set: { type: 'array', items: number, 'x-kubernetes-list-type': 'set' },
    unrelated: number,
  },
})

const of = (name: string, value1: number, more: object = {}) => ({ name, value1, ...more })
const twice = { list: [of('a', 1), of('a', 2), of('b', 3)] }
const key = (name: string) => `.list[name="${name}"]`
const all = (name: string) => `${key(name)} ${key(name)}.name ${key(name)}.value1`

const cases: readonly Case[] = [
  ['a set with a value twice is owned once', [['update', 'one', { set: [1, 1, 3, 4] }]], ['one: .set .set[=1] .set[=3] .set[=4]']],
  [
    'who doubles a value owns it',
    [
      ['update', 'one', { set: [1, 3, 4] }],
      ['update', 'two', { set: [1, 1, 3, 4] }],
    ],
    ['one: .set .set[=3] .set[=4]', 'two: .set[=1]'],
  ],
  [
    'who takes the second away owns the first',
    [
      ['update', 'one', { set: [1, 1, 3, 4] }],
      ['update', 'two', { set: [1, 3, 4] }],
    ],
    ['one: .set .set[=3] .set[=4]', 'two: .set[=1]'],
  ],
  [
    'an apply of a doubled value conflicts, and by force makes it one',
    [
      ['update', 'one', { set: [1, 1, 3, 4] }],
      ['apply', 'two', { set: [1] }, ['.set[=1]']],
      ['force', 'two', { set: [1] }],
    ],
    ['one: .set .set[=3] .set[=4]', 'two: .set[=1]'],
    { set: [1, 3, 4] },
  ],
  [
    'an apply of another value leaves what is doubled',
    [
      ['update', 'one', { set: [1, 1, 3, 4] }],
      ['apply', 'two', { set: [5] }],
    ],
    ['one: .set .set[=1] .set[=3] .set[=4]', 'two: .set[=5]'],
    { set: [1, 1, 3, 4, 5] },
  ],
  ['an item that is there twice is owned as a whole', [['update', 'one', twice]], [`one: .list ${key('a')} ${all('b')}`]],
  [
    'who changes one of the two owns both',
    [
      ['update', 'one', twice],
      ['update', 'two', { list: [of('a', 1), of('a', 3), of('b', 3)] }],
    ],
    [`one: .list ${all('b')}`, `two: ${key('a')}`],
  ],
  [
    'who adds a field to one of the two owns both',
    [
      ['update', 'one', twice],
      ['update', 'two', { list: [of('a', 1), of('a', 2, { value2: 3 }), of('b', 3)] }],
    ],
    [`one: .list ${all('b')}`, `two: ${key('a')}`],
  ],
  [
    'another item beside two of one name is its writer’s',
    [
      ['update', 'one', { list: [of('a', 1), of('a', 2)] }],
      ['update', 'two', twice],
    ],
    [`one: .list ${key('a')}`, `two: ${all('b')}`],
  ],
  [
    'an apply of something else leaves both',
    [
      ['update', 'one', twice],
      ['force', 'two', { unrelated: 5 }],
    ],
    [`one: .list ${key('a')} ${all('b')}`, 'two: .unrelated'],
    { ...twice, unrelated: 5 },
  ],
  [
    'an apply of the doubled item conflicts, and by force makes it one',
    [
      ['update', 'one', twice],
      ['apply', 'two', { list: [of('a', 3)] }, [key('a')]],
      ['force', 'two', { list: [of('a', 3)] }],
    ],
    [`one: .list ${all('b')}`, `two: ${all('a')}`],
    { list: [of('a', 3), of('b', 3)] },
  ],
  [
    'an apply of what one of the two is already conflicts as well',
    [
      ['update', 'one', twice],
      ['apply', 'two', { list: [of('a', 2)] }, [key('a')]],
      ['force', 'two', { list: [of('a', 3)] }],
    ],
    [`one: .list ${all('b')}`, `two: ${all('a')}`],
    { list: [of('a', 3), of('b', 3)] },
  ],
  [
    'an apply of another item leaves both',
    [
      ['update', 'one', twice],
      ['force', 'two', { list: [of('b', 4)] }],
    ],
    [`one: .list ${key('a')} ${key('b')} ${key('b')}.name`, `two: ${all('b')}`],
    { list: [of('a', 1), of('a', 2), of('b', 4)] },
  ],
  [
    'what another has doubled since is not taken away by who no longer applies it',
    [
      ['apply', 'one', { list: [of('a', 1), of('b', 3)] }],
      ['update', 'two', twice],
      ['apply', 'one', { list: [of('b', 3)] }],
    ],
    [`one: ${all('b')}`, `two: ${key('a')}`],
    twice,
  ],
]

for (const each of cases) test(each[0], () => check({ type }, each))
