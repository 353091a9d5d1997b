/** Volumes that are attached by CSI, devices that are handed out and taken away, volumes that come with a pod. */
import {
  csiDrivers,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  resourceClaims,
  resourceSlices,
  storageClasses,
  volumeAttachments,
  volumeAttributesClasses,
} from '#api/gen/resources.ts'
import { addNode } from '../nodes-at-work.ts'
import { rfc3339 } from '../times.ts'
import type { Place, Scenario, Step } from '../types.ts'
import { all, change, container, make, remove, step } from './steps.ts'

const driver = 'csi.example.com'
const csi = (volumeHandle: string) => ({ csi: { driver, volumeHandle, volumeAttributes: { a: 'b' } } })
const volume = (source: object, more: object = {}) => ({
  spec: { capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'devices', ...source, ...more },
})
const claim = (volumeName: string | undefined, more: object = {}) => ({
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'devices',
    ...(volumeName ? { volumeName } : {}),
    resources: { requests: { storage: '1Gi' } },
    ...more,
  },
})
const node =
  (end: string): Step['act'] =>
  (place) =>
    addNode(place, `${place.namespace}-${end}`, {}, { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' })
const podOn =
  (end: string, name: string, spec: object, metadata: object = {}): Step['act'] =>
  (place) =>
    make(pods, name, { spec: { nodeName: `${place.namespace}-${end}`, terminationGracePeriodSeconds: 5, containers: [container()], ...spec } }, metadata)(place)
const using = (claimName: string) => ({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] })

/** What the attacher of the driver says of all attachments of the scenario. */
const attacher =
  (status: object): Step['act'] =>
  async ({ client, namespace }: Place) => {
    for (const { metadata, spec } of (await client.list(volumeAttachments)).items as any[])
      if (String(spec.nodeName).startsWith(`${namespace}-`))
        await client.patch(volumeAttachments, { name: metadata.name }, { status }, { type: 'merge', subresource: 'status' })
  }

const allocated =
  (pod: string, more: object = {}): Step['act'] =>
  async (place) => {
    const { client, namespace, clock } = place
    const { metadata } = await client.get(pods, { namespace, name: pod })
    const results = [{ request: 'one', driver: `${namespace}.example.com`, pool: 'pool', device: 'card', ...more }]
    const allocation = { devices: { results }, allocationTimestamp: rfc3339(clock) }
    await change(resourceClaims, 'card', { metadata: { finalizers: ['resource.kubernetes.io/delete-protection'] } })(place)
    await change(resourceClaims, 'card', { status: { allocation, reservedFor: [{ resource: 'pods', name: pod, uid: metadata.uid }] } }, 'status')(place)
  }
const slice =
  (taints: readonly object[]): Step['act'] =>
  async (place) => {
    const { namespace, client } = place
    const name = `${namespace}-slice`
    const spec = {
      driver: `${namespace}.example.com`,
      nodeName: 'node-a',
      pool: { name: 'pool', generation: 1, resourceSliceCount: 1 },
      devices: [{ name: 'card', ...(taints.length > 0 ? { taints } : {}) }],
    }
    const existing = (await client.list(resourceSlices)).items.find(({ metadata }) => metadata.name === name)
    return existing ? client.update(resourceSlices, { ...existing, spec } as any) : make(resourceSlices, name, { spec })(place)
  }
const card = make(resourceClaims, 'card', { spec: { devices: { requests: [{ name: 'one', exactly: { deviceClassName: 'gpu' } }] } } })
const withCard = {
  resourceClaims: [{ name: 'card', resourceClaimName: 'card' }],
  containers: [container('app:1', { resources: { claims: [{ name: 'card' }] } })],
}

export const deviceScenarios: readonly Scenario[] = [
  {
    name: 'attach-once',
    // What is attached already is told of once more or not, by who was quicker.
    racingEvents: ['ProvisioningFailed'],
    quietMs: 10_000,
    steps: [
      step(
        'a pod uses it',
        all(
          make(csiDrivers, driver, { spec: { attachRequired: true } }),
          node('one'),
          make(persistentVolumes, 'attach-once-pv', volume(csi('handle-1'))),
          make(persistentVolumeClaims, 'data', claim('attach-once-pv')),
          podOn('one', 'user', using('data'), { labels: { does: 'wait', lingers: 'yes' } }),
        ),
      ),
      step('attached', attacher({ attached: true, attachmentMetadata: { devicePath: '/dev/x' } })),
      step('in use', (place) => nodeSays(place, 'one', { volumesInUse: [`kubernetes.io/csi/${driver}^handle-1`] })),
      step('the pod ends', remove(pods, 'user', { gracePeriodSeconds: 0 })),
      step('no longer in use', (place) => nodeSays(place, 'one', { volumesInUse: [] })),
    ],
  },
  {
    name: 'attach-twice',
    racingEvents: ['ProvisioningFailed'],
    quietMs: 10_000,
    steps: [
      step(
        'used on one node',
        all(
          node('one'),
          node('two'),
          make(persistentVolumes, 'attach-twice-pv', volume(csi('handle-2'))),
          make(persistentVolumeClaims, 'data', claim('attach-twice-pv')),
          podOn('one', 'first', using('data'), { labels: { does: 'wait', lingers: 'yes' } }),
        ),
      ),
      step('attached there', attacher({ attached: true })),
      step('wanted on another', podOn('two', 'second', using('data'), { labels: { does: 'wait', lingers: 'yes' } })),
    ],
  },
  {
    name: 'attach-fails',
    racingEvents: ['ProvisioningFailed'],
    quietMs: 10_000,
    steps: [
      step(
        'a pod uses it',
        all(
          node('one'),
          make(persistentVolumes, 'attach-fails-pv', volume(csi('handle-3'))),
          make(persistentVolumeClaims, 'data', claim('attach-fails-pv')),
          podOn('one', 'user', using('data'), { labels: { does: 'wait', lingers: 'yes' } }),
        ),
      ),
      step('refused', attacher({ attached: false, attachError: { message: 'no such disk' } })),
    ],
  },
  {
    name: 'expanded',
    racingEvents: ['ProvisioningFailed'],
    steps: [
      step(
        'bound',
        all(
          make(storageClasses, 'expanded', { provisioner: driver, allowVolumeExpansion: true }),
          make(persistentVolumes, 'expanded-pv', volume(csi('handle-4'), { storageClassName: 'expanded' })),
          make(persistentVolumeClaims, 'data', claim('expanded-pv', { storageClassName: 'expanded' })),
        ),
      ),
      step('asked for more', change(persistentVolumeClaims, 'data', { spec: { resources: { requests: { storage: '3Gi' } } } })),
    ],
  },
  {
    name: 'attributes',
    racingEvents: ['ProvisioningFailed'],
    steps: [
      step(
        'a class in use',
        all(
          make(volumeAttributesClasses, 'attributes-gold', { driverName: driver, parameters: { iops: '1000' } }),
          make(volumeAttributesClasses, 'attributes-unused', { driverName: driver, parameters: { iops: '1' } }),
          make(persistentVolumes, 'attributes-pv', volume(csi('handle-5'), { volumeAttributesClassName: 'attributes-gold' })),
          make(persistentVolumeClaims, 'data', claim('attributes-pv', { volumeAttributesClassName: 'attributes-gold' })),
        ),
      ),
      step('deleted', all(remove(volumeAttributesClasses, 'attributes-gold'), remove(volumeAttributesClasses, 'attributes-unused'))),
      step('its claim gone', remove(persistentVolumeClaims, 'data')),
      step('its volume gone', remove(persistentVolumes, 'attributes-pv')),
    ],
  },
  {
    name: 'ephemeral',
    steps: [
      step(
        'a pod with a volume of its own',
        make(pods, 'user', {
          spec: {
            containers: [container()],
            volumes: [
              {
                name: 'scratch',
                ephemeral: {
                  volumeClaimTemplate: {
                    metadata: { labels: { from: 'template' }, annotations: { note: 'kept' } },
                    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'ephemeral', resources: { requests: { storage: '1Gi' } } },
                  },
                },
              },
            ],
          },
        }),
      ),
      step(
        'a name that is taken',
        all(
          make(persistentVolumeClaims, 'other-scratch', claim(undefined, { storageClassName: 'ephemeral' })),
          make(pods, 'other', {
            spec: {
              containers: [container()],
              volumes: [
                {
                  name: 'scratch',
                  ephemeral: {
                    volumeClaimTemplate: {
                      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'ephemeral', resources: { requests: { storage: '1Gi' } } },
                    },
                  },
                },
              ],
            },
          }),
        ),
      ),
      step('the pod goes', remove(pods, 'user')),
    ],
  },
  {
    name: 'card-tainted',
    steps: [
      step('in use', all(slice([]), card, make(pods, 'user', { spec: withCard }), allocated('user'))),
      step('no schedule', slice([{ key: 'broken', effect: 'NoSchedule' }])),
      step('no execute', slice([{ key: 'broken', value: 'yes', effect: 'NoExecute' }])),
    ],
  },
  {
    name: 'card-tolerated',
    quietMs: 8_000,
    steps: [
      step(
        'in use',
        all(
          slice([]),
          card,
          make(pods, 'user', { spec: withCard }),
          allocated('user', { tolerations: [{ key: 'broken', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 3600 }] }),
        ),
      ),
      step('no execute', slice([{ key: 'broken', value: 'yes', effect: 'NoExecute' }])),
      step('well again', slice([])),
    ],
  },
  {
    name: 'card-returned',
    steps: [
      step('in use', all(card, make(pods, 'user', { spec: { ...withCard, restartPolicy: 'Never' } }), allocated('user'))),
      step('the pod ends', all(change(pods, 'user', { status: { phase: 'Succeeded' } }, 'status'))),
      step('deleted while free', remove(resourceClaims, 'card')),
    ],
  },
]

/** What the kubelet says of its volumes. */
function nodeSays({ client, namespace }: Place, end: string, status: object): Promise<unknown> {
  return client.patch(nodes, { name: `${namespace}-${end}` }, { status }, { type: 'merge', subresource: 'status' })
}
