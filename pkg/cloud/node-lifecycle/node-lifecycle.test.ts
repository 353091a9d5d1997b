import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, nodes } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { localCloud, type LocalInstance } from '../local/index.ts'
import { cloudNodeLifecycleController } from './index.ts'

const shutdown = { key: 'node.cloudprovider.kubernetes.io/shutdown', effect: 'NoSchedule' }

function given(t: { after(fn: () => unknown): void }, plan: LocalInstance[]) {
  const provider = localCloud({ clusterName: 'c', plan: async () => plan })
  return testControllers(t, { controllers: [cloudNodeLifecycleController({ provider })!] })
}

const node = (name: string, ready: string, providerID = `k8ts://c/${name}`) => ({
  metadata: { name },
  spec: { providerID },
  status: { conditions: [{ type: 'Ready', status: ready }] },
})

test('a node that is not ready is deleted when its instance is gone; a ready one, one of another cloud and one made by hand are not', async (t) => {
  const { client, settled } = given(t, [{ name: 'there', address: '192.0.2.1' }])
  client.seed(nodes, node('there', 'Unknown'), node('gone', 'False'), node('ready', 'True'), node('other', 'Unknown', 'y://other'), node('hand', 'Unknown', ''))
  await settled()
  assert.deepEqual(
    client
      .all(nodes)
      .map(({ metadata }) => metadata.name)
      .sort(),
    ['hand', 'other', 'ready', 'there'],
  )
  assert.deepEqual(
    client.all(events).map(({ reason, message }) => [reason, message]),
    [['DeletingNode', 'Deleting node gone because it does not exist in the cloud provider']],
  )
})

test('a node that is shut down is tainted until it is ready again', async (t) => {
  const plan = [{ name: 'a', address: '192.0.2.1', stopped: false }]
  const { client, settled, advance } = given(t, plan)
  client.seed(nodes, node('a', 'Unknown'))
  await settled()
  assert.equal(client.peek(nodes, undefined, 'a')!.spec?.taints, undefined)
  plan[0]!.stopped = true
  await advance(5_000)
  assert.deepEqual(client.peek(nodes, undefined, 'a')!.spec?.taints, [shutdown])
  plan[0]!.stopped = false
  const current = client.peek(nodes, undefined, 'a')!
  await client.update(nodes, { ...current, status: { conditions: [{ type: 'Ready', status: 'True' }] } } as never, { subresource: 'status' })
  await settled()
  assert.deepEqual(client.peek(nodes, undefined, 'a')!.spec?.taints, [])
})
