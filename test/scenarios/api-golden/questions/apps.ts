/** apps/v1. */
import { createEach, updateEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const base = '/apis/apps/v1/namespaces/golden'
const labels = { app: 'web' }
const selector = { matchLabels: labels, matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] }
const metadata = { name: 'web', namespace: 'golden', labels }

const template = {
  metadata: { labels, annotations: { note: 'x' } },
  spec: { containers: [{ name: 'web', image: 'nginx:1.27', ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }] }] },
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata,
  spec: {
    replicas: 3,
    minReadySeconds: 5,
    revisionHistoryLimit: 4,
    progressDeadlineSeconds: 60,
    paused: false,
    selector,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
    template,
  },
}

const replicaSet = { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec: { replicas: 2, minReadySeconds: 3, selector, template } }

const daemonSet = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata,
  spec: {
    minReadySeconds: 5,
    revisionHistoryLimit: 4,
    selector,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%', maxSurge: 0 } },
    template,
  },
}

const statefulSet = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata,
  spec: {
    replicas: 3,
    minReadySeconds: 5,
    revisionHistoryLimit: 4,
    podManagementPolicy: 'Parallel',
    serviceName: 'web',
    ordinals: { start: 2 },
    selector,
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'fast', volumeMode: 'Filesystem', resources: { requests: { storage: '1Gi' } } },
      },
    ],
    template: { ...template, spec: { containers: [{ name: 'web', image: 'nginx:1.27', volumeMounts: [{ name: 'data', mountPath: '/data' }] }] } },
  },
}

const revision = { apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata, revision: 3, data: { spec: { a: 'b' } } }

const replicaCounts = { observedGeneration: 1, replicas: 5, readyReplicas: 4, availableReplicas: 3 }
const conditions = [{ type: 'Available', status: 'True', reason: 'Enough', message: 'There are enough.', lastTransitionTime: '2024-01-02T03:04:05Z' }]
const statuses: Record<string, { plural: string; object: { metadata: object }; status: object }> = {
  Deployment: {
    plural: 'deployments',
    object: deployment,
    status: {
      ...replicaCounts,
      updatedReplicas: 2,
      unavailableReplicas: 1,
      terminatingReplicas: 1,
      collisionCount: 2,
      conditions: conditions.map((each) => ({ ...each, lastUpdateTime: '2024-01-02T03:04:05Z' })),
    },
  },
  ReplicaSet: { plural: 'replicasets', object: replicaSet, status: { ...replicaCounts, fullyLabeledReplicas: 2, terminatingReplicas: 1, conditions } },
  DaemonSet: {
    plural: 'daemonsets',
    object: daemonSet,
    status: {
      observedGeneration: 1,
      currentNumberScheduled: 1,
      numberMisscheduled: 2,
      desiredNumberScheduled: 3,
      numberReady: 4,
      updatedNumberScheduled: 5,
      numberAvailable: 6,
      numberUnavailable: 7,
      collisionCount: 2,
      conditions,
    },
  },
  StatefulSet: {
    plural: 'statefulsets',
    object: statefulSet,
    status: { ...replicaCounts, currentReplicas: 2, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b', collisionCount: 2, conditions },
  },
}

const create = (plural: string, object: object): Question => ({ key: plural, method: 'POST', path: `${base}/${plural}`, body: object })
const named = <T extends { metadata: object }>(object: T) => ({ ...object, metadata: { ...object.metadata, name: 'new' } })

/** What is there in one kind and what is asked of it: creation, update, and its status. */
function both(kind: string, plural: string, object: { metadata: object }, skipped: readonly string[]): Question[] {
  return [...createEach(kind, `${base}/${plural}`, named(object), { skip: skipped }), ...updateEach(kind, `${base}/${plural}/web`, object, { skip: skipped })]
}

const anyMetadata = {
  ...metadata,
  generateName: 'web-',
  generation: 1,
  annotations: { 'example.com/note': 'x' },
  finalizers: ['example.com/keep', 'foregroundDeletion'],
  ownerReferences: [
    { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: '11111111-2222-3333-4444-555555555555', controller: true, blockOwnerDeletion: false },
    { apiVersion: 'example.com/v1', kind: 'Thing', name: 'b', uid: '21111111-2222-3333-4444-555555555555', controller: false },
  ],
}
const withMetadata = { ...revision, metadata: anyMetadata }

export const apps: Questionnaire = {
  setup: [
    ...inNamespace,
    create('deployments', deployment),
    create('replicasets', replicaSet),
    create('daemonsets', daemonSet),
    create('statefulsets', statefulSet),
    create('controllerrevisions', revision),
  ],
  questions: [
    ...both('Deployment', 'deployments', deployment, ['metadata.name']),
    ...both('ReplicaSet', 'replicasets', replicaSet, ['metadata', 'spec.template.metadata', 'spec.template.spec']),
    ...both('DaemonSet', 'daemonsets', daemonSet, ['metadata', 'spec.template.metadata', 'spec.template.spec']),
    ...both('StatefulSet', 'statefulsets', statefulSet, ['metadata', 'spec.template.metadata.labels']),
    ...both('ControllerRevision', 'controllerrevisions', revision, ['metadata']),
    ...createEach('metadata', `${base}/controllerrevisions`, named(withMetadata), { skip: ['data', 'revision'] }),
    ...updateEach('metadata', `${base}/controllerrevisions/web`, withMetadata, { skip: ['data', 'revision', 'metadata.name'] }),
    ...Object.entries(statuses).flatMap(([kind, { plural, object, status }]) =>
      updateEach(`${kind} status`, `${base}/${plural}/web/status`, { ...object, status }, { skip: ['metadata', 'spec'] }),
    ),
  ],
}
