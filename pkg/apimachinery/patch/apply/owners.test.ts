/** Who owns what after writes of several managers. Facts: the cases of merge/*_test.go of sigs.k8s.io/structured-merge-diff v6. */
import { test } from 'node:test'
import { deduced, mergeTypeOfJsonSchema } from './index.ts'
import { apiVersion, type Case, check, type Stage } from './test-steps.ts'

const text = { type: 'string' }
const mapOf = (additionalProperties: object, more: object = {}) => ({ type: 'object', additionalProperties, ...more })
const struct = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })
const keyed = (keys: readonly string[], items: object) => ({ type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys })

const properties = {
  name: text,
  count: { type: 'integer' },
  set: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
  atoms: { type: 'array', items: text },
  map: mapOf(text),
  whole: mapOf(text, { 'x-kubernetes-map-type': 'atomic' }),
  ports: keyed(['port', 'protocol'], struct({ port: { type: 'integer' }, protocol: { ...text, default: 'TCP' }, name: text })),
  pairs: keyed(['a', 'b'], struct({ a: text, b: text, value: text })),
  struct: struct({ a: text, b: text, inner: struct({ c: text, d: text }) }),
  maps: mapOf(mapOf(text)),
  lists: keyed(['name'], struct({ name: text, list: keyed(['name'], struct({ name: text, value: text })), map: mapOf(text) })),
  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { known: struct({ a: text }) } },
  status: struct({ phase: text }),
}
const plain: Stage = { type: mergeTypeOfJsonSchema({ type: 'object', properties }) }

const conflicts: readonly Case[] = [
  [
    'who applies the same value shares it',
    [
      ['apply', 'one', { name: 'x', count: 1 }],
      ['apply', 'two', { name: 'x' }],
    ],
    ['one: .name .count', 'two: .name'],
  ],
  [
    'another value is refused for each owner, and by force taken from all',
    [
      ['apply', 'one', { name: 'x' }],
      ['update', 'two', { name: 'x', count: 1 }],
      ['apply', 'three', { name: 'x' }],
      ['apply', 'four', { name: 'y', count: 2 }, ['.name', '.name', '.count']],
      ['force', 'four', { name: 'y', count: 2 }],
    ],
    ['four: .name .count'],
    { name: 'y', count: 2 },
  ],
  [
    'an update takes without asking; the applier is refused when it comes back',
    [
      ['apply', 'one', { name: 'x', count: 1 }],
      ['update', 'two', { name: 'y', count: 1 }],
      ['apply', 'one', { name: 'x', count: 1 }, ['.name']],
      ['apply', 'one', { count: 1 }],
    ],
    ['one: .count', 'two: .name'],
    { name: 'y', count: 1 },
  ],
  [
    'an update that gives back the very same value owns nothing',
    [
      ['apply', 'one', { name: 'x' }],
      ['update', 'two', { name: 'x' }],
    ],
    ['one: .name'],
  ],
  [
    'an applier that agrees with what an update did shares it',
    [
      ['apply', 'one', { name: 'x' }],
      ['update', 'two', { name: 'y' }],
      ['apply', 'one', { name: 'y' }],
    ],
    ['one: .name', 'two: .name'],
  ],
  [
    'a map that is one whole has one owner',
    [
      ['apply', 'one', { whole: { a: '1' } }],
      ['apply', 'two', { whole: { b: '2' } }, ['.whole']],
      ['force', 'two', { whole: { b: '2' } }],
    ],
    ['two: .whole'],
    { whole: { b: '2' } },
  ],
  [
    'a list that is one whole too',
    [
      ['apply', 'one', { atoms: ['a'] }],
      ['apply', 'two', { atoms: ['a', 'b'] }, ['.atoms']],
      ['apply', 'two', { atoms: ['a'] }],
    ],
    ['one: .atoms', 'two: .atoms'],
  ],
  [
    'to remove by an update what an applier owns frees it',
    [
      ['apply', 'one', { name: 'x', count: 1 }],
      ['update', 'two', { name: 'x' }],
      ['apply', 'three', { count: 2 }],
    ],
    ['one: .name', 'three: .count'],
    { name: 'x', count: 2 },
  ],
]

const removals: readonly Case[] = [
  [
    'what its one applier no longer applies goes',
    [
      ['apply', 'one', { name: 'x', count: 1 }],
      ['apply', 'one', { name: 'x' }],
    ],
    ['one: .name'],
    { name: 'x' },
  ],
  [
    'what another applies too stays, and is the other’s alone',
    [
      ['apply', 'one', { name: 'x', count: 1 }],
      ['apply', 'two', { count: 1 }],
      ['apply', 'one', { name: 'x' }],
    ],
    ['one: .name', 'two: .count'],
    { name: 'x', count: 1 },
  ],
  [
    'what an update set was never the applier’s to remove',
    [
      ['apply', 'one', { name: 'x' }],
      ['update', 'two', { name: 'x', count: 1 }],
      ['apply', 'one', { name: 'x' }],
    ],
    ['one: .name', 'two: .count'],
    { name: 'x', count: 1 },
  ],
  [
    'values of a set go one by one',
    [
      ['apply', 'one', { set: ['a', 'b'] }],
      ['apply', 'two', { set: ['b', 'c'] }],
      ['apply', 'one', { set: ['d'] }],
    ],
    ['one: .set[="d"]', 'two: .set[="b"] .set[="c"]'],
    { set: ['b', 'c', 'd'] },
  ],
  [
    'keys of a map go one by one',
    [
      ['apply', 'one', { map: { a: '1', b: '2' } }],
      ['apply', 'two', { map: { b: '2', c: '3' } }],
      ['apply', 'one', { map: { a: '1' } }],
    ],
    ['one: .map.a', 'two: .map.b .map.c'],
    { map: { a: '1', b: '2', c: '3' } },
  ],
  [
    'a map that loses its last key stays, empty',
    [
      ['apply', 'one', { name: 'x', map: { a: '1' } }],
      ['apply', 'one', { name: 'x', map: {} }],
    ],
    ['one: .name .map'],
    { name: 'x', map: {} },
  ],
  [
    'a struct goes with the last that was in it',
    [
      ['apply', 'one', { name: 'x', struct: { a: '1', inner: { c: '2' } } }],
      ['apply', 'one', { name: 'x' }],
    ],
    ['one: .name'],
    { name: 'x' },
  ],
  [
    'a struct stays for what another has in it',
    [
      ['apply', 'one', { struct: { a: '1', inner: { c: '2' } } }],
      ['apply', 'two', { struct: { inner: { d: '3' } } }],
      ['apply', 'one', { name: 'x' }],
    ],
    ['one: .name', 'two: .struct.inner.d'],
    { name: 'x', struct: { inner: { d: '3' } } },
  ],
  [
    'an item goes with its owner, whoever else has set fields in it',
    [
      ['apply', 'one', { name: 'x', ports: [{ port: 80, name: 'web' }] }],
      ['update', 'two', { name: 'x', ports: [{ port: 80, name: 'http' }] }],
      ['apply', 'one', { name: 'x' }],
    ],
    ['one: .name'],
    { name: 'x' },
  ],
  [
    'an item that two apply loses only the fields of who leaves',
    [
      ['apply', 'one', { ports: [{ port: 80, name: 'web' }] }],
      ['apply', 'two', { ports: [{ port: 80 }] }],
      ['apply', 'one', { ports: [] }],
    ],
    ['two: .ports[port=80,protocol="TCP"] .ports[port=80,protocol="TCP"].port'],
    { ports: [{ port: 80 }] },
  ],
  [
    'an item within an item goes, the outer stays',
    [
      ['apply', 'one', { lists: [{ name: 'o', list: [{ name: 'i', value: '1' }] }] }],
      ['apply', 'one', { lists: [{ name: 'o' }] }],
    ],
    ['one: .lists[name="o"] .lists[name="o"].name'],
    { lists: [{ name: 'o' }] },
  ],
  [
    'a key of a map goes like an item, with all that is below it',
    [
      ['apply', 'one', { maps: { a: { x: '1', y: '2' } } }],
      ['update', 'two', { maps: { a: { x: '1', y: '2', z: '3' } } }],
      ['apply', 'one', { maps: { b: { x: '1' } } }],
    ],
    ['one: .maps.b .maps.b.x'],
    { maps: { b: { x: '1' } } },
  ],
]

const nulls: readonly Case[] = [
  ['a null is owned like any value', [['apply', 'one', { name: null, map: { a: '1' } }]], ['one: .name .map.a'], { name: null, map: { a: '1' } }],
  [
    'a null does not empty what merges by key',
    [
      ['update', 'one', { map: { a: '1' } }],
      ['apply', 'two', { map: null }],
    ],
    ['one: .map .map.a', 'two: .map'],
    { map: { a: '1' } },
  ],
  [
    'a null takes the place of a whole by force',
    [
      ['update', 'one', { whole: { a: '1' } }],
      ['apply', 'two', { whole: null }, ['.whole']],
      ['force', 'two', { whole: null }],
    ],
    ['two: .whole'],
    { whole: null },
  ],
  [
    'a null takes the place of what is empty',
    [
      ['update', 'one', { map: {} }],
      ['force', 'two', { map: null }],
    ],
    ['two: .map'],
    { map: null },
  ],
  ['what is empty is owned', [['apply', 'one', { map: {}, struct: {} }]], ['one: .map .struct'], { map: {}, struct: {} }],
]

const keys: readonly Case[] = [
  [
    'an item without a key is the item with that key’s default',
    [
      ['apply', 'one', { ports: [{ port: 80, name: 'a' }] }],
      ['apply', 'two', { ports: [{ port: 80, protocol: 'TCP', name: 'b' }] }, ['.ports[port=80,protocol="TCP"].name']],
      ['apply', 'two', { ports: [{ port: 80, protocol: 'UDP', name: 'b' }] }],
    ],
    [
      'one: .ports[port=80,protocol="TCP"] .ports[port=80,protocol="TCP"].port .ports[port=80,protocol="TCP"].name',
      'two: .ports[port=80,protocol="UDP"] .ports[port=80,protocol="UDP"].port .ports[port=80,protocol="UDP"].protocol .ports[port=80,protocol="UDP"].name',
    ],
    {
      ports: [
        { port: 80, name: 'a' },
        { port: 80, protocol: 'UDP', name: 'b' },
      ],
    },
  ],
  [
    'a key that is left out and has no default tells items apart too',
    [
      ['apply', 'one', { pairs: [{ a: 'x', value: '1' }] }],
      ['apply', 'two', { pairs: [{ a: 'x', b: 'y', value: '2' }] }],
      ['apply', 'three', { pairs: [{ a: 'x', value: '3' }] }, ['.pairs[a="x"].value']],
    ],
    [
      'one: .pairs[a="x"] .pairs[a="x"].a .pairs[a="x"].value',
      'two: .pairs[a="x",b="y"] .pairs[a="x",b="y"].a .pairs[a="x",b="y"].b .pairs[a="x",b="y"].value',
    ],
    {
      pairs: [
        { a: 'x', value: '1' },
        { a: 'x', b: 'y', value: '2' },
      ],
    },
  ],
]

const unknown: readonly Case[] = [
  [
    'what no schema declares is kept and merged, below declared fields as well',
    [
      ['apply', 'one', { free: { a: { b: 1 }, known: { a: 'x', more: true } } }],
      ['apply', 'two', { free: { a: { c: 2 } } }],
      ['apply', 'one', { free: { known: { a: 'x' } } }],
    ],
    ['one: .free.known.a', 'two: .free.a .free.a.c'],
    { free: { a: { c: 2 }, known: { a: 'x' } } },
  ],
  [
    'its lists are wholes',
    [
      ['apply', 'one', { free: { list: [1] } }],
      ['apply', 'two', { free: { list: [1, 2] } }, ['.free.list']],
    ],
    ['one: .free.list'],
  ],
  [
    'what is one thing may become another',
    [
      ['apply', 'one', { free: { a: 'text' } }],
      ['update', 'two', { free: { a: { b: 1 } } }],
    ],
    ['two: .free.a .free.a.b'],
  ],
  [
    'and back',
    [
      ['apply', 'one', { free: { a: { b: 1 } } }],
      ['update', 'two', { free: { a: [1] } }],
    ],
    ['two: .free.a'],
  ],
]

for (const each of [...conflicts, ...removals, ...nulls, ...keys, ...unknown]) test(each[0], () => check(plain, each))

test('without any schema all is deduced', () => {
  const steps: Case[1] = [
    ['apply', 'one', { a: { b: 1 }, list: [1] }],
    ['update', 'two', { a: { b: 1, c: 2 }, list: [1, 2] }],
    ['apply', 'one', { a: {}, list: [1, 2] }],
  ]
  check({ type: deduced }, ['', steps, ['one: .a .list', 'two: .a.c .list'], { a: { c: 2 }, list: [1, 2] }])
})

test('fields that a door does not write are no one’s by it', () => {
  const resetFields = [['status']]
  const steps: Case[1] = [
    ['apply', 'one', { name: 'x', status: { phase: 'a' } }, { resetFields }],
    ['update', 'two', { name: 'y', status: { phase: 'b' } }, { resetFields }],
    ['update', 'three', { name: 'y', status: { phase: 'c' } }],
    ['apply', 'one', { status: { phase: 'd' } }, { resetFields }],
  ]
  check(plain, ['', steps, ['two: .name', 'three: .status.phase']])
})

const granular = plain.type
const atomic = mergeTypeOfJsonSchema({
  type: 'object',
  properties: { ...properties, struct: { ...properties.struct, 'x-kubernetes-map-type': 'atomic' }, ports: { type: 'array', items: properties.ports.items } },
})
const schemaChanges: readonly Case[] = [
  [
    'who owned parts of what is now one whole owns the whole',
    [
      ['apply', 'one', { struct: { a: '1' } }, { type: granular }],
      ['apply', 'two', { struct: { b: '2' } }],
      ['apply', 'three', { struct: { a: '9' } }, { type: atomic, conflicts: ['.struct', '.struct'] }],
      ['force', 'three', { struct: { a: '9' } }],
    ],
    ['three: .struct'],
    { struct: { a: '9' } },
  ],
  [
    'an item of what is now one list makes its owner the list’s',
    [
      ['apply', 'one', { ports: [{ port: 80, name: 'a' }] }, { type: granular }],
      ['update', 'two', { name: 'x', ports: [{ port: 80, name: 'a' }] }, { type: atomic }],
    ],
    ['one: .ports', 'two: .name'],
  ],
  [
    'who owned the whole of what now merges owns none of its parts, until it applies them',
    [
      ['apply', 'one', { struct: { a: '1', b: '2' } }, { type: atomic }],
      ['apply', 'two', { struct: { b: '3' } }, { type: granular }],
      ['apply', 'one', { struct: { a: '1' } }],
    ],
    ['one: .struct.a', 'two: .struct.b'],
    { struct: { a: '1', b: '3' } },
  ],
]
for (const each of schemaChanges) test(each[0], () => check(plain, each))

/** In v2 `name` is called `title`; v0 is no longer served. */
const v2 = 'a.b/v2'
const typeV2 = mergeTypeOfJsonSchema({ type: 'object', properties: { title: text, count: properties.count } })
const rename = (object: any, from: string, to: string): object => {
  const { [from]: value, ...rest } = object
  return value === undefined ? rest : { ...rest, [to]: value }
}
const convert = (object: object, version: string): object => (version === v2 ? rename(object, 'name', 'title') : rename(object, 'title', 'name'))
const versioned = (own: string): Stage => ({
  type: own === v2 ? typeV2 : granular,
  convert,
  versions: (version) => {
    if (version !== apiVersion && version !== v2) return undefined
    return { type: version === v2 ? typeV2 : granular, to: (object) => convert(object as object, version), from: (object) => convert(object as object, own) }
  },
})
const versions: readonly Case[] = [
  [
    'owners keep their own version’s names, and lose by them',
    [
      ['apply', 'one', { name: 'x', count: 1 }, { type: granular }],
      ['update', 'two', { title: 'y', count: 1 }, { type: typeV2, apiVersion: v2 }],
    ],
    ['one: .count', 'two: .title'],
    { title: 'y', count: 1 },
  ],
  [
    'conflicts are told in the owner’s version',
    [
      ['apply', 'one', { name: 'x' }, { type: granular }],
      ['apply', 'two', { title: 'y' }, { type: typeV2, apiVersion: v2, conflicts: ['.name'] }],
      ['force', 'two', { title: 'y' }, { type: typeV2, apiVersion: v2 }],
    ],
    ['two: .title'],
    { title: 'y' },
  ],
  [
    'what was applied in one version and is left out in another goes',
    [
      ['apply', 'one', { name: 'x', count: 1 }, { type: granular }],
      ['apply', 'one', { count: 1 }, { type: typeV2, apiVersion: v2 }],
    ],
    ['one: .count'],
    { count: 1 },
  ],
  [
    'unless another owns it in any version',
    [
      ['apply', 'one', { name: 'x', count: 1 }, { type: granular }],
      ['apply', 'two', { title: 'x' }, { type: typeV2, apiVersion: v2 }],
      ['apply', 'one', { count: 1 }, { type: typeV2, apiVersion: v2 }],
    ],
    ['one: .count', 'two: .title'],
    { title: 'x', count: 1 },
  ],
  [
    'who wrote in a version that is gone owns nothing',
    [
      ['update', 'old', { name: 'x', count: 1 }, { type: granular, apiVersion: 'a.b/v0' }],
      ['apply', 'one', { name: 'y' }, { type: granular }],
    ],
    ['one: .name'],
    { name: 'y', count: 1 },
  ],
]
for (const each of versions) {
  const last = each[1].at(-1)?.[3]
  const own = (last as { apiVersion?: string } | undefined)?.apiVersion ?? apiVersion
  test(each[0], () => check(versioned(own), each))
}
