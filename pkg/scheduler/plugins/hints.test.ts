import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventInterest } from '../framework/events.ts'
import { node, placed, pod } from '../testing.ts'
import { interPodAffinity } from './inter-pod-affinity/index.ts'
import { nodeVolumeLimits } from './node-volume-limits/index.ts'
import { podTopologySpread } from './pod-topology-spread/index.ts'
import { volumeBinding } from './volume-binding/index.ts'
import { volumeRestrictions } from './volume-restrictions/index.ts'
import { volumeZone } from './volume-zone/index.ts'

const term = (app: string, topologyKey = 'zone') => ({ topologyKey, labelSelector: { matchLabels: { app } } })
const required = (...terms: object[]) => ({ requiredDuringSchedulingIgnoredDuringExecution: terms })
const friend = pod('p', { affinity: { podAffinity: required(term('a')) } })
const choosy = pod('p', { affinity: { podAffinity: required(term('a'), { ...term('x'), labelSelector: { matchLabels: { tier: 'x' } } }) } })
const loner = pod('p', { affinity: { podAntiAffinity: required(term('a', 'rack')) } })
const labelled = (labels: Record<string, string>, more: object = {}) => placed('other', 'n1', { labels, ...more })
const spreadBy = (more: object = {}) => ({
  topologyKey: 'zone',
  maxSkew: 1,
  whenUnsatisfiable: 'DoNotSchedule',
  labelSelector: { matchLabels: { app: 'a' } },
  ...more,
})
const spread = pod('p', { topologySpreadConstraints: [spreadBy()] })
const minding = pod('p', { topologySpreadConstraints: [spreadBy({ nodeTaintsPolicy: 'Honor' })] })
const zone = (value?: string, taints?: object[]) => node('n', value === undefined ? {} : { zone: value }, { spec: taints ? { taints } : {} })
const withClaim = (name: string, more: object = {}) => pod('p', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: name } }], ...more })
const ephemeral = pod('p', { volumes: [{ name: 'v', ephemeral: {} }] })
const disk = (readOnly = false) => ({ volumes: [{ name: 'd', gcePersistentDisk: { pdName: 'd', readOnly } }] })
const claim = (name: string, namespace = 'n') => ({ metadata: { namespace, name } })
const volume = (labels: Record<string, string> = {}) => ({ metadata: { name: 'v', labels } })
const capacity = (size?: string, maximum?: string) => ({ ...(size ? { capacity: size } : {}), ...(maximum ? { maximumVolumeSize: maximum } : {}) })
const driver = (storageCapacity: boolean) => ({ metadata: { name: 'd' }, spec: { storageCapacity } })
const migrated = (plugins?: string) => ({ metadata: { name: 'n', annotations: plugins ? { 'storage.alpha.kubernetes.io/migrated-plugins': plugins } : {} } })
const topologies = (zones: string[]) => ({ allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: zones }] }] })

const plugins = [interPodAffinity(), podTopologySpread(), volumeBinding(), volumeRestrictions, volumeZone, nodeVolumeLimits]

/** Plugin, event, whether it wakes, the waiting pod, the object after and before. */
const cases: readonly [string, EventInterest['event'], boolean, object, object, object?][] = [
  ['InterPodAffinity', 'AssignedPod/Add', true, friend, labelled({ app: 'a' })],
  ['InterPodAffinity', 'AssignedPod/Add', false, friend, labelled({ app: 'b' })],
  ['InterPodAffinity', 'AssignedPod/Add', false, choosy, labelled({ app: 'a' })],
  ['InterPodAffinity', 'AssignedPod/Add', true, choosy, labelled({ app: 'a', tier: 'x' })],
  ['InterPodAffinity', 'AssignedPod/Add', false, loner, labelled({ app: 'b' })],
  ['InterPodAffinity', 'AssignedPod/UpdateLabel', true, friend, labelled({ app: 'a' }), labelled({})],
  ['InterPodAffinity', 'AssignedPod/UpdateLabel', false, friend, labelled({ app: 'a', more: '1' }), labelled({ app: 'a' })],
  ['InterPodAffinity', 'AssignedPod/UpdateLabel', true, loner, labelled({}), labelled({ app: 'a' })],
  ['InterPodAffinity', 'AssignedPod/UpdateLabel', false, loner, labelled({ app: 'a' }), labelled({})],
  ['InterPodAffinity', 'AssignedPod/Delete', true, loner, labelled({ app: 'a' })],
  ['InterPodAffinity', 'AssignedPod/Delete', false, loner, labelled({ app: 'b' })],
  ['InterPodAffinity', 'AssignedPod/Delete', true, pod('p', { labels: { app: 'a' } }), labelled({}, { affinity: { podAntiAffinity: required(term('a')) } })],
  ['InterPodAffinity', 'Node/Add', true, friend, zone('1')],
  ['InterPodAffinity', 'Node/Add', false, friend, zone()],
  ['InterPodAffinity', 'Node/UpdateLabel', false, loner, zone('2'), zone('1')],
  ['InterPodAffinity', 'Node/Add', true, pod('p'), zone()],
  ['PodTopologySpread', 'AssignedPod/Add', true, spread, labelled({ app: 'a' })],
  ['PodTopologySpread', 'AssignedPod/Add', false, spread, labelled({ app: 'b' })],
  ['PodTopologySpread', 'AssignedPod/Add', true, pod('p'), labelled({ app: 'b' })],
  ['PodTopologySpread', 'AssignedPod/Delete', false, spread, placed('other', 'n1', { namespace: 'elsewhere', labels: { app: 'a' } })],
  ['PodTopologySpread', 'AssignedPod/UpdateLabel', true, spread, labelled({ app: 'b' }), labelled({ app: 'a' })],
  ['PodTopologySpread', 'AssignedPod/UpdateLabel', false, spread, labelled({ app: 'c' }), labelled({ app: 'b' })],
  ['PodTopologySpread', 'UnschedulablePod/UpdateToleration', true, minding, minding, minding],
  ['PodTopologySpread', 'UnschedulablePod/UpdateToleration', false, spread, spread, spread],
  ['PodTopologySpread', 'Node/Add', true, spread, zone('1')],
  ['PodTopologySpread', 'Node/Add', false, spread, zone()],
  ['PodTopologySpread', 'Node/Delete', false, spread, zone()],
  ['PodTopologySpread', 'Node/UpdateLabel', true, spread, zone('1'), zone()],
  ['PodTopologySpread', 'Node/UpdateLabel', true, spread, zone('1'), zone('2')],
  ['PodTopologySpread', 'Node/UpdateLabel', false, spread, zone('1'), zone('1')],
  ['PodTopologySpread', 'Node/UpdateTaint', true, spread, zone('1'), zone('1', [{ key: 'k', effect: 'NoSchedule' }])],
  ['PodTopologySpread', 'Node/UpdateTaint', false, spread, zone(), zone(undefined, [{ key: 'k', effect: 'NoSchedule' }])],
  ['VolumeBinding', 'PersistentVolumeClaim/Change', true, withClaim('c'), claim('c')],
  ['VolumeBinding', 'PersistentVolumeClaim/Change', true, ephemeral, claim('p-v')],
  ['VolumeBinding', 'PersistentVolumeClaim/Change', false, withClaim('c'), claim('c', 'elsewhere')],
  ['VolumeBinding', 'StorageClass/Change', true, withClaim('c'), topologies(['a'])],
  ['VolumeBinding', 'StorageClass/Change', false, withClaim('c'), topologies(['a']), topologies(['a'])],
  ['VolumeBinding', 'StorageClass/Change', true, withClaim('c'), topologies(['a', 'b']), topologies(['a'])],
  ['VolumeBinding', 'CSINode/Change', true, withClaim('c'), migrated()],
  ['VolumeBinding', 'CSINode/Change', false, withClaim('c'), migrated('a'), migrated('a')],
  ['VolumeBinding', 'CSINode/Change', true, withClaim('c'), migrated('a'), migrated()],
  ['VolumeBinding', 'CSIDriver/Change', true, pod('p', { volumes: [{ name: 'v', csi: { driver: 'd' } }] }), driver(false), driver(true)],
  ['VolumeBinding', 'CSIDriver/Change', false, pod('p', { volumes: [{ name: 'v', csi: { driver: 'd' } }] }), driver(true), driver(false)],
  ['VolumeBinding', 'CSIDriver/Change', false, withClaim('c'), driver(false), driver(true)],
  ['VolumeBinding', 'CSIStorageCapacity/Change', true, withClaim('c'), capacity('1Gi')],
  ['VolumeBinding', 'CSIStorageCapacity/Change', true, withClaim('c'), capacity('2Gi'), capacity('1Gi')],
  ['VolumeBinding', 'CSIStorageCapacity/Change', false, withClaim('c'), capacity('1024Mi'), capacity('1Gi')],
  ['VolumeBinding', 'CSIStorageCapacity/Change', false, withClaim('c'), capacity('9Gi', '1Gi'), capacity('2Gi', '1Gi')],
  ['VolumeBinding', 'CSIStorageCapacity/Change', false, withClaim('c'), capacity(), capacity('1Gi')],
  ['VolumeRestrictions', 'AssignedPod/Delete', true, pod('p', disk()), placed('q', 'n1', disk())],
  ['VolumeRestrictions', 'AssignedPod/Delete', false, pod('p', disk(true)), placed('q', 'n1', disk(true))],
  [
    'VolumeRestrictions',
    'AssignedPod/Delete',
    true,
    withClaim('c'),
    placed('q', 'n1', { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] }),
  ],
  ['VolumeRestrictions', 'AssignedPod/Delete', false, withClaim('c'), placed('q', 'n1')],
  ['VolumeRestrictions', 'PersistentVolumeClaim/Change', true, withClaim('c'), claim('c')],
  ['VolumeRestrictions', 'PersistentVolumeClaim/Change', false, withClaim('c'), claim('c'), claim('c')],
  ['VolumeZone', 'PersistentVolumeClaim/Change', false, withClaim('c'), claim('d')],
  ['VolumeZone', 'PersistentVolume/Change', true, withClaim('c'), volume()],
  ['VolumeZone', 'PersistentVolume/Change', false, withClaim('c'), volume({ a: 'b' }), volume()],
  ['VolumeZone', 'PersistentVolume/Change', true, withClaim('c'), volume({ 'topology.kubernetes.io/zone': 'a' }), volume()],
  ['VolumeZone', 'StorageClass/Change', true, withClaim('c'), { volumeBindingMode: 'WaitForFirstConsumer' }],
  ['VolumeZone', 'StorageClass/Change', false, withClaim('c'), { volumeBindingMode: 'Immediate' }],
  ['VolumeZone', 'StorageClass/Change', false, withClaim('c'), { volumeBindingMode: 'WaitForFirstConsumer' }, { volumeBindingMode: 'WaitForFirstConsumer' }],
  ['NodeVolumeLimits', 'AssignedPod/Delete', true, withClaim('c'), placed('q', 'n1', { volumes: [{ name: 'v', ephemeral: {} }] })],
  ['NodeVolumeLimits', 'AssignedPod/Delete', false, withClaim('c'), placed('q', 'n1', { volumes: [{ name: 'v', emptyDir: {} }] })],
  ['NodeVolumeLimits', 'PersistentVolumeClaim/Change', true, ephemeral, claim('p-v')],
  ['NodeVolumeLimits', 'PersistentVolumeClaim/Change', false, withClaim('c'), claim('c'), claim('c')],
]

for (const [index, [plugin, event, wakes, waiting, after, before]] of cases.entries()) {
  test(`${plugin} ${wakes ? 'minds' : 'does not mind'} ${event} (case ${index})`, () => {
    const { interests } = plugins.find(({ name }) => name === plugin)!
    const interest = interests!.find((each) => each.event === event)!
    assert.equal(Boolean(interest.hint!(waiting as any, after, before)), wakes)
  })
}
