import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StatusError } from '#apimachinery/status-error.ts'
import { decodeToken, encodeToken, listQuery } from './list-options.ts'

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

test("a continue token that is none of ours is refused in upstream's words", () => {
  const token = { revision: 7, after: 'default/a' }
  assert.deepEqual(decodeToken(encodeToken(token)), token)
  const of = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  const v = 'meta.k8s.io/v1'
  const cases: readonly (readonly [string, string])[] = [
    ['zz!z', ': illegal base64 data at input byte 2'],
    ['zzzzz', ': illegal base64 data at input byte 4'],
    ['bm9=', ': illegal base64 data at input byte 3'],
    [of('nope'), ": invalid character 'o' in literal null (expecting 'u')"],
    [of('{"v":'), ': unexpected end of JSON input'],
    [of([]), ': json: cannot unmarshal array into Go value of type storage.continueToken'],
    [of({ v: 1 }), ': json: cannot unmarshal number into Go struct field continueToken.v of type string'],
    [of({ v, rv: '7', start: 'a' }), ': json: cannot unmarshal string into Go struct field continueToken.rv of type int64'],
    [of({ v: 'v2', rv: 7, start: 'a' }), ': server does not recognize this encoded version v2'],
    [of({ v, start: 'a' }), ': incorrect encoded start resourceVersion (version meta.k8s.io/v1)'],
    [of({ v, rv: 7 }), ': encoded start key empty (version meta.k8s.io/v1)'],
    [of({ v, rv: 7, start: '../secrets/a' }), ': ../secrets/a'],
    [of({ v, rv: 7, start: 'default//a' }), ': default//a'],
    [of({ v, rv: 7, start: 'default/' }), ': default/'],
  ]
  for (const [text, why] of cases) {
    assert.throws(
      () => decodeToken(text),
      (error) => error instanceof StatusError && error.code === 400 && error.message === `invalid continue token: continue key is not valid${why}`,
      why,
    )
  }
})
