import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps, deployments, endpointSlices, events, namespaces, nodes, pods, replicaSets, serviceAccounts, services } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { startControlPlane } from './control-plane.ts'

const web = (image: string, replicas = 3): any => ({
  metadata: { namespace: 'default', name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image, ports: [{ name: 'http', containerPort: 80 }] }] },
    },
  },
})

test('A Deployment and its Service come up, roll, and go with all they own', { timeout: 60_000 }, async () => {
  await using cluster = await startControlPlane()
  const { client, eventually } = cluster
  await client.create(deployments, web('v1'))
  await client.create(services, {
    metadata: { namespace: 'default', name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }] },
  })
  await eventually('three available', async () => (await client.get(deployments, { namespace: 'default', name: 'web' })).status?.availableReplicas === 3)
  const placed = await client.list(pods, { namespace: 'default' })
  assert.equal(new Set(placed.items.map(({ spec }) => spec.nodeName)).size, 3, 'spread over the nodes')
  await eventually('three endpoints', async () => {
    const { items } = await client.list(endpointSlices, { namespace: 'default', labelSelector: 'kubernetes.io/service-name=web' })
    return items.length === 1 && items[0]?.endpoints?.filter(({ conditions }) => conditions.ready).length === 3
  })

  await client.patch(
    deployments,
    { namespace: 'default', name: 'web' },
    { spec: { template: { spec: { containers: [{ name: 'c', image: 'v2' }] } } } },
    { type: 'strategic' },
  )
  await eventually('rolled to v2', async () => {
    const { items } = await client.list(pods, { namespace: 'default' })
    const { status } = await client.get(deployments, { namespace: 'default', name: 'web' })
    const progressing = status?.conditions?.find(({ type }) => type === 'Progressing')
    return (
      items.length === 3 &&
      items.every(({ spec }) => spec.containers[0]?.image === 'v2') &&
      progressing?.reason === 'NewReplicaSetAvailable' &&
      status?.updatedReplicas === 3
    )
  })
  const revision = (await client.get(deployments, { namespace: 'default', name: 'web' })).metadata.annotations?.['deployment.kubernetes.io/revision']
  assert.equal(revision, '2')

  await client.delete(deployments, { namespace: 'default', name: 'web' }, { propagationPolicy: 'Foreground' })
  await eventually('nothing is left', async () => {
    const left = await Promise.all([client.list(deployments), client.list(replicaSets), client.list(pods)])
    return left.every(({ items }) => items.length === 0)
  })
  const recorded = (await client.list(events, { namespace: 'default' })).items
  for (const reason of ['ScalingReplicaSet', 'SuccessfulCreate', 'Scheduled', 'SuccessfulDelete'])
    assert.ok(
      recorded.some((each) => each.reason === reason),
      reason,
    )
  // The scheduler speaks by events.k8s.io/v1, which the core API shows too.
  const { action, reportingComponent, source, eventTime, count } = recorded.find(({ reason }) => reason === 'Scheduled')!
  assert.deepEqual([action, reportingComponent, source, count], ['Binding', 'default-scheduler', {}, undefined])
  assert.match(String(eventTime), /^\d{4}-.*\.\d{6}Z$/)
})

test('A namespace gets what belongs to it, and is emptied and deleted', { timeout: 60_000 }, async () => {
  await using cluster = await startControlPlane({ nodeCount: 1 })
  const { client, eventually } = cluster
  await client.create(namespaces, { metadata: { name: 'team' } })
  await eventually('its account and CA', async () => {
    const accounts = await client.list(serviceAccounts, { namespace: 'team' })
    const maps = await client.list(configMaps, { namespace: 'team' })
    return accounts.items.length === 1 && maps.items.length === 1
  })
  await client.create(deployments, { ...web('v1', 2), metadata: { namespace: 'team', name: 'web' } })
  await eventually(
    'its pods run',
    async () => (await client.list(pods, { namespace: 'team' })).items.filter(({ status }) => status?.phase === 'Running').length === 2,
  )
  await client.delete(namespaces, { name: 'team' })
  await eventually('it is gone', async () => {
    try {
      await client.get(namespaces, { name: 'team' })
      return undefined
    } catch (error) {
      return isNotFound(error)
    }
  })
  const left = await Promise.all([
    client.list(pods, { namespace: 'team' }),
    client.list(configMaps, { namespace: 'team' }),
    client.list(replicaSets, { namespace: 'team' }),
  ])
  assert.deepEqual(
    left.map(({ items }) => items.length),
    [0, 0, 0],
  )
  assert.equal((await client.get(nodes, { name: 'node-1' })).spec?.podCIDR, '10.244.0.0/24')
})
