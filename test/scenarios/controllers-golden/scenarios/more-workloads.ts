/** Workloads in the middle of something: who adopts, what is in the way, what is shared out, what is taken back. */
import { controllerRevisions, daemonSets, deployments, pods, replicaSets, statefulSets } from '#api/gen/resources.ts'
import type { Scenario, Step } from '../types.ts'
import { all, change, container, ended, make, podSays, remove, selector, step, template } from './steps.ts'

const image = (tag: string) => ({ spec: { template: { spec: { containers: [container(`app:${tag}`)] } } } })
const waiting = (tag: string) => ({ spec: { template: template({ does: 'wait' }, { containers: [container(`app:${tag}`)] }) } })
const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1Gi' } } } }
const nodeSelector = { shared: 'yes' }

/** Back to the template of a revision, as `kubectl rollout undo` writes it. */
const undone =
  (revision: number): Step['act'] =>
  async (place) => {
    const { items } = await place.client.list(controllerRevisions, { namespace: place.namespace })
    const data = items.find((each) => each.revision === revision)!.data as { spec: { template: object } }
    await place.client.patch(statefulSets, { namespace: place.namespace, name: 'db' }, data, { type: 'strategic' })
  }

export const moreWorkloadScenarios: readonly Scenario[] = [
  {
    name: 'deployment-shared-out',
    steps: [
      step(
        'made',
        make(deployments, 'web', {
          spec: {
            replicas: 4,
            selector,
            template: template(),
            strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '50%', maxUnavailable: '25%' } },
          },
        }),
      ),
      step('stuck half way', change(deployments, 'web', waiting('2'))),
      step('larger', change(deployments, 'web', { spec: { replicas: 10 } })),
      step('smaller', change(deployments, 'web', { spec: { replicas: 5 } })),
      step(
        'and back',
        change(deployments, 'web', { spec: { template: { metadata: { labels: { does: null } }, spec: { containers: [container('app:1')] } } } }),
      ),
    ],
    racingEvents: ['SuccessfulCreate', 'SuccessfulDelete', 'ScalingReplicaSet'],
  },
  {
    name: 'deployment-none-kept',
    steps: [
      step('made', make(deployments, 'web', { spec: { replicas: 1, revisionHistoryLimit: 0, selector, template: template() } })),
      step('updated', change(deployments, 'web', image('2'))),
      step('none wanted', change(deployments, 'web', { spec: { replicas: 0 } })),
      step('orphaned', remove(deployments, 'web', { propagationPolicy: 'Orphan' })),
      step('adopted', make(deployments, 'web', { spec: { replicas: 1, selector, template: template({}, { containers: [container('app:2')] }) } })),
    ],
    racingEvents: ['ScalingReplicaSet'],
  },
  {
    name: 'deployment-lingers',
    steps: [
      step('made', make(deployments, 'web', { spec: { replicas: 2, selector, template: template({ lingers: 'yes' }) } })),
      step('fewer', change(deployments, 'web', { spec: { replicas: 1 } })),
    ],
  },
  {
    name: 'replica-set-adopts',
    steps: [
      step(
        'pods of nobody',
        all(
          make(pods, 'one', { spec: template().spec }, { labels: { app: 'web' } }),
          make(pods, 'other', { spec: template().spec }, { labels: { app: 'web', tier: 'back' } }),
          make(pods, 'done', { spec: { ...template().spec, restartPolicy: 'Never' } }, { labels: { app: 'web', does: 'exit-0' } }),
        ),
      ),
      step('made', make(replicaSets, 'web', { spec: { replicas: 2, selector, template: template() } })),
      step(
        'one is cheap, and goes',
        all(
          change(pods, 'other', { metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5' } } }),
          change(replicaSets, 'web', { spec: { replicas: 1 } }),
        ),
      ),
      step('one is let go', change(pods, 'one', { metadata: { labels: { app: 'free' } } })),
      step('one fails', podSays('app=web', ended(1))),
      step('nobody may be made', change(replicaSets, 'web', { spec: { replicas: 3, template: { spec: { serviceAccountName: 'nobody' } } } })),
    ],
    racingEvents: ['FailedCreate'],
  },
  {
    name: 'stateful-set-more-down',
    steps: [
      step(
        'made',
        make(statefulSets, 'db', {
          spec: {
            replicas: 4,
            serviceName: 'db',
            podManagementPolicy: 'Parallel',
            minReadySeconds: 1,
            revisionHistoryLimit: 1,
            updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } },
            selector,
            template: template(),
          },
        }),
      ),
      step('updated', change(statefulSets, 'db', image('2'))),
      step('never ready', change(statefulSets, 'db', waiting('3'))),
      step('undone', undone(2)),
    ],
  },
  {
    name: 'stateful-set-ordinals',
    steps: [
      step(
        'made',
        make(statefulSets, 'db', {
          spec: {
            replicas: 2,
            serviceName: 'db',
            selector,
            template: template(),
            volumeClaimTemplates: [claim],
            persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Retain' },
          },
        }),
      ),
      step('they begin later', change(statefulSets, 'db', { spec: { ordinals: { start: 1 } } })),
      step('claims go too', change(statefulSets, 'db', { spec: { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Retain', whenDeleted: 'Delete' } } })),
      step('one fails', podSays('app=web', ended(1))),
      step('deleted', remove(statefulSets, 'db', { propagationPolicy: 'Background' })),
    ],
  },
  {
    name: 'stateful-set-adopts',
    steps: [
      step(
        'pods of nobody',
        all(
          make(pods, 'db-0', { spec: template().spec }, { labels: { app: 'web' } }),
          make(pods, 'other-0', { spec: template().spec }, { labels: { app: 'web' } }),
        ),
      ),
      step('made', make(statefulSets, 'db', { spec: { replicas: 2, serviceName: 'db', selector, template: template() } })),
      step('one is let go', change(pods, 'db-1', { metadata: { labels: { app: 'free' } } })),
    ],
    racingEvents: ['FailedCreate'],
  },
  {
    name: 'daemon-set-fails',
    steps: [
      step('made', make(daemonSets, 'agent', { spec: { selector, template: template({}, { nodeSelector }) } })),
      step('one fails', podSays('app=web', ended(1))),
      step('orphaned', remove(daemonSets, 'agent', { propagationPolicy: 'Orphan' })),
      step(
        'adopted',
        make(daemonSets, 'agent', {
          spec: { updateStrategy: { type: 'OnDelete' }, selector, template: template({}, { nodeSelector, containers: [container('app:2')] }) },
        }),
      ),
    ],
  },
  {
    name: 'daemon-set-nowhere',
    steps: [
      step('made', make(daemonSets, 'agent', { spec: { selector, template: template({}, { nodeSelector: { shared: 'no' } }) } })),
      step(
        'stuck',
        change(daemonSets, 'agent', {
          spec: { updateStrategy: { rollingUpdate: { maxUnavailable: '50%' } }, template: template({ does: 'wait' }, { nodeSelector }) },
        }),
      ),
      step('updated, and stuck', change(daemonSets, 'agent', image('2'))),
    ],
  },
]
