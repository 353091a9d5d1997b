import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as resources from '#api/gen/resources.ts'
import { definitionFor, definitions } from './index.ts'

test('every built-in resource has one definition that agrees with its handle', () => {
  for (const ref of Object.values(resources)) {
    if (ref.kind === 'Eviction') continue
    const definition = definitionFor(ref.group, ref.version, ref.plural)
    assert.ok(definition, `${ref.group}/${ref.plural}`)
    assert.equal(definition.kind, ref.kind)
    assert.equal(definition.namespaced, ref.namespaced)
  }
  assert.equal(new Set(definitions.map((each) => `${each.group}/${each.version}/${each.plural}`)).size, definitions.length)
})

test('every stored kind has a table that starts with its name', () => {
  for (const definition of definitions.filter(({ virtual }) => !virtual)) {
    const columns = definition.columns ?? []
    assert.ok(
      columns.some(({ format }) => format === 'name'),
      definition.kind,
    )
  }
})
