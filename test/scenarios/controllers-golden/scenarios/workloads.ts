/** Deployments, ReplicaSets, ReplicationControllers, StatefulSets, DaemonSets. */
import { daemonSets, deployments, replicaSets, replicationControllers, resourceQuotas, statefulSets } from '#api/gen/resources.ts'
import type { Scenario } from '../types.ts'
import { all, change, make, remove, removeOnePod, selector, step, template } from './steps.ts'

const newTemplate = { spec: { template: { spec: { containers: [{ name: 'app', image: 'app:2' }] } } } }
const oldTemplate = { spec: { template: { spec: { containers: [{ name: 'app', image: 'app:1' }] } } } }
const oneAtATime = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }

const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1Gi' } } } }

/** Not those that other scenarios make and take away. */
const nodeSelector = { shared: 'yes' }

export const workloadScenarios: readonly Scenario[] = [
  {
    name: 'deployment-rollout',
    steps: [
      step('made', make(deployments, 'web', { spec: { replicas: 2, selector, template: template(), ...oneAtATime } })),
      step('updated', change(deployments, 'web', newTemplate)),
      step('undone', change(deployments, 'web', oldTemplate)),
      step('scaled', change(deployments, 'web', { spec: { replicas: 4 } })),
      step('a pod lost', removeOnePod('app=web')),
      step('annotated', change(deployments, 'web', { metadata: { annotations: { 'example.com/note': 'kept', 'kubernetes.io/change-cause': 'a note' } } })),
      step('deleted in the foreground', remove(deployments, 'web', { propagationPolicy: 'Foreground' })),
    ],
  },
  {
    name: 'deployment-paused',
    steps: [
      step('made paused', make(deployments, 'web', { spec: { paused: true, replicas: 2, selector, template: template() } })),
      step('resumed', change(deployments, 'web', { spec: { paused: false } })),
      step('paused', change(deployments, 'web', { spec: { paused: true } })),
      step('changed while paused', change(deployments, 'web', newTemplate)),
      step('scaled while paused', change(deployments, 'web', { spec: { replicas: 3 } })),
    ],
  },
  {
    name: 'deployment-stuck',
    steps: [
      step(
        'made',
        make(deployments, 'web', { spec: { replicas: 2, progressDeadlineSeconds: 6, minReadySeconds: 1, selector, template: template(), ...oneAtATime } }),
      ),
      step('never ready', change(deployments, 'web', { spec: { template: template({ does: 'wait' }, { image: 'app:2' }) } })),
    ],
  },
  {
    name: 'deployment-recreate',
    steps: [
      step(
        'made',
        make(deployments, 'web', { spec: { replicas: 2, strategy: { type: 'Recreate' }, revisionHistoryLimit: 1, selector, template: template() } }),
      ),
      step('updated', change(deployments, 'web', newTemplate)),
      step('updated again', change(deployments, 'web', { spec: { template: template({}, { image: 'app:3' }) } })),
    ],
  },
  {
    name: 'deployment-quota',
    steps: [
      step('two pods allowed', make(resourceQuotas, 'few', { spec: { hard: { pods: '2' } } })),
      step('three wanted', make(deployments, 'web', { spec: { replicas: 3, selector, template: template() } })),
    ],
    racingEvents: ['SuccessfulCreate', 'FailedCreate'],
  },
  {
    name: 'replica-set',
    steps: [
      step('made', make(replicaSets, 'web', { spec: { replicas: 2, selector, template: template() } })),
      step('scaled down', change(replicaSets, 'web', { spec: { replicas: 1 } })),
      step('scaled to none', change(replicaSets, 'web', { spec: { replicas: 0 } })),
      step('unready', all(change(replicaSets, 'web', { spec: { replicas: 1, template: template({ does: 'unready' }) } }))),
    ],
  },
  {
    name: 'replication-controller',
    steps: [
      step('made', make(replicationControllers, 'web', { spec: { replicas: 2, selector: { app: 'web' }, template: template() } })),
      step('scaled down', change(replicationControllers, 'web', { spec: { replicas: 0 } })),
    ],
  },
  {
    name: 'stateful-set',
    steps: [
      step('made', make(statefulSets, 'db', { spec: { replicas: 2, serviceName: 'db', selector, template: template(), volumeClaimTemplates: [claim] } })),
      step('updated', change(statefulSets, 'db', newTemplate)),
      step('undone', change(statefulSets, 'db', oldTemplate)),
      step('partitioned', change(statefulSets, 'db', { spec: { updateStrategy: { rollingUpdate: { partition: 1 } }, ...newTemplate.spec } })),
      step('scaled down', change(statefulSets, 'db', { spec: { replicas: 1 } })),
      step('deleted', remove(statefulSets, 'db', { propagationPolicy: 'Foreground' })),
    ],
  },
  {
    name: 'stateful-set-parallel',
    steps: [
      step(
        'made',
        make(statefulSets, 'db', {
          spec: {
            replicas: 3,
            serviceName: 'db',
            podManagementPolicy: 'Parallel',
            ordinals: { start: 2 },
            updateStrategy: { type: 'OnDelete' },
            persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Delete' },
            selector,
            template: template(),
            volumeClaimTemplates: [claim],
          },
        }),
      ),
      step('updated', change(statefulSets, 'db', newTemplate)),
      step('scaled down', change(statefulSets, 'db', { spec: { replicas: 1 } })),
    ],
  },
  {
    name: 'daemon-set',
    steps: [
      step('made', make(daemonSets, 'agent', { spec: { selector, template: template({}, { nodeSelector }) } })),
      step('updated', change(daemonSets, 'agent', newTemplate)),
      step(
        'on one node',
        change(daemonSets, 'agent', { spec: { template: { spec: { nodeSelector: { 'kubernetes.io/hostname': 'node-a', shared: 'yes' } } } } }),
      ),
      step('deleted', remove(daemonSets, 'agent', { propagationPolicy: 'Foreground' })),
    ],
  },
  {
    name: 'daemon-set-surge',
    steps: [
      step(
        'made',
        make(daemonSets, 'agent', {
          spec: {
            selector,
            template: template({}, { nodeSelector }),
            minReadySeconds: 1,
            updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          },
        }),
      ),
      step('updated', change(daemonSets, 'agent', newTemplate)),
    ],
  },
]
