import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterRoles, jobs, secrets, serviceAccounts } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { clusterRoleAggregationController } from '../cluster-role-aggregation/index.ts'
import { ttlAfterFinishedController } from '../ttl-after-finished/index.ts'
import { serviceAccountTokenController } from './index.ts'

const secret = (name: string, account: string) => ({
  metadata: { namespace: 'n', name, annotations: { 'kubernetes.io/service-account.name': account } },
  type: 'kubernetes.io/service-account-token',
})

test('A token Secret is filled for its account and goes with it', async (t) => {
  const mint = ({ namespace, name, secretName }: { namespace: string; name: string; secretName: string }) => `token of ${namespace}/${name} in ${secretName}`
  const { client, settled } = testControllers(t, { controllers: [serviceAccountTokenController({ rootCa: 'PEM', mintServiceAccountToken: mint })!] })
  client.seed(serviceAccounts, { metadata: { namespace: 'n', name: 'bot', uid: 'bot-uid' } })
  client.seed(secrets, secret('s', 'bot'), secret('orphan', 'nobody'))
  await settled()
  const { data = {}, metadata } = client.peek(secrets, 'n', 's')!
  const text = (key: string) => Buffer.from(data[key]!, 'base64').toString()
  assert.deepEqual([text('token'), text('ca.crt'), text('namespace')], ['token of n/bot in s', 'PEM', 'n'])
  assert.equal(metadata.annotations?.['kubernetes.io/service-account.uid'], 'bot-uid')
  assert.equal(client.peek(secrets, 'n', 'orphan'), undefined)
  await client.delete(serviceAccounts, { namespace: 'n', name: 'bot' })
  await settled()
  assert.deepEqual(client.all(secrets), [])
})

test('An aggregated ClusterRole has the rules of those it selects, without repetition', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [clusterRoleAggregationController()] })
  const rule = (resource: string) => ({ apiGroups: [''], resources: [resource], verbs: ['get'] })
  const role = (name: string, resources: string[]) => ({ metadata: { name, labels: { part: 'yes' } }, rules: resources.map(rule) })
  client.seed(
    clusterRoles,
    { metadata: { name: 'all' }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'yes' } }] } },
    role('b', ['pods', 'nodes']),
    role('a', ['pods']),
  )
  await settled()
  assert.deepEqual(client.peek(clusterRoles, undefined, 'all')?.rules, [rule('pods'), rule('nodes')])
  await client.delete(clusterRoles, { name: 'b' })
  await settled()
  assert.deepEqual(client.peek(clusterRoles, undefined, 'all')?.rules, [rule('pods')])
})

test('A finished Job goes when its time is over, and not before', async (t) => {
  const { client, settled, advance } = testControllers(t, { controllers: [ttlAfterFinishedController()] })
  const ended = { conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] }
  client.seed(
    jobs,
    { metadata: { namespace: 'n', name: 'a' }, spec: { ttlSecondsAfterFinished: 60 }, status: ended },
    { metadata: { namespace: 'n', name: 'b' }, spec: {}, status: ended },
  )
  await settled()
  await advance(59_000)
  assert.equal(client.peek(jobs, 'n', 'a')?.metadata.deletionTimestamp, undefined)
  await advance(2_000)
  assert.deepEqual(client.peek(jobs, 'n', 'a')?.metadata.finalizers, ['foregroundDeletion'])
  assert.equal(client.peek(jobs, 'n', 'b')?.metadata.deletionTimestamp, undefined)
})
