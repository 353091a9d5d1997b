import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps, persistentVolumeClaims, pods, resourceQuotas, services } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { resourceQuotaController } from './index.ts'

const pod = (name: string, cpu: string | undefined, more: any = {}) => ({
  metadata: { namespace: 'n', name },
  spec: { containers: [{ name: 'c', ...(cpu ? { resources: { requests: { cpu } } } : {}) }], ...more },
})
const quota = (hard: Record<string, string>, more: any = {}) => ({ metadata: { namespace: 'n', name: 'q' }, spec: { hard, ...more } })
const used = (client: any) => client.peek(resourceQuotas, 'n', 'q').status.used

for (const { name, spec, expected } of [
  {
    name: 'pods and what they ask for',
    spec: quota({ pods: '9', 'requests.cpu': '4', cpu: '4' }),
    expected: { pods: '3', 'requests.cpu': '750m', cpu: '750m' },
  },
  { name: 'best-effort pods alone', spec: quota({ pods: '9' }, { scopes: ['BestEffort'] }), expected: { pods: '1' } },
  { name: 'pods with a deadline alone', spec: quota({ pods: '9' }, { scopes: ['Terminating'] }), expected: { pods: '1' } },
  {
    name: 'other objects',
    spec: quota({ configmaps: '5', 'count/configmaps': '5', services: '5', 'services.nodeports': '5', 'requests.storage': '9Gi' }),
    expected: { configmaps: '1', 'count/configmaps': '1', services: '1', 'services.nodeports': '2', 'requests.storage': '3Gi' },
  },
])
  test(`A quota counts ${name}`, async (t) => {
    const { client, settled } = testControllers(t, { controllers: [resourceQuotaController()] })
    client.seed(pods, pod('a', '250m'), pod('b', '500m', { activeDeadlineSeconds: 5 }), pod('c', undefined), {
      ...pod('done', '1'),
      status: { phase: 'Succeeded' },
    })
    client.seed(configMaps, { metadata: { namespace: 'n', name: 'm' } }, { metadata: { namespace: 'other', name: 'm' } })
    client.seed(services, { metadata: { namespace: 'n', name: 's' }, spec: { type: 'NodePort', ports: [{ port: 1 }, { port: 2 }] } })
    client.seed(persistentVolumeClaims, { metadata: { namespace: 'n', name: 'd' }, spec: { resources: { requests: { storage: '3Gi' } } } })
    client.seed(resourceQuotas, spec)
    await settled()
    assert.deepEqual(used(client), expected)
  })

test('What a deleted or ended pod used can be used again', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [resourceQuotaController()] })
  client.seed(pods, pod('a', '250m'), pod('b', '500m'))
  client.seed(resourceQuotas, quota({ pods: '9', 'requests.cpu': '4' }))
  await settled()
  await client.delete(pods, { namespace: 'n', name: 'a' }, { gracePeriodSeconds: 0 })
  await settled()
  assert.deepEqual(used(client), { pods: '1', 'requests.cpu': '500m' })
  await client.patch(pods, { namespace: 'n', name: 'b' }, { status: { phase: 'Failed' } }, { type: 'merge', subresource: 'status' })
  await settled()
  assert.deepEqual(used(client), { pods: '0', 'requests.cpu': '0' })
})

test('What admission has booked for an object that is not stored yet stays booked', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [resourceQuotaController()] })
  client.seed(resourceQuotas, quota({ services: '9', 'services.nodeports': '1' }))
  await settled()
  const book = { services: '1', 'services.nodeports': '1' }
  await client.patch(resourceQuotas, { namespace: 'n', name: 'q' }, { status: { used: book } }, { type: 'merge', subresource: 'status' })
  await settled()
  assert.deepEqual(used(client), book)
  await client.create(services, { metadata: { namespace: 'n', name: 'other' }, spec: { ports: [{ port: 1 }] } } as never)
  await settled()
  assert.deepEqual(used(client), book)
  // Other limits are reckoned at once.
  await client.patch(resourceQuotas, { namespace: 'n', name: 'q' }, { spec: { hard: { services: '8' } } }, { type: 'merge' })
  await settled()
  assert.deepEqual(used(client), { services: '1', 'services.nodeports': '0' })
})

const scoped = (matchExpressions: object[]) => quota({ pods: '9', persistentvolumeclaims: '9' }, { scopeSelector: { matchExpressions } })
for (const { name, spec, expected } of [
  { name: 'NotBestEffort', spec: quota({ pods: '9' }, { scopes: ['NotBestEffort'] }), expected: ['2', undefined] },
  { name: 'NotTerminating', spec: quota({ pods: '9' }, { scopes: ['NotTerminating'] }), expected: ['4', undefined] },
  { name: 'PriorityClass In', spec: scoped([{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }]), expected: ['1', '0'] },
  { name: 'PriorityClass NotIn', spec: scoped([{ scopeName: 'PriorityClass', operator: 'NotIn', values: ['high'] }]), expected: ['4', '0'] },
  { name: 'PriorityClass Exists', spec: scoped([{ scopeName: 'PriorityClass', operator: 'Exists' }]), expected: ['2', '0'] },
  { name: 'CrossNamespacePodAffinity', spec: quota({ pods: '9' }, { scopes: ['CrossNamespacePodAffinity'] }), expected: ['1', undefined] },
  { name: 'VolumeAttributesClass', spec: scoped([{ scopeName: 'VolumeAttributesClass', operator: 'In', values: ['fast'] }]), expected: ['0', '1'] },
])
  test(`A quota of the scope ${name} counts what is in it`, async (t) => {
    const { client, settled } = testControllers(t, { controllers: [resourceQuotaController()] })
    const podAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'k', namespaces: ['other'] }] }
    client.seed(
      pods,
      pod('plain', undefined),
      pod('sized', '1'),
      pod('high', undefined, { priorityClassName: 'high', activeDeadlineSeconds: 9 }),
      pod('low', '1', { priorityClassName: 'low' }),
      pod('far', undefined, { affinity: { podAffinity } }),
    )
    const claim = (claimName: string, more: object) => ({
      metadata: { namespace: 'n', name: claimName },
      spec: { resources: { requests: { storage: '1Gi' } }, ...more },
    })
    client.seed(persistentVolumeClaims, claim('slow', {}), claim('fast', { volumeAttributesClassName: 'fast' }))
    client.seed(resourceQuotas, spec)
    await settled()
    assert.deepEqual([used(client).pods, used(client).persistentvolumeclaims], expected)
  })
