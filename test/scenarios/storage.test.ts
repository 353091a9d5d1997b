import assert from 'node:assert/strict'
import { test } from 'node:test'
import { persistentVolumeClaims, persistentVolumes, pods, statefulSets, storageClasses } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { startControlPlane } from './control-plane.ts'

test('A StatefulSet’s claims are bound to directories of its pods’ nodes, survive a pod, and go when they are deleted', { timeout: 60_000 }, async () => {
  const directories = new Map<string, string>()
  const localDirectories = {
    create: async (node: string, name: string) => {
      directories.set(name, node)
      return `/var/lib/kubelet/local-volumes/${name}`
    },
    remove: async (_node: string, name: string) => void directories.delete(name),
  }
  await using cluster = await startControlPlane({ settings: { localDirectories } })
  const { client, eventually } = cluster
  await eventually('the default class', async () => (await client.list(storageClasses)).items.length === 1)
  const labels = { app: 'db' }
  await client.create(statefulSets, {
    metadata: { namespace: 'default', name: 'db' },
    spec: {
      replicas: 2,
      serviceName: 'db',
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'data', mountPath: '/data' }] }] },
      },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { storageClassName: 'standard', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
        },
      ],
    },
  })
  const claims = () => client.list(persistentVolumeClaims, { namespace: 'default' }).then(({ items }) => items)
  await eventually('both bound', async () => {
    const found = await claims()
    return found.length === 2 && found.every(({ status }) => status?.phase === 'Bound')
  })
  const before = (await claims()).map(({ spec }) => spec.volumeName)
  const volumes = (await client.list(persistentVolumes)).items
  assert.deepEqual(
    volumes.map(({ status }) => status?.phase),
    ['Bound', 'Bound'],
  )
  for (const { metadata, spec } of volumes)
    assert.deepEqual(spec.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values, [directories.get(metadata.name)])

  const first = await client.get(pods, { namespace: 'default', name: 'db-0' })
  await client.delete(pods, { namespace: 'default', name: 'db-0' })
  await eventually('a new db-0', async () => {
    const { items } = await client.list(pods, { namespace: 'default', fieldSelector: 'metadata.name=db-0' })
    return items[0] && items[0].metadata.uid !== first.metadata.uid && items[0].status?.phase === 'Running'
  })
  assert.deepEqual(
    (await claims()).map(({ spec }) => spec.volumeName),
    before,
  )

  await client.delete(statefulSets, { namespace: 'default', name: 'db' }, { propagationPolicy: 'Foreground' })
  await eventually('no set', async () => {
    try {
      await client.get(statefulSets, { namespace: 'default', name: 'db' })
      return undefined
    } catch (error) {
      return isNotFound(error)
    }
  })
  for (const { metadata } of await claims()) await client.delete(persistentVolumeClaims, { namespace: 'default', name: metadata.name })
  await eventually('no volumes', async () => (await client.list(persistentVolumes)).items.length === 0 && directories.size === 0)
})
