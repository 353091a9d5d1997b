import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optionalDefinitions, optionalServed } from '#api/optional.ts'
import { storageVersionMigration } from './storage-version-migration.ts'

const context = { now: 0 }
const migration = (resource: object, status: object = {}): any => ({ metadata: { name: 'm' }, spec: { resource }, status })
const texts = (errors: readonly { field?: string; message?: string }[] = []) => errors.map(({ field, message }) => `${field}: ${message}`.slice(0, 150))
const deployments = { group: 'apps', resource: 'deployments' }

for (const [name, resource, expected] of [
  ['of a group', deployments, []],
  ['of the core group', { resource: 'secrets' }, []],
  ['of nothing', {}, ['spec.resource.resource: Required value: resource is required to be set']],
  ['of a subresource', { resource: 'pods/status' }, [/^spec\.resource\.resource: Invalid value: "pods\/status": a DNS-1035 label must/]],
  ['of a group that is none', { group: 'A_b', resource: 'pods' }, [/^spec\.resource\.group: Invalid value: "A_b": a lowercase RFC 1123 subdomain must/]],
] as const)
  test(`a migration ${name}: ${expected.length === 0 ? 'taken' : 'refused'}`, () =>
    matches(texts(storageVersionMigration.create!.validate!(migration(resource), context)), expected))

test('what is migrated cannot be changed', () => {
  const errors = storageVersionMigration.update!.validate!(migration({ resource: 'secrets' }), migration(deployments), context)
  matches(texts(errors), [/^spec: Invalid value: .*/])
})

const condition = (type: string, status = 'True') => ({ type, status, reason: 'R', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' })
for (const [name, status, old, expected] of [
  ['runs, at no version yet', { conditions: [condition('Running')] }, {}, []],
  ['has ended and is not tidied up yet', { resourceVersion: '7', conditions: [condition('Running'), condition('Succeeded')] }, { resourceVersion: '7' }, []],
  ['has a version that is none', { resourceVersion: '07' }, {}, ['status.resourceVersion: Invalid value: "07": resource version is not well formed: 07']],
  ['has another version', { resourceVersion: '8' }, { resourceVersion: '7' }, ['status.resourceVersion: Invalid value: "8": field is immutable']],
  [
    'succeeded and failed',
    { conditions: [condition('Succeeded'), condition('Failed')] },
    {},
    [/Both success and failed conditions cannot be true at the same time$/],
  ],
  [
    'succeeded no more',
    { conditions: [condition('Succeeded', 'False')] },
    { conditions: [condition('Succeeded')] },
    [/Success condition cannot be set to false once it is true$/],
  ],
  ['failed no more', {}, { conditions: [condition('Failed')] }, [/Failed condition cannot be set to false once it is true$/]],
  ['says no reason', { conditions: [{ ...condition('Running'), reason: '' }] }, {}, ['status.conditions[0].reason: Required value']],
] as const)
  test(`a migration that ${name}`, () => {
    const errors = storageVersionMigration.status!.validate!(migration(deployments, status), migration(deployments, old), context) ?? []
    matches(
      errors.map(({ field, message }) => `${field}: ${message}`),
      expected,
    )
  })

test('what users write is not the status, and what writes the status changes nothing else', () => {
  const given = migration(deployments, { resourceVersion: '7' })
  storageVersionMigration.create!.prepare!(given, context)
  assert.equal(given.status.resourceVersion, undefined)
  const changed = { ...migration({ resource: 'secrets' }, { resourceVersion: '7' }), metadata: { name: 'm', labels: { a: 'b' } } }
  storageVersionMigration.status!.prepare!(changed, migration(deployments), context)
  assert.deepEqual([changed.spec.resource, changed.metadata.labels, changed.status], [deployments, undefined, { resourceVersion: '7' }])
})

test('its table names the resource', () => {
  const cells = (resource: object) => storageVersionMigration.columns!.map(({ cell }) => cell(migration(resource), 0))
  assert.deepEqual(
    [cells(deployments), cells({ resource: 'secrets' })],
    [
      ['m', 'deployments.apps'],
      ['m', 'secrets'],
    ],
  )
})

test('a resource that is not there by default is served where its version is asked for and its gate is on', () => {
  const [version, gate] = [new Set(['storagemigration.k8s.io/v1beta1']), new Set(['StorageVersionMigrator'])]
  const none = new Set<string>()
  assert.deepEqual(
    [optionalServed(none, none), optionalServed(version, none), optionalServed(none, gate)].map(({ length }) => length),
    [0, 0, 0],
  )
  assert.deepEqual(
    optionalServed(version, gate),
    optionalDefinitions.map(({ definition }) => definition),
  )
})

function matches(found: readonly string[], expected: readonly (string | RegExp)[]): void {
  assert.equal(found.length, expected.length, found.join('\n'))
  for (const [index, each] of expected.entries()) {
    if (typeof each === 'string') assert.equal(found[index], each)
    else assert.match(found[index]!, each)
  }
}
