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
]
