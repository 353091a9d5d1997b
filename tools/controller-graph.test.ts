import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUpToDate } from './controller-graph.ts'

test('docs/controllers.md says what the controllers declare', () => {
  assert.ok(isUpToDate(), 'run ./tools/node.sh tools/controller-graph.ts')
})
