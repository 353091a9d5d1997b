/** Owners and what they own, in each way to delete them. */
import { configMaps, deployments, pods, replicaSets, secrets, serviceAccounts } from '#api/gen/resources.ts'
import type { Place, Scenario, Step } from '../types.ts'
import { all, change, container, make, remove, selector, step, template } from './steps.ts'

const ownerOf = async ({ client, namespace }: Place, name: string, more: object = {}): Promise<object> => {
  const { metadata } = await client.get(configMaps, { namespace, name })
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid: metadata.uid, ...more }
}
const owned =
  (name: string, by: readonly string[], more: object = {}, metadata: object = {}): Step['act'] =>
  async (place) => {
    const ownerReferences: object[] = []
    for (const each of by) ownerReferences.push(await ownerOf(place, each, more))
    return make(configMaps, name, {}, { ownerReferences, ...metadata })(place)
  }
const deletion = (name: string, propagationPolicy: 'Foreground' | 'Background' | 'Orphan'): Step['act'] => remove(configMaps, name, { propagationPolicy })

export const garbageScenarios: readonly Scenario[] = [
  {
    name: 'garbage-background',
    steps: [
      step(
        'a tree',
        all(
          make(configMaps, 'root', {}),
          owned('branch', ['root']),
          owned('leaf', ['branch']),
          owned('held', ['root'], {}, { finalizers: ['example.com/hold'] }),
        ),
      ),
      step('deleted', deletion('root', 'Background')),
    ],
  },
  {
    name: 'garbage-foreground',
    steps: [
      step(
        'a tree',
        all(
          make(configMaps, 'root', {}),
          owned('blocks', ['root'], { blockOwnerDeletion: true }, { finalizers: ['example.com/hold'] }),
          owned('branch', ['root'], { blockOwnerDeletion: true }),
          owned('leaf', ['branch'], { blockOwnerDeletion: true }),
          owned('loose', ['root'], {}, { finalizers: ['example.com/hold'] }),
        ),
      ),
      step('deleted', deletion('root', 'Foreground')),
      step('the last that blocks', change(configMaps, 'blocks', { metadata: { finalizers: null } })),
    ],
  },
  {
    name: 'garbage-orphan',
    steps: [
      step(
        'a tree',
        all(
          make(configMaps, 'root', {}),
          make(configMaps, 'other', {}),
          owned('branch', ['root']),
          owned('leaf', ['branch']),
          owned('both', ['root', 'other']),
        ),
      ),
      step('deleted', deletion('root', 'Orphan')),
      step('the other owner too', deletion('other', 'Background')),
    ],
  },
  {
    name: 'garbage-absent',
    steps: [
      step(
        'owners that are not there',
        all(
          make(configMaps, 'kept', {}),
          make(
            configMaps,
            'gone',
            {},
            { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'none', uid: '00000000-0000-0000-0000-000000000001' }] },
          ),
          make(
            configMaps,
            'another-identity',
            {},
            { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'kept', uid: '00000000-0000-0000-0000-000000000002' }] },
          ),
          make(
            configMaps,
            'of-the-cluster',
            {},
            { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'none', uid: '00000000-0000-0000-0000-000000000003' }] },
          ),
          make(
            configMaps,
            'of-no-kind',
            {},
            { ownerReferences: [{ apiVersion: 'example.com/v1', kind: 'Nothing', name: 'none', uid: '00000000-0000-0000-0000-000000000004' }] },
          ),
          async (place: Place) =>
            make(
              configMaps,
              'half',
              {},
              {
                ownerReferences: [
                  await ownerOf(place, 'kept'),
                  { apiVersion: 'v1', kind: 'ConfigMap', name: 'none', uid: '00000000-0000-0000-0000-000000000005' },
                ],
              },
            )(place),
        ),
      ),
    ],
  },
  {
    name: 'garbage-workload',
    steps: [
      step('a Deployment', make(deployments, 'web', { spec: { replicas: 2, selector, template: template() } })),
      step('orphans', remove(deployments, 'web', { propagationPolicy: 'Orphan' })),
      step('adopted', make(deployments, 'web', { spec: { replicas: 2, selector, template: template() } })),
      step('deleted in the foreground', remove(deployments, 'web', { propagationPolicy: 'Foreground' })),
    ],
  },
  {
    name: 'garbage-pods',
    steps: [
      step('a ReplicaSet', make(replicaSets, 'web', { spec: { replicas: 2, selector, template: template() } })),
      step('its pods stay', remove(replicaSets, 'web', { propagationPolicy: 'Orphan' })),
      step(
        'a pod that waits for nobody',
        all(make(pods, 'bare', { spec: { containers: [container()] } }), remove(pods, 'bare', { propagationPolicy: 'Foreground' })),
      ),
    ],
  },
  {
    name: 'every-namespace-token',
    steps: [
      step(
        'tokens',
        all(
          make(serviceAccounts, 'robot', {}),
          make(secrets, 'robot-token', { type: 'kubernetes.io/service-account-token' }, { annotations: { 'kubernetes.io/service-account.name': 'robot' } }),
          make(secrets, 'nobodys', { type: 'kubernetes.io/service-account-token' }, { annotations: { 'kubernetes.io/service-account.name': 'nobody' } }),
        ),
      ),
      step('emptied', change(secrets, 'robot-token', { data: { token: null, namespace: null } })),
      step('the account goes', remove(serviceAccounts, 'robot')),
      step('the default account and the CA go', all(remove(serviceAccounts, 'default'), remove(configMaps, 'kube-root-ca.crt'))),
      step('the CA is changed', change(configMaps, 'kube-root-ca.crt', { data: { 'ca.crt': 'mine', more: 'x' } })),
    ],
  },
]
