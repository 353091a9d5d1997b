/** What counts as ready, kind by kind, in the words of kstatus. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hookDone, readinessOf, withJobsDone } from './readiness.ts'

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

test('a Job has to end for --wait-for-jobs and for hooks, and a Pod for hooks', () => {
  const job = made('batch/v1', 'Job', { status: { startTime: 'x' } })
  assert.equal(withJobsDone(job, 0).status, 'InProgress')
  assert.equal(hookDone(made('batch/v1', 'Job', { status: { conditions: [condition('Complete')], succeeded: 1 } }), 0).message, 'Job Completed. succeeded: 1/1')
  assert.equal(hookDone(made('v1', 'Pod', { status: { phase: 'Failed' } }), 0).message, 'pod x failed')
  assert.equal(hookDone(made('v1', 'ConfigMap', {}), 0).status, 'Current')
})
