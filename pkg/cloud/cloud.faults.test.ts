/** LoadBalancer Services and nodes of a cloud, in trouble. */
import assert from 'node:assert/strict'
import { nodes, services } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { faultTests } from '#controllers/testing/faults.ts'
import { localCloud } from './local/index.ts'
import { cloudControllerFactories } from './index.ts'

const range = '172.30.0.128/29'
const uninitialized = { key: 'node.cloudprovider.kubernetes.io/uninitialized', value: 'true', effect: 'NoSchedule' }
const service = (name: string): any => ({ metadata: { namespace: 'n', name }, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } })
const plans = ['a', 'b'].map((name, index) => ({ name, address: `172.30.0.${index + 2}` }))

faultTests({
  name: 'Load balancers and nodes of the local cloud',
  controllers: () => {
    // What a process of it knows ends with the process.
    const provider = localCloud({ clusterName: 'c', plan: async () => plans, loadBalancerRanges: [range] })
    return cloudControllerFactories.map((make) => make({ provider })).filter((each) => each !== undefined)
  },
  seconds: 150,
  seed(client) {
    for (const name of ['a', 'b', 'gone'])
      client.seed(nodes, {
        metadata: { name },
        spec: { taints: [uninitialized], ...(name === 'gone' ? { providerID: 'k8ts://c/gone' } : {}) },
        status: { conditions: [{ type: 'Ready', status: name === 'gone' ? 'Unknown' : 'True' }] },
      } as any)
    client.seed(services, service('one'), service('two'), service('three'))
  },
  async drive(client, second) {
    const patch = (name: string, spec: object) => client.patch(services, { namespace: 'n', name }, { spec }, { type: 'merge' })
    if (second === 30) await patch('one', { type: 'ClusterIP' })
    if (second === 40)
      await client.delete(services, { namespace: 'n', name: 'two' }).catch((error) => {
        if (!isNotFound(error)) throw error
      })
    if (second === 60) client.seed(services, service('four'), service('five'))
  },
  invariant(client) {
    const held = client.all(services).flatMap(({ status }) => status?.loadBalancer?.ingress?.map(({ ip }) => ip) ?? [])
    assert.equal(new Set(held).size, held.length, `no address twice: ${held}`)
    for (const { metadata, status } of client.all(services))
      if (status?.loadBalancer?.ingress?.length) assert.ok(metadata.finalizers?.length, 'what has an address is held until that is given back')
  },
  outcome: (client) => ({
    services: client.all(services).map(({ metadata, status }) => [metadata.name, metadata.finalizers ?? [], status?.loadBalancer?.ingress?.length ?? 0]),
    nodes: client.all(nodes).map(({ metadata, spec, status }) => [metadata.name, spec?.providerID, spec?.taints, status?.addresses]),
  }),
})
