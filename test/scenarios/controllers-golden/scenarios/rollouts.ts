/** Rollouts in the middle of others, names that are taken, pods that lack what their set has, and how many are waited for. */
import { daemonSets, deployments, pods, replicaSets, replicationControllers, statefulSets } from '#api/gen/resources.ts'
import type { Scenario, Step } from '../types.ts'
import { all, change, container, ended, make, podSays, remove, selector, step, template } from './steps.ts'

const to = (tag: string, labels: object = {}) => ({ spec: { template: template(labels, { containers: [container(`app:${tag}`)] }) } })
const waiting = (tag: string) => to(tag, { does: 'wait' })
const running = (tag: string) => to(tag, { does: 'run' })
const nodeSelector = { shared: 'yes' }
const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1Gi' } } } }
const racingEvents = ['SuccessfulCreate', 'SuccessfulDelete', 'ScalingReplicaSet']

/** Of the one set there is. */
const changeSet =
  (patch: object): Step['act'] =>
  async (place) => {
    const { items } = await place.client.list(replicaSets, { namespace: place.namespace })
    await change(replicaSets, items[0]!.metadata.name, patch)(place)
  }

export const rolloutScenarios: readonly Scenario[] = [
  {
    name: 'deployment-rollover',
    racingEvents,
    steps: [
      step('made', make(deployments, 'web', { spec: { replicas: 4, selector, template: template() } })),
      step('stuck', change(deployments, 'web', waiting('2'))),
      step('another in the middle of it', change(deployments, 'web', waiting('3'))),
      step('a third', change(deployments, 'web', running('4'))),
      step('back to the second', change(deployments, 'web', waiting('2'))),
      step('all at once', change(deployments, 'web', { spec: { ...running('5').spec, strategy: { type: 'Recreate', rollingUpdate: null } } })),
    ],
  },
  {
    name: 'deployment-collision',
    racingEvents: ['SuccessfulCreate', 'SuccessfulDelete'],
    steps: [
      step('made', make(deployments, 'web', { spec: { replicas: 1, selector, template: template() } })),
      step('orphaned', remove(deployments, 'web', { propagationPolicy: 'Orphan' })),
      step('its set is another’s', changeSet({ spec: { template: { spec: { containers: [container('app:9')] } } } })),
      step('made again', make(deployments, 'web', { spec: { replicas: 1, selector, template: template() } })),
    ],
  },
  {
    name: 'deployment-fractions',
    racingEvents,
    steps: [
      step(
        'made',
        make(deployments, 'web', {
          spec: {
            replicas: 3,
            minReadySeconds: 1,
            progressDeadlineSeconds: 2147483647,
            revisionHistoryLimit: 2,
            selector,
            template: template(),
            strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '1%', maxUnavailable: '1%' } },
          },
        }),
      ),
      step('updated', change(deployments, 'web', to('2'))),
      step('again', change(deployments, 'web', to('3'))),
      step('again and again', change(deployments, 'web', to('4'))),
      step(
        'with all to spare',
        change(deployments, 'web', { spec: { ...to('5').spec, strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '100%' } } } }),
      ),
    ],
  },
  {
    name: 'stateful-set-claims',
    steps: [
      step('a pod of nobody without a volume', make(pods, 'db-0', { spec: template().spec }, { labels: { app: 'web' } })),
      step(
        'a set with claims',
        make(statefulSets, 'db', { spec: { replicas: 2, serviceName: 'db', selector, template: template(), volumeClaimTemplates: [claim] } }),
      ),
      step('another template', change(statefulSets, 'db', { spec: { template: { spec: { containers: [container('app:2')] } } } })),
    ],
  },
  {
    name: 'stateful-set-waits',
    steps: [
      step(
        'made',
        make(statefulSets, 'db', {
          spec: {
            replicas: 3,
            serviceName: 'db',
            minReadySeconds: 2,
            selector,
            template: template(),
            persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' },
          },
        }),
      ),
      step('never ready', change(statefulSets, 'db', waiting('2'))),
      step('smaller meanwhile', change(statefulSets, 'db', { spec: { replicas: 2 } })),
      step('mended', change(statefulSets, 'db', running('3'))),
      step('none', change(statefulSets, 'db', { spec: { replicas: 0 } })),
    ],
  },
  {
    name: 'stateful-set-fails',
    steps: [
      step('made', make(statefulSets, 'db', { spec: { replicas: 2, serviceName: 'db', selector, template: template() } })),
      step('the first fails', podSays('apps.kubernetes.io/pod-index=0', ended(1))),
      step('one succeeds', podSays('apps.kubernetes.io/pod-index=1', ended(0))),
      step(
        'in parallel, partitioned beyond',
        change(statefulSets, 'db', { spec: { updateStrategy: { rollingUpdate: { partition: 9 } }, template: { spec: { containers: [container('app:2')] } } } }),
      ),
      step('larger', change(statefulSets, 'db', { spec: { replicas: 3 } })),
    ],
  },
  {
    name: 'daemon-set-percent',
    steps: [
      step(
        'made',
        make(daemonSets, 'agent', {
          spec: {
            selector,
            minReadySeconds: 1,
            revisionHistoryLimit: 1,
            template: template({}, { nodeSelector, tolerations: [{ operator: 'Exists' }] }),
            updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '60%', maxUnavailable: 0 } },
          },
        }),
      ),
      step('stuck', change(daemonSets, 'agent', { spec: { template: template({ does: 'wait' }, { nodeSelector, image: 'app:2' }) } })),
      step('mended', change(daemonSets, 'agent', { spec: { template: template({ does: 'run' }, { nodeSelector, image: 'app:3' }) } })),
      step(
        'on delete',
        change(daemonSets, 'agent', {
          spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null }, template: { metadata: { annotations: { a: 'b' } } } },
        }),
      ),
      step('orphaned', remove(daemonSets, 'agent', { propagationPolicy: 'Orphan' })),
    ],
    racingEvents: ['SuccessfulCreate', 'SuccessfulDelete'],
  },
  {
    name: 'controller-adopts',
    steps: [
      step(
        'pods of nobody',
        all(make(pods, 'one', { spec: template().spec }, { labels: { app: 'web' } }), make(pods, 'two', { spec: template().spec }, { labels: { app: 'web' } })),
      ),
      step('made', make(replicationControllers, 'web', { spec: { replicas: 3, minReadySeconds: 1, template: template() } })),
      step('one is let go', change(pods, 'one', { metadata: { labels: { app: 'free' } } })),
      step('one fails', podSays('app=web', ended(1))),
      step('orphaned', remove(replicationControllers, 'web', { propagationPolicy: 'Orphan' })),
      step('of a set now', make(replicaSets, 'web', { spec: { replicas: 1, selector, template: template() } })),
    ],
  },
  {
    name: 'replica-set-waits',
    steps: [
      step('made', make(replicaSets, 'web', { spec: { replicas: 2, minReadySeconds: 2, selector, template: template() } })),
      step(
        'one is not ready',
        podSays('app=web', (at) => ({ conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: at }] })),
      ),
      step('one is gone', remove(replicaSets, 'web', { propagationPolicy: 'Foreground' })),
    ],
  },
]
