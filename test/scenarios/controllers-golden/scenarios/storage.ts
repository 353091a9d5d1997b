/** Claims and volumes. */
import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '#api/gen/resources.ts'
import type { Scenario } from '../types.ts'
import { all, change, container, make, remove, step } from './steps.ts'

const claim = (storageClassName: string, more: object = {}) => ({
  spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Gi' } }, ...more },
})
const volume = (storageClassName: string, more: object = {}) => ({
  spec: { capacity: { storage: '2Gi' }, accessModes: ['ReadWriteOnce'], storageClassName, hostPath: { path: '/data' }, ...more },
})
const onNodeA = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['node-a'] }] }] } }
const mounting = (claimName: string) => ({
  spec: { terminationGracePeriodSeconds: 5, containers: [container()], volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] },
})

export const storageScenarios: readonly Scenario[] = [
  {
    name: 'claim-static',
    steps: [
      step('a claim alone', make(persistentVolumeClaims, 'data', claim('by-hand'))),
      step('its volume', make(persistentVolumes, 'claim-static-one', volume('by-hand'))),
      step('released', remove(persistentVolumeClaims, 'data')),
    ],
  },
  {
    name: 'claim-wait',
    steps: [
      step('a class', make(storageClasses, 'claim-wait', { provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer' })),
      step('a claim', make(persistentVolumeClaims, 'data', claim('claim-wait'))),
    ],
  },
  {
    name: 'claim-provisioned',
    steps: [
      step('a class', make(storageClasses, 'claim-provisioned', { provisioner: 'example.com/elsewhere' })),
      step('a claim', make(persistentVolumeClaims, 'data', claim('claim-provisioned'))),
    ],
  },
  {
    name: 'claim-lost',
    // The claim may be seen before its volume is.
    racingEvents: ['ProvisioningFailed'],
    steps: [
      step('bound', all(make(persistentVolumes, 'claim-lost-one', volume('claim-lost')), make(persistentVolumeClaims, 'data', claim('claim-lost')))),
      step(
        'its volume gone',
        all(
          change(persistentVolumes, 'claim-lost-one', { metadata: { finalizers: null } }),
          remove(persistentVolumes, 'claim-lost-one'),
          change(persistentVolumes, 'claim-lost-one', { metadata: { finalizers: null } }),
        ),
      ),
    ],
  },
  {
    name: 'claim-mismatch',
    steps: [
      step('a volume too small', make(persistentVolumes, 'claim-mismatch-one', volume('claim-mismatch', { capacity: { storage: '1Mi' } }))),
      step('a claim for it', make(persistentVolumeClaims, 'data', claim('claim-mismatch', { volumeName: 'claim-mismatch-one' }))),
      step('a claim by labels', make(persistentVolumeClaims, 'labelled', claim('claim-mismatch', { selector: { matchLabels: { a: 'b' } } }))),
    ],
  },
  {
    name: 'claim-protected',
    steps: [
      step(
        'in use',
        all(
          make(persistentVolumes, 'claim-protected-one', volume('claim-protected')),
          make(persistentVolumeClaims, 'data', claim('claim-protected')),
          make(pods, 'user', mounting('data')),
        ),
      ),
      step('deleted while in use', remove(persistentVolumeClaims, 'data')),
      step('let go', remove(pods, 'user')),
    ],
  },
  {
    name: 'volume-reclaimed',
    // As often as upstream's looks at what it did not see in time.
    quietMs: 20_000,
    racingEvents: ['ProvisioningFailed'],
    steps: [
      step(
        'bound',
        all(
          ...(
            [
              ['host', { hostPath: { path: '/data' }, persistentVolumeReclaimPolicy: 'Delete' }],
              ['csi', { hostPath: undefined, csi: { driver: 'csi.example.com', volumeHandle: 'x' }, persistentVolumeReclaimPolicy: 'Delete' }],
              ['nfs', { hostPath: undefined, nfs: { server: '192.0.2.1', path: '/' }, persistentVolumeReclaimPolicy: 'Delete' }],
              ['local', { hostPath: undefined, local: { path: '/data' }, persistentVolumeReclaimPolicy: 'Delete', nodeAffinity: onNodeA }],
              ['cycled', { hostPath: undefined, csi: { driver: 'csi.example.com', volumeHandle: 'y' }, persistentVolumeReclaimPolicy: 'Recycle' }],
              ['kept', { persistentVolumeReclaimPolicy: 'Retain' }],
            ] as const
          ).flatMap(([name, more]) => [
            make(persistentVolumes, `volume-reclaimed-${name}`, volume('volume-reclaimed', more)),
            make(persistentVolumeClaims, name, claim('volume-reclaimed', { volumeName: `volume-reclaimed-${name}` })),
          ]),
        ),
      ),
      step('released', all(...['host', 'csi', 'nfs', 'local', 'cycled', 'kept'].map((name) => remove(persistentVolumeClaims, name)))),
      step('free again', change(persistentVolumes, 'volume-reclaimed-kept', { spec: { claimRef: null } })),
      step('kept by policy', change(persistentVolumes, 'volume-reclaimed-host', { spec: { persistentVolumeReclaimPolicy: 'Retain' } })),
      step('deleted', remove(persistentVolumes, 'volume-reclaimed-nfs')),
    ],
  },
  {
    name: 'claim-matched',
    racingEvents: ['ProvisioningFailed'],
    steps: [
      step(
        'volumes of many kinds',
        all(
          make(persistentVolumes, 'claim-matched-small', volume('claim-matched', { capacity: { storage: '1Gi' } }), { labels: { tier: 'a' } }),
          make(persistentVolumes, 'claim-matched-large', volume('claim-matched', { capacity: { storage: '8Gi' } }), { labels: { tier: 'a' } }),
          make(persistentVolumes, 'claim-matched-many', volume('claim-matched', { accessModes: ['ReadWriteMany', 'ReadOnlyMany'] }), { labels: { tier: 'b' } }),
          make(persistentVolumes, 'claim-matched-block', volume('claim-matched', { volumeMode: 'Block' })),
          make(persistentVolumes, 'claim-matched-none', volume('')),
        ),
      ),
      step('the smallest that is large enough', make(persistentVolumeClaims, 'two', claim('claim-matched', { resources: { requests: { storage: '3Gi' } } }))),
      step(
        'by label',
        make(persistentVolumeClaims, 'labelled', claim('claim-matched', { selector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['a'] }] } })),
      ),
      step('by access mode', make(persistentVolumeClaims, 'many', claim('claim-matched', { accessModes: ['ReadOnlyMany'] }))),
      step('by volume mode', make(persistentVolumeClaims, 'block', claim('claim-matched', { volumeMode: 'Block' }))),
      step('without a class', make(persistentVolumeClaims, 'none', claim(''))),
      step('of another’s volume', make(persistentVolumeClaims, 'greedy', claim('claim-matched', { volumeName: 'claim-matched-large' }))),
      step(
        'reserved',
        all(
          make(persistentVolumes, 'claim-matched-reserved', volume('claim-matched', { claimRef: { namespace: 'claim-matched', name: 'late' } })),
          make(persistentVolumeClaims, 'early', claim('claim-matched')),
        ),
      ),
      step('whom it is for', make(persistentVolumeClaims, 'late', claim('claim-matched'))),
      step('another mode', make(persistentVolumeClaims, 'modes', claim('', { volumeMode: 'Block', volumeName: 'claim-matched-modes' }))),
      step('its volume', make(persistentVolumes, 'claim-matched-modes', volume(''))),
    ],
  },
  {
    name: 'claim-grows',
    racingEvents: ['ProvisioningFailed'],
    steps: [
      step(
        'bound',
        all(
          make(storageClasses, 'claim-grows', { provisioner: 'kubernetes.io/no-provisioner', allowVolumeExpansion: true }),
          make(persistentVolumes, 'claim-grows-host', volume('claim-grows')),
          make(persistentVolumes, 'claim-grows-csi', volume('claim-grows', { hostPath: undefined, csi: { driver: 'csi.example.com', volumeHandle: 'x' } })),
          make(persistentVolumes, 'claim-grows-disk', volume('claim-grows', { hostPath: undefined, gcePersistentDisk: { pdName: 'disk' } })),
          make(persistentVolumeClaims, 'host', claim('claim-grows', { volumeName: 'claim-grows-host' })),
          make(persistentVolumeClaims, 'csi', claim('claim-grows', { volumeName: 'claim-grows-csi' })),
          make(persistentVolumeClaims, 'disk', claim('claim-grows', { volumeName: 'claim-grows-disk' })),
        ),
      ),
      step(
        'more is asked',
        all(...['host', 'csi', 'disk'].map((name) => change(persistentVolumeClaims, name, { spec: { resources: { requests: { storage: '5Gi' } } } }))),
      ),
      step('the volume has grown', change(persistentVolumes, 'claim-grows-csi', { spec: { capacity: { storage: '5Gi' } } })),
      step('the other too', change(persistentVolumes, 'claim-grows-host', { spec: { capacity: { storage: '5Gi' } } })),
    ],
  },
  {
    name: 'claim-classes',
    steps: [
      step('of a class that is not there', make(persistentVolumeClaims, 'lost', claim('claim-classes-none'))),
      step('it comes', make(storageClasses, 'claim-classes-none', { provisioner: 'kubernetes.io/aws-ebs' })),
      step(
        'for a node',
        all(
          make(storageClasses, 'claim-classes-wait', { provisioner: 'example.com/elsewhere', volumeBindingMode: 'WaitForFirstConsumer' }),
          make(persistentVolumeClaims, 'data', claim('claim-classes-wait'), { annotations: { 'volume.kubernetes.io/selected-node': 'node-a' } }),
        ),
      ),
      step(
        'used, and not placed',
        all(
          make(persistentVolumeClaims, 'wait', claim('claim-classes-wait')),
          make(pods, 'user', { spec: { schedulingGates: [{ name: 'example.com/wait' }], ...mounting('wait').spec } }),
        ),
      ),
      step('deleted', all(remove(persistentVolumeClaims, 'data'), remove(persistentVolumeClaims, 'wait'))),
    ],
    racingEvents: ['WaitForFirstConsumer'],
  },
]
