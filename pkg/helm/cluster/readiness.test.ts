/** What counts as ready, kind by kind, in the words of kstatus. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hookDone, isJudgedByPods, readinessOf, withJobsDone, withPods } from './readiness.ts'

const made = (apiVersion: string, kind: string, rest: object): object => ({ apiVersion, kind, metadata: { name: 'x' }, ...rest })
const condition = (type: string, status = 'True', more: object = {}): object => ({ type, status, ...more })

const cases: readonly (readonly [string, object, string, string])[] = [
  ['a deployment without pods', made('apps/v1', 'Deployment', { spec: { replicas: 2 }, status: {} }), 'InProgress', 'Replicas: 0/2'],
  [
    'a deployment with old pods',
    made('apps/v1', 'Deployment', { spec: { replicas: 1 }, status: { replicas: 2, updatedReplicas: 1 } }),
    'InProgress',
    'Pending termination: 1',
  ],
  [
    'a deployment past its deadline',
    made('apps/v1', 'Deployment', { spec: {}, status: { conditions: [condition('Progressing', 'False', { reason: 'ProgressDeadlineExceeded' })] } }),
    'Failed',
    'Progress deadline exceeded',
  ],
  [
    'a deployment that is there',
    made('apps/v1', 'Deployment', {
      spec: { replicas: 1 },
      status: { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1, conditions: [condition('Available')] },
    }),
    'Current',
    'Deployment is available. Replicas: 1',
  ],
  [
    'what was changed since it was looked at',
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { generation: 2 }, status: { observedGeneration: 1 } },
    'InProgress',
    'Deployment generation is 2, but latest observed generation is 1',
  ],
  ['what is going', { apiVersion: 'v1', kind: 'Pod', metadata: { deletionTimestamp: 'x' } }, 'Terminating', 'Resource scheduled for deletion'],
  [
    'a stateful set deleted by hand',
    made('apps/v1', 'StatefulSet', { spec: { updateStrategy: { type: 'OnDelete' } } }),
    'Current',
    'StatefulSet is using the ondelete update strategy',
  ],
  [
    'a stateful set of too few',
    made('apps/v1', 'StatefulSet', { spec: { replicas: 3 }, status: { replicas: 3, readyReplicas: 1 } }),
    'InProgress',
    'Ready: 1/3',
  ],
  ['a daemon set that nobody saw', made('apps/v1', 'DaemonSet', { status: {} }), 'InProgress', 'DaemonSet metadata.generation not found'],
  ['a claim without a volume', made('v1', 'PersistentVolumeClaim', { status: { phase: 'Pending' } }), 'InProgress', 'PVC is not Bound. phase: Pending'],
  [
    'a crashing pod',
    made('v1', 'Pod', { status: { phase: 'Running', containerStatuses: [{ name: 'c', state: { waiting: { reason: 'CrashLoopBackOff' } } }] } }),
    'Failed',
    'Containers in CrashLoop state: c',
  ],
  ['a job at work', made('batch/v1', 'Job', { status: { startTime: 'x', active: 1 } }), 'Current', 'Job in progress. success:0, active: 1, failed: 0'],
  [
    'a CRD that is served',
    made('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { status: { conditions: [condition('Established')] } }),
    'Current',
    'CRD is established',
  ],
  [
    'a custom resource that says it is not ready',
    made('x.io/v1', 'Thing', { status: { conditions: [condition('Ready', 'False', { message: 'soon' })] } }),
    'InProgress',
    'soon',
  ],
  ['anything else', made('x.io/v1', 'Thing', {}), 'Current', 'Resource is current'],
]

for (const [name, object, status, message] of cases) {
  test(`${name} is ${status}`, () => assert.deepEqual(readinessOf(object, 0), { status, message }))
}

const one = { replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1 }
const deployed = 'Deployment is available. Replicas: 1'
const progressing = condition('Progressing', 'True', { reason: 'NewReplicaSetAvailable' })
const labelled = { fullyLabeledReplicas: 1, availableReplicas: 1, readyReplicas: 1 }
const partitioned = { replicas: 3, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } }
const steady = { replicas: 1, readyReplicas: 1, currentReplicas: 1, currentRevision: 'a' }
const crd = 'apiextensions.k8s.io/v1 CustomResourceDefinition'

/** By kind and what its spec and status say; each line is one branch of upstream's rule for that kind. */
const branches: readonly (readonly [kind: string, spec: object, status: object | undefined, wanted: string, message: string])[] = [
  ['apps/v1 Deployment', { replicas: 2 }, { replicas: 2, updatedReplicas: 1 }, 'InProgress', 'Updated: 1/2'],
  ['apps/v1 Deployment', {}, { replicas: 1, updatedReplicas: 1 }, 'InProgress', 'Available: 0/1'],
  ['apps/v1 Deployment', { replicas: 2 }, { replicas: 2, updatedReplicas: 2, availableReplicas: 2, readyReplicas: 1 }, 'InProgress', 'Ready: 1/2'],
  ['apps/v1 Deployment', { progressDeadlineSeconds: 600 }, { ...one, conditions: [condition('Available')] }, 'InProgress', 'ReplicaSet not Available'],
  ['apps/v1 Deployment', { progressDeadlineSeconds: 2147483647 }, { ...one, conditions: [condition('Available')] }, 'Current', deployed],
  ['apps/v1 Deployment', { progressDeadlineSeconds: 600 }, { ...one, conditions: [condition('Available'), progressing] }, 'Current', deployed],
  ['apps/v1 Deployment', { progressDeadlineSeconds: 600 }, { ...one, conditions: [progressing] }, 'InProgress', 'Deployment not Available'],
  ['apps/v1 Deployment', { replicas: 0 }, { conditions: [condition('Available')] }, 'Current', 'Deployment is available. Replicas: 0'],
  ['apps/v1 ReplicaSet', {}, { conditions: [condition('ReplicaFailure')] }, 'InProgress', 'Replica Failure condition. Check Pods'],
  ['apps/v1 ReplicaSet', { replicas: 2 }, { fullyLabeledReplicas: 1 }, 'InProgress', 'Labelled: 1/2'],
  ['apps/v1 ReplicaSet', {}, { fullyLabeledReplicas: 1 }, 'InProgress', 'Available: 0/1'],
  ['apps/v1 ReplicaSet', {}, { fullyLabeledReplicas: 1, availableReplicas: 1 }, 'InProgress', 'Ready: 0/1'],
  ['apps/v1 ReplicaSet', {}, { ...labelled, replicas: 3 }, 'InProgress', 'Pending termination: 2'],
  ['apps/v1 ReplicaSet', {}, { ...labelled, replicas: 1 }, 'Current', 'ReplicaSet is available. Replicas: 1'],
  ['apps/v1 StatefulSet', { replicas: 3 }, undefined, 'InProgress', 'Replicas: 0/3'],
  ['apps/v1 StatefulSet', { replicas: 1 }, { replicas: 2, readyReplicas: 2 }, 'InProgress', 'Pending termination: 1'],
  ['apps/v1 StatefulSet', partitioned, { replicas: 3, readyReplicas: 3, updatedReplicas: 1 }, 'InProgress', 'updated: 1/2'],
  ['apps/v1 StatefulSet', partitioned, { replicas: 3, readyReplicas: 3, updatedReplicas: 2 }, 'Current', 'Partition rollout complete. updated: 2'],
  ['apps/v1 StatefulSet', {}, { replicas: 1, readyReplicas: 1 }, 'InProgress', 'current: 0/1'],
  ['apps/v1 StatefulSet', {}, { ...steady, updateRevision: 'b' }, 'InProgress', 'Waiting for updated revision to match current'],
  ['apps/v1 StatefulSet', {}, { ...steady, updateRevision: 'a' }, 'Current', 'All replicas scheduled as expected. Replicas: 1'],
  ['batch/v1 CronJob', {}, {}, 'Current', 'Resource is always ready'],
  ['batch/v1 Job', {}, {}, 'InProgress', 'Job not started'],
  ['batch/v1 Job', { parallelism: 2 }, { succeeded: 2, conditions: [condition('Complete')] }, 'Current', 'Job Completed. succeeded: 2/2'],
  ['batch/v1 Job', { completions: 3, parallelism: 2 }, { failed: 1, conditions: [condition('Failed')] }, 'Failed', 'Job Failed. failed: 1/3'],
  ['batch/v1 Job', {}, { startTime: 'x', conditions: [condition('Suspended')] }, 'Current', 'Job in progress. success:0, active: 0, failed: 0'],
  ['v1 ConfigMap', {}, undefined, 'Current', 'Resource is always ready'],
  ['v1 Secret', {}, undefined, 'Current', 'Resource is always ready'],
  ['v1 Service', {}, {}, 'Current', 'Service is ready'],
  ['v1 Service', { type: 'LoadBalancer' }, {}, 'InProgress', 'ClusterIP not set. Service type: LoadBalancer'],
  ['v1 Service', { type: 'LoadBalancer', clusterIP: '10.0.0.1' }, {}, 'Current', 'Service is ready'],
  ['v1 PersistentVolumeClaim', {}, undefined, 'InProgress', 'PVC is not Bound. phase: unknown'],
  ['v1 PersistentVolumeClaim', {}, { phase: 'Bound' }, 'Current', 'PVC is Bound'],
  ['policy/v1 PodDisruptionBudget', {}, {}, 'Current', 'AllowedDisruptions has been computed.'],
  ['v1 Pod', {}, {}, 'InProgress', 'Pod phase not available'],
  ['v1 Pod', {}, { phase: 'Pending' }, 'InProgress', 'Pod is in the Pending phase'],
  ['v1 Pod', {}, { phase: 'Running' }, 'InProgress', 'Pod is running but is not Ready'],
  ['v1 Pod', {}, { phase: 'Running', conditions: [condition('Ready')] }, 'Current', 'Pod is Ready'],
  ['v1 Pod', {}, { phase: 'Succeeded' }, 'Current', 'Pod has completed successfully'],
  ['v1 Pod', {}, { phase: 'Failed' }, 'Current', 'Pod has completed, but not successfully'],
  ['v1 Pod', {}, { phase: 'Odd' }, 'Unknown', ''],
  [crd, {}, {}, 'InProgress', 'Install in progress'],
  [crd, {}, { conditions: [condition('NamesAccepted', 'False', { message: 'taken' })] }, 'Failed', 'taken'],
  [crd, {}, { conditions: [condition('Established', 'False', { reason: 'Installing', message: 'soon' })] }, 'InProgress', 'Install in progress'],
  [crd, {}, { conditions: [condition('Established', 'False', { reason: 'NotAccepted', message: 'no' })] }, 'Failed', 'no'],
  ['x.io/v1 Thing', {}, { conditions: [condition('Ready', 'Unknown', { message: 'who knows' })] }, 'InProgress', 'who knows'],
  ['x.io/v1 Thing', {}, { conditions: [condition('Ready', 'Odd')] }, 'Current', 'Resource is current'],
  ['x.io/v1 Thing', {}, { conditions: [condition('Ready')] }, 'Current', 'Resource is Ready'],
  ['x.io/v1 Thing', {}, { conditions: [condition('Ready'), condition('Reconciling', 'True', { message: 'at it' })] }, 'InProgress', 'at it'],
  ['apps/v1 Deployment', {}, { conditions: [condition('Stalled', 'True', { message: 'stuck' })] }, 'Failed', 'stuck'],
  ['x.io/v1 Thing', {}, { conditions: [condition('Stalled', 'False', { message: 'stuck' })] }, 'Current', 'Resource is current'],
]

test('every branch of every kind gives the status and the words of kstatus', () => {
  for (const [named, spec, status, wanted, message] of branches) {
    const [apiVersion, kind] = named.split(' ') as [string, string]
    const object = made(apiVersion, kind, { spec, ...(status ? { status } : {}) })
    assert.deepEqual(readinessOf(object, 0), { status: wanted, message }, `${named} ${JSON.stringify({ spec, status })}`)
  }
})

const daemons: readonly (readonly [status: object, wanted: string, message: string])[] = [
  [{}, 'InProgress', 'DaemonSet status.observedGeneration not found'],
  [{ observedGeneration: 1 }, 'InProgress', 'Missing .status.desiredNumberScheduled'],
  [{ observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 1 }, 'InProgress', 'Current: 1/2'],
  [{ observedGeneration: 1, desiredNumberScheduled: 1, currentNumberScheduled: 1 }, 'InProgress', 'Updated: 0/1'],
  [{ observedGeneration: 1, desiredNumberScheduled: 1, currentNumberScheduled: 1, updatedNumberScheduled: 1 }, 'InProgress', 'Available: 0/1'],
  [{ observedGeneration: 1, desiredNumberScheduled: 1, currentNumberScheduled: 1, updatedNumberScheduled: 1, numberAvailable: 1 }, 'InProgress', 'Ready: 0/1'],
  [{ observedGeneration: 1, desiredNumberScheduled: 0 }, 'Current', 'All replicas scheduled as expected. Replicas: 0'],
]

test('a daemon set is judged by what its controller saw and counted', () => {
  for (const [status, wanted, message] of daemons) {
    const object = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'x', generation: 1 }, status }
    assert.deepEqual(readinessOf(object, 0), { status: wanted, message }, JSON.stringify(status))
  }
})

test('a pod without a node is waited for fifteen seconds, and has failed then', () => {
  const unscheduled = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'x', creationTimestamp: '1970-01-01T00:00:10Z' },
    status: { phase: 'Pending', conditions: [condition('PodScheduled', 'False', { reason: 'Unschedulable' })] },
  }
  assert.deepEqual(readinessOf(unscheduled, 24_999), { status: 'InProgress', message: 'Pod has not been scheduled' })
  assert.deepEqual(readinessOf(unscheduled, 25_000), { status: 'Failed', message: 'Pod could not be scheduled' })
})

test('sets of pods have failed when pods of theirs crash, but for pods that go away or find no node', () => {
  const waiting = { status: 'InProgress', message: 'Ready: 0/2' } as const
  const status = { phase: 'Running', containerStatuses: [{ name: 'c', state: { waiting: { reason: 'CrashLoopBackOff' } } }] }
  const crashing = made('v1', 'Pod', { status })
  const leaving = made('v1', 'Pod', { metadata: { name: 'x', deletionTimestamp: 'x' }, status })
  const homeless = made('v1', 'Pod', {
    metadata: { name: 'x', creationTimestamp: '1970-01-01T00:00:00Z' },
    status: { phase: 'Pending', conditions: [condition('PodScheduled', 'False', { reason: 'Unschedulable' })] },
  })
  assert.deepEqual(withPods(waiting, [crashing, leaving, homeless, crashing], 60_000), { status: 'Failed', message: '2 pods have failed' })
  assert.deepEqual(withPods(waiting, [leaving, homeless], 60_000), waiting)
  assert.equal(withPods({ status: 'Current', message: '' }, [crashing], 0).status, 'Current')
  const kinds = ['apps/v1 StatefulSet', 'apps/v1 ReplicaSet', 'apps/v1 Deployment', 'apps/v1 DaemonSet', 'v1 Pod']
  assert.deepEqual(
    kinds.map((each) => isJudgedByPods(made(...(each.split(' ') as [string, string]), {}))),
    [true, true, false, false, false],
  )
})

test('a Job has to end for --wait-for-jobs and for hooks, and a Pod for hooks', () => {
  const job = made('batch/v1', 'Job', { status: { startTime: 'x' } })
  assert.equal(withJobsDone(job, 0).status, 'InProgress')
  assert.equal(hookDone(made('batch/v1', 'Job', { status: { conditions: [condition('Complete')], succeeded: 1 } }), 0).message, 'Job Completed. succeeded: 1/1')
  assert.equal(hookDone(made('v1', 'Pod', { status: { phase: 'Failed' } }), 0).message, 'pod x failed')
  assert.equal(hookDone(made('v1', 'ConfigMap', {}), 0).status, 'Current')
})
