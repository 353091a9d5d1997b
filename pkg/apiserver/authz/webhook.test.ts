import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { alice, resourceAttributes } from '../test-rig.ts'
import { parseAuthorizationConfiguration } from './configuration.ts'
import { webhookAuthorizer } from './webhook.ts'

const clock = new FakeClock()
function authorizer(status: object | Error, more: object = {}) {
  const asked: any[] = []
  const ask = async (review: any) => {
    asked.push(review)
    if (status instanceof Error) throw status
    return { status }
  }
  const made = webhookAuthorizer({
    name: 'w',
    ask,
    clock,
    log: silentLogger,
    authorizedTtlMs: 300_000,
    unauthorizedTtlMs: 30_000,
    failurePolicy: 'NoOpinion',
    ...more,
  })
  return { asked, made }
}
const getPods = resourceAttributes(alice, 'get', 'pods', { namespace: 'shop' })

test('the review says who wants what, and its answer holds for a time', async () => {
  const { asked, made } = authorizer({ allowed: true, reason: 'friend' })
  assert.deepEqual(await made.authorize(getPods), { decision: 'allow', reason: 'friend' })
  await made.authorize(getPods)
  assert.equal(asked.length, 1)
  assert.deepEqual(asked[0].spec, {
    resourceAttributes: { namespace: 'shop', verb: 'get', version: 'v1', resource: 'pods' },
    user: 'alice',
    groups: ['dev', 'system:authenticated'],
  })
  await clock.advance(300_001)
  await made.authorize(getPods)
  assert.equal(asked.length, 2)
  await made.authorize({ ...getPods, isResourceRequest: false, path: '/x' })
  assert.deepEqual(asked[2].spec.nonResourceAttributes, { path: '/x', verb: 'get' })
})

test('it can deny, have no opinion, and be down', async () => {
  assert.equal((await authorizer({ allowed: false, denied: true, reason: 'foe' }).made.authorize(getPods)).decision, 'deny')
  assert.equal((await authorizer({ allowed: false }).made.authorize(getPods)).decision, 'no-opinion')
  assert.deepEqual(await authorizer(new Error('down')).made.authorize(getPods), { decision: 'no-opinion', reason: '', error: 'down' })
  assert.equal((await authorizer(new Error('down'), { failurePolicy: 'Deny' }).made.authorize(getPods)).decision, 'deny')
  assert.equal((await authorizer({ allowed: true, denied: true }, { failurePolicy: 'Deny' }).made.authorize(getPods)).decision, 'deny')
})

test('it is not asked where its conditions do not hold', async () => {
  const matchConditions = ['has(request.resourceAttributes)', 'request.resourceAttributes.namespace == "shop"', '"dev" in request.groups']
  const { asked, made } = authorizer({ allowed: true }, { matchConditions })
  assert.equal((await made.authorize(getPods)).decision, 'allow')
  assert.equal((await made.authorize({ ...getPods, namespace: 'other' })).decision, 'no-opinion')
  assert.equal(asked.length, 1)
})

test('a condition that does not hold decides even where another fails; without one, the failure policy does', async () => {
  const fails = 'request.nonResourceAttributes.path == "/a"'
  const both = await authorizer({ allowed: true }, { matchConditions: [fails, 'request.user == "bob"'] }).made.authorize(getPods)
  assert.deepEqual(both, { decision: 'no-opinion', reason: '' })
  const failed = await authorizer({ allowed: true }, { matchConditions: [fails], failurePolicy: 'Deny' }).made.authorize(getPods)
  assert.equal(failed.decision, 'deny')
  assert.match(
    failed.error ?? '',
    /^cel evaluation error: expression 'request\.nonResourceAttributes\.path == "\/a"' resulted in error: no such key: nonResourceAttributes$/,
  )
})

test('selectors are put to it as requirements, and groups of v1beta1 under their older name', async () => {
  const { asked, made } = authorizer({ allowed: true }, { version: 'v1beta1' })
  await made.authorize({ ...getPods, verb: 'list', fieldSelector: 'spec.nodeName=n1,a!=b', labelSelector: 'x in (1,2),!y' })
  assert.deepEqual(asked[0].apiVersion, 'authorization.k8s.io/v1beta1')
  assert.deepEqual(asked[0].spec.group, ['dev', 'system:authenticated'])
  const { fieldSelector, labelSelector } = asked[0].spec.resourceAttributes
  assert.deepEqual(fieldSelector.requirements, [
    { key: 'a', operator: 'NotIn', values: ['b'] },
    { key: 'spec.nodeName', operator: 'In', values: ['n1'] },
  ])
  assert.deepEqual(labelSelector.requirements, [
    { key: 'x', operator: 'In', values: ['1', '2'] },
    { key: 'y', operator: 'DoesNotExist' },
  ])
})

test('the configuration lists authorizers in order, and names what is wrong', () => {
  const parse = (list: string) =>
    parseAuthorizationConfiguration(`apiVersion: apiserver.config.k8s.io/v1\nkind: AuthorizationConfiguration\nauthorizers:\n${list}`)
  const webhook = (more = '') =>
    `- {type: Webhook, name: w, webhook: {timeout: 3s, authorizedTTL: 10s, unauthorizedTTL: 5s, subjectAccessReviewVersion: v1, failurePolicy: Deny, connectionInfo: {type: KubeConfigFile, kubeConfigFile: ${import.meta.filename}}, matchConditionSubjectAccessReviewVersion: v1${more}}}`
  const specs = parse(`${webhook(', matchConditions: [{expression: "has(request.user)"}]')}\n- {type: Node, name: node}`)
  assert.deepEqual(
    specs.map(({ type }) => type),
    ['Webhook', 'Node'],
  )
  assert.equal(specs[0]?.type === 'Webhook' && specs[0].webhook.authorizedTtlMs, 10_000)
  assert.throws(() => parse(webhook(', matchConditions: [{expression: "request."}]')), /matchConditions\[0\]\.expression: Invalid value/)
  assert.throws(() => parse('- {type: Magic, name: m}'), /authorizers\[0\]\.type: Unsupported value: "Magic"/)
  assert.throws(() => parse('- {type: Node, name: node}\n- {type: RBAC, name: node}'), /authorizers\[1\]\.name: Duplicate value: "node"/)
})
