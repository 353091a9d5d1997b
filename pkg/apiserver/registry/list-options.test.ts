import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StatusError } from '#apimachinery/status-error.ts'
import { listQuery } from './list-options.ts'

const refusal = (query: string): string[] => {
  try {
    listQuery(new URLSearchParams(query), query.includes('watch='))
    return []
  } catch (error) {
    assert.ok(error instanceof StatusError && error.code === 422, String(error))
    return error.details!.causes!.map(({ field, message }) => `${field}: ${message}`)
  }
}

test('resourceVersion, resourceVersionMatch, continue and sendInitialEvents go together as upstream lets them', () => {
  const match = 'resourceVersionMatch: '
  const cases: Record<string, string[]> = {
    '': [],
    'resourceVersion=5&resourceVersionMatch=Exact': [],
    'resourceVersion=0&resourceVersionMatch=NotOlderThan': [],
    'resourceVersionMatch=Exact': [`${match}Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided`],
    'resourceVersion=0&resourceVersionMatch=Exact': [`${match}Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"`],
    'resourceVersion=5&resourceVersionMatch=Exact&continue=x': [`${match}Forbidden: resourceVersionMatch is forbidden when continue is provided`],
    'resourceVersion=5&resourceVersionMatch=Newer': [`${match}Unsupported value: "Newer": supported values: "Exact", "NotOlderThan", ""`],
    'sendInitialEvents=true': ['sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list'],
    'watch=1&resourceVersion=5': [],
    'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan': [],
    'watch=1&sendInitialEvents=false': [`${match}Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan`],
    'watch=1&resourceVersionMatch=NotOlderThan': [`${match}Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided`],
    'watch=1&sendInitialEvents=true&resourceVersionMatch=Exact': [
      `${match}Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan`,
      `${match}Unsupported value: "Exact": supported values: "NotOlderThan"`,
    ],
    'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&continue=x': [
      `${match}Forbidden: resourceVersionMatch is forbidden when continue is provided`,
    ],
  }
  for (const [query, causes] of Object.entries(cases)) assert.deepEqual(refusal(query), causes, query)
})
