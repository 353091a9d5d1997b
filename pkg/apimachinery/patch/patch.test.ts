import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeploymentSchema } from '#api/gen/apps/v1.ts'
import { PodSchema, ServiceSchema } from '#api/gen/core/v1.ts'
import { StatusError } from '../status-error.ts'
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch } from './index.ts'

const refused = (code: number) => (error: unknown) => error instanceof StatusError && error.code === code

test('JSON patch adds, removes, replaces, moves, copies and tests', () => {
  const document = { a: { b: [1, 2] }, 'x/y': 1 }
  const cases: [object[], unknown][] = [
    [[{ op: 'add', path: '/a/b/-', value: 3 }], { a: { b: [1, 2, 3] }, 'x/y': 1 }],
    [[{ op: 'add', path: '/a/b/0', value: 0 }], { a: { b: [0, 1, 2] }, 'x/y': 1 }],
    [[{ op: 'add', path: '/a/b/-1', value: 9 }], { a: { b: [1, 2, 9] }, 'x/y': 1 }],
    [[{ op: 'remove', path: '/x~1y' }], { a: { b: [1, 2] } }],
    [[{ op: 'replace', path: '/a', value: null }], { a: null, 'x/y': 1 }],
    [[{ op: 'replace', path: '/a/new', value: 2 }], { a: { b: [1, 2], new: 2 }, 'x/y': 1 }],
    [[{ op: 'move', from: '/a/b', path: '/c' }], { a: {}, 'x/y': 1, c: [1, 2] }],
    [[{ op: 'copy', from: '/a/b/0', path: '/c' }], { a: { b: [1, 2] }, 'x/y': 1, c: 1 }],
    [[{ op: 'test', path: '/a/b', value: [1, 2] }], document],
    [[{ op: 'test', path: '/zzz', value: null }], document],
    [[{ op: 'replace', path: '', value: { b: 1 } }], { b: 1 }],
    [[{ op: 'replace', path: '/b', value: 1 }], { ...document, b: 1 }],
    [[{ op: 'copy', from: '/b', path: '/c' }], { ...document, c: null }],
  ]
  for (const [patch, expected] of cases) assert.deepEqual(applyJsonPatch<unknown>(document, patch), expected, JSON.stringify(patch))
  assert.deepEqual(document, { a: { b: [1, 2] }, 'x/y': 1 })
})

test('a JSON patch that does not fit is refused with 422, one that is none with 400', () => {
  const document = { a: [1] }
  for (const operation of [
    { op: 'remove', path: '/b' },
    { op: 'replace', path: '/a/1', value: 1 },
    { op: 'replace', path: '/b/c', value: 1 },
    { op: 'add', path: '', value: {} },
    { op: 'remove', path: '' },
    { op: 'replace', path: '', value: 1 },
    { op: 'test', path: '/a', value: [2] },
    { op: 'add', path: '/a/5', value: 1 },
    { op: 'add', path: '/b/c', value: 1 },
    { op: 'frob', path: '/a' },
  ]) {
    assert.throws(() => applyJsonPatch(document, [operation]), refused(422), JSON.stringify(operation))
  }
  assert.throws(() => applyJsonPatch(document, { op: 'add' }), refused(400))
  assert.throws(() => applyJsonPatch(document, new Array(10_001).fill({ op: 'test', path: '/a' })), refused(413))
})

test('a merge patch sets, deletes by null and replaces lists', () => {
  assert.deepEqual(applyMergePatch<unknown>({ a: 1, b: { c: 1, d: 2 }, l: [1, 2] }, { a: null, b: { c: null, e: { f: null, g: 1 } }, l: [3] }), {
    b: { d: 2, e: { g: 1 } },
    l: [3],
  })
  assert.throws(() => applyMergePatch({}, [1]), refused(400))
})

const pod = (spec: object, metadata: object = {}): object => ({ metadata, spec })

test('strategic merge goes by merge keys and keeps what the patch does not name', () => {
  const before = pod({
    containers: [
      { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
      { name: 'b', image: 'b:1' },
    ],
  })
  const after = applyStrategicMergePatch<any>(PodSchema, before, { spec: { containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }], image: null }] } })
  assert.deepEqual(after.spec.containers, [
    {
      name: 'a',
      env: [
        { name: 'Y', value: '2' },
        { name: 'X', value: '1' },
      ],
    },
    { name: 'b', image: 'b:1' },
  ])
})

const strategic: { name: string; schema?: typeof PodSchema; before: object; patch: object; after: object }[] = [
  {
    name: '$patch: delete removes an element by its key',
    before: pod({ containers: [{ name: 'a' }, { name: 'b' }] }),
    patch: { spec: { containers: [{ name: 'a', $patch: 'delete' }] } },
    after: pod({ containers: [{ name: 'b' }] }),
  },
  {
    name: '$patch: replace in a list replaces the list',
    before: pod({ containers: [{ name: 'a' }, { name: 'b' }] }),
    patch: { spec: { containers: [{ name: 'c' }, { $patch: 'replace' }] } },
    after: pod({ containers: [{ name: 'c' }] }),
  },
  {
    name: '$patch: replace in a map replaces the map',
    before: pod({ securityContext: { runAsUser: 1, fsGroup: 2 } }),
    patch: { spec: { securityContext: { runAsUser: 3, $patch: 'replace' } } },
    after: pod({ securityContext: { runAsUser: 3 } }),
  },
  {
    name: '$patch: delete on a map empties it',
    before: pod({ securityContext: { runAsUser: 1 } }),
    patch: { spec: { securityContext: { $patch: 'delete' } } },
    after: pod({ securityContext: {} }),
  },
  {
    name: '$deleteFromPrimitiveList and a merged list of scalars',
    before: pod({}, { finalizers: ['a', 'b'] }),
    patch: { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] } },
    after: pod({}, { finalizers: ['c', 'b'] }),
  },
  {
    name: '$setElementOrder orders what the patch names among what the server has',
    before: pod({ containers: [{ name: 'a' }, { name: 'x' }, { name: 'b' }] }),
    patch: { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'n' }, { name: 'a' }], containers: [{ name: 'n', image: 'i' }] } },
    after: pod({ containers: [{ name: 'x' }, { name: 'b' }, { name: 'n', image: 'i' }, { name: 'a' }] }),
  },
  {
    name: '$retainKeys drops what it does not list',
    schema: DeploymentSchema,
    before: { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } },
    patch: { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
    after: { spec: { strategy: { type: 'Recreate' } } },
  },
  {
    name: 'ports of a Service merge by port, a list without strategy is replaced',
    schema: ServiceSchema,
    before: { spec: { ports: [{ port: 80, name: 'a' }], externalIPs: ['1'] } },
    patch: { spec: { ports: [{ port: 81 }], externalIPs: ['2'] } },
    after: { spec: { ports: [{ port: 81 }, { port: 80, name: 'a' }], externalIPs: ['2'] } },
  },
  {
    name: 'new values come without nulls and directives',
    before: pod({}),
    patch: {
      spec: {
        containers: [
          { name: 'a', image: null },
          { name: 'b', $patch: 'delete' },
        ],
      },
      metadata: { labels: { a: '1', b: null } },
    },
    after: pod({ containers: [{ name: 'a' }] }, { labels: { a: '1' } }),
  },
]

for (const { name, schema, before, patch, after } of strategic) {
  test(`strategic merge: ${name}`, () => assert.deepEqual(applyStrategicMergePatch(schema ?? PodSchema, before, patch), after))
}

test('strategic merge patches that are malformed are refused', () => {
  const before = pod({ containers: [{ name: 'a' }] }, { finalizers: ['a'] })
  const apply = (patch: object) => () => applyStrategicMergePatch(PodSchema, before, patch)
  assert.throws(apply({ spec: { containers: [{ image: 'x' }] } }), refused(500))
  assert.throws(apply({ spec: { $patch: 'frob' } }), refused(500))
  assert.throws(apply({ metadata: { '$deleteFromPrimitiveList/finalizers': 'a' } }), { message: 'invalid patch format of primitive list' })
  assert.throws(apply({ spec: { $retainKeys: 'a' } }), { message: 'invalid patch format of retainKeys' })
  assert.throws(apply({ spec: { '$setElementOrder/containers': 'a' } }), { message: 'expected a []interface {}, but received a string' })
})
