import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alice, resourceAttributes } from '../test-rig.ts'
import { covers, ruleTexts, uncovered } from './cover.ts'
import { rule, urlRule } from './policy/rule.ts'
import { ruleAllows } from './rules.ts'

const table: [string, ReturnType<typeof rule>, Parameters<typeof resourceAttributes>[1], string, object, boolean][] = [
  ['the very verb and resource', rule('get', '', 'pods'), 'get', 'pods', {}, true],
  ['another verb', rule('get', '', 'pods'), 'list', 'pods', {}, false],
  ['another group', rule('get', 'apps', 'pods'), 'get', 'pods', {}, false],
  ['a resource does not give its subresource', rule('get', '', 'pods'), 'get', 'pods/log', {}, false],
  ['a subresource does not give its resource', rule('get', '', 'pods/log'), 'get', 'pods', {}, false],
  ['* gives subresources', rule('get', '', '*'), 'get', 'pods/log', {}, true],
  ['*/scale gives scale of anything', rule('get', '*', '*/scale'), 'get', 'deployments/scale', { group: 'apps' }, true],
  ['*/scale gives no other', rule('get', '*', '*/scale'), 'get', 'deployments/status', { group: 'apps' }, false],
  ['a name', rule('get', '', 'secrets', ['a']), 'get', 'secrets', { name: 'a' }, true],
  ['another name', rule('get', '', 'secrets', ['a']), 'get', 'secrets', { name: 'b' }, false],
  ['a list has no name', rule('list', '', 'secrets', ['a']), 'list', 'secrets', {}, false],
  ['URL rules give no resources', urlRule('*', '*'), 'get', 'pods', {}, false],
]
for (const [title, given, verb, resource, more, expected] of table)
  test(`rule: ${title}`, () => assert.equal(ruleAllows(resourceAttributes(alice, verb, resource, more), given), expected))

test('URL rules match exactly, by prefix, or everything', () => {
  const asks = (path: string) => ({ ...resourceAttributes(alice, 'get', ''), isResourceRequest: false, path })
  assert.ok(ruleAllows(asks('/healthz'), urlRule('get', '/healthz')))
  assert.ok(!ruleAllows(asks('/healthz/etcd'), urlRule('get', '/healthz')))
  assert.ok(ruleAllows(asks('/api/v1'), urlRule('get', '/api/*')))
  assert.ok(!ruleAllows(asks('/apis'), urlRule('get', '/api/*')))
  assert.ok(ruleAllows(asks('/anything'), urlRule('*', '*')))
})

test('rules cover what is no more than they are', () => {
  assert.ok(covers([rule('get list', '', 'pods')], [rule('get', '', 'pods', ['a'])]))
  assert.ok(covers([rule('*', '*', '*')], [rule('get', 'apps', 'deployments/scale')]))
  assert.ok(covers([rule('get', '', 'pods'), rule('list', '', 'pods')], [rule('get list', '', 'pods')]))
  assert.ok(!covers([rule('get', '', 'pods', ['a'])], [rule('get', '', 'pods')]))
  assert.ok(!covers([rule('get', '', 'pods')], [rule('*', '', 'pods')]))
  assert.deepEqual(ruleTexts(uncovered([rule('get', '', 'pods')], [rule('get list', '', 'pods secrets')])), [
    '{APIGroups:[""], Resources:["pods"], Verbs:["list"]}',
    '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
  ])
})
