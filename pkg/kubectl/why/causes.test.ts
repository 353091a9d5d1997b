import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseLabelSelector } from '#apimachinery/labels.ts'
import { why, whyText } from './index.ts'
import type { Reader } from './types.ts'

/** A cluster of just these objects. */
function readerOf(objects: readonly any[], words = ''): Reader {
  return {
    get: async (_, kind, namespace, name) =>
      objects.find((each) => each.kind === kind && each.metadata.name === name && (each.metadata.namespace ?? namespace) === namespace),
    list: async (_, kind, __, selector = '', fields = '') =>
      objects.filter(
        (each) =>
          each.kind === kind &&
          parseLabelSelector(selector).matches(each.metadata.labels ?? {}) &&
          (fields === '' || `spec.nodeName=${each.spec?.nodeName}` === fields),
      ),
    events: async ({ metadata }) => objects.filter(({ kind, involvedObject }) => kind === 'Event' && involvedObject.name === metadata.name),
    lastWords: async () => words,
    now: () => Date.parse('2026-01-01T01:00:00Z'),
  }
}

const namespace = 'n'
const object = (kind: string, name: string, rest: object = {}, metadata: object = {}): any => ({
  kind,
  metadata: { name, namespace, uid: name, ...metadata },
  ...rest,
})
const warning = (name: string, message: string, reason = 'FailedCreate') =>
  object('Event', `${name}.1`, { involvedObject: { name }, type: 'Warning', reason, message })
const node = { kind: 'Node', metadata: { name: 'good' }, status: { conditions: [{ type: 'Ready', status: 'True' }] } }
const pod = (name: string, status: object = {}, container: object = {}, more: object = {}): any =>
  object(
    'Pod',
    name,
    {
      spec: { nodeName: 'good', containers: [{ name: 'c', image: 'img:1', ...container }], ...more },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'False' }],
        containerStatuses: [{ name: 'c', restartCount: 0, ready: false, ...status }],
      },
    },
    { labels: { app: 'a', tier: 'front' } },
  )
const well = (name: string, container: object = {}) => {
  const made = pod(name, { ready: true, state: { running: {} } }, container)
  made.status.conditions[0].status = 'True'
  return made
}
const waiting = (reason: string, message: string) => pod('p', { state: { waiting: { reason, message } } })
const crashed = (terminated: object) => pod('p', { restartCount: 2, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated } })
const deployment = (status: object, spec: object = {}) =>
  object('Deployment', 'd', { spec: { replicas: 1, selector: { matchLabels: { app: 'a' } }, ...spec }, status: { observedGeneration: 1, ...status } })
const ended = (type: string, reason: string) => ({ conditions: [{ type, status: 'True', reason }] })
const job = (status: object, spec: object = {}) => object('Job', 'j', { spec: { selector: { matchLabels: { app: 'a' } }, ...spec }, status })
const service = (spec: object) => object('Service', 's', { spec: { selector: { app: 'a' }, ports: [{ port: 80 }], ...spec } })
const slice = (ports: readonly object[] = [{ name: '', port: 80 }]) =>
  object('EndpointSlice', 's-1', { endpoints: [{ conditions: { ready: true } }], ports }, { labels: { 'kubernetes.io/service-name': 's' } })
const serving = { ports: [{ name: 'web', containerPort: 8080 }] }
const policy = (spec: object) => object('NetworkPolicy', 'np', { spec: { podSelector: {}, policyTypes: ['Ingress'], ...spec } })
const scaler = (type: string, status: string, reason: string, message: string) =>
  object('HorizontalPodAutoscaler', 'h', {
    spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } },
    status: { conditions: [{ type, status, reason, message }] },
  })
const budget = object('PodDisruptionBudget', 'b', {
  spec: { selector: { matchLabels: { app: 'a' } } },
  status: { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
})
const past = '2026-01-01T00:59:00Z'

const cases: readonly { readonly what: string; readonly of: any; readonly among?: readonly any[]; readonly words?: string; readonly told: RegExp }[] = [
  {
    what: 'a crash loop: the exit code and the last line',
    of: crashed({ exitCode: 3 }),
    words: 'a\nno database\n',
    told: /started again 2 times\.\n\s+It ended with exit code 3\.\n\s+Its last words: a \| no database\n/,
  },
  { what: 'a crash loop of a program that succeeds', of: crashed({ exitCode: 0, reason: 'Completed' }), told: /did its work[\s\S]*belongs into a Job/ },
  {
    what: 'a program that is not in the image',
    of: crashed({ exitCode: 128, reason: 'StartError', message: 'no such file' }),
    told: /could not be run[\s\S]*no such file/,
  },
  { what: 'memory', of: crashed({ exitCode: 137, reason: 'OOMKilled' }), told: /more memory than its limit[\s\S]*Raise its memory limit/ },
  {
    what: 'a liveness probe',
    of: crashed({ exitCode: 137 }),
    among: [warning('p', 'Liveness probe failed: refused', 'Unhealthy')],
    told: /Liveness probe failed: refused\.\n\s+→ Its probe has it restarted/,
  },
  {
    what: 'a liveness probe that says nothing',
    of: crashed({ exitCode: 137 }),
    among: [warning('p', 'Liveness probe failed: ', 'Unhealthy')],
    told: /Liveness probe failed\.\n\s+→ Its probe has it restarted/,
  },
  {
    what: 'a container that runs again, but ended a short while ago',
    of: pod('p', { ready: true, restartCount: 1, state: { running: {} }, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: past } } }),
    told: /runs now, but was started again 1 time[\s\S]*more memory/,
  },
  { what: 'an image that the registry keeps back', of: waiting('ErrImagePull', '401 Unauthorized'), told: /imagePullSecrets that may read it/ },
  { what: 'a registry that is not reached', of: waiting('ImagePullBackOff', 'dial tcp: lookup r: no such host'), told: /does not reach the registry/ },
  { what: 'an image that is never pulled', of: waiting('ErrImageNeverPull', 'not present'), told: /imagePullPolicy is Never/ },
  { what: 'an image that has no name', of: waiting('InvalidImageName', 'invalid reference format'), told: /Mend the name of the image/ },
  {
    what: 'a volume whose ConfigMap is missing',
    of: waiting('ContainerCreating', ''),
    among: [warning('p', 'MountVolume.SetUp failed for volume "v" : configmap "gone" not found', 'FailedMount')],
    told: /is not created yet\.[\s\S]*→ Create the configmap gone/,
  },
  {
    what: 'a rollout past its deadline',
    of: deployment({ readyReplicas: 1, conditions: [{ type: 'Progressing', status: 'False', message: 'ReplicaSet "d-2" has timed out progressing.' }] }),
    told: /has all its 1 pods ready, but the new ones do not come up\.\n {2}Its rollout is past its deadline of 600s[\s\S]*rollout undo deployment\/d/,
  },
  {
    what: 'the same refusal is told once',
    of: deployment({ conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'pods "d-x" is forbidden: exceeded quota: q' }] }),
    among: [
      warning('d', 'Error creating: pods "d-y" is forbidden: exceeded quota: q'),
      warning('d', '(combined from similar events): Error creating: pods "d-z" is forbidden: exceeded quota: q'),
    ],
    told: /^[^\n]*\n {2}[^\n]*exceeded quota: q\.\n {4}→ Raise the quota[^\n]*\n$/,
  },
  {
    what: 'a quota of what the pod does not name',
    of: deployment({}),
    among: [warning('d', 'pods "d-x" is forbidden: failed quota: q: must specify requests.cpu for: c')],
    told: /→ The quota counts what the pod does not name/,
  },
  {
    what: 'a LimitRange',
    of: deployment({}),
    among: [warning('d', 'forbidden: maximum cpu usage per Container is 1, but limit is 2')],
    told: /→ Stay within the namespace's LimitRange/,
  },
  {
    what: 'Pod Security',
    of: deployment({}),
    among: [warning('d', 'pods "d-x" is forbidden: violates PodSecurity "restricted:latest"')],
    told: /→ Give the pod the securityContext/,
  },
  {
    what: 'a webhook that is away',
    of: deployment({}),
    among: [warning('d', 'Internal error occurred: failed calling webhook "w"')],
    told: /→ A webhook refuses it or does not answer/,
  },
  {
    what: 'old refusals do not trouble a whole Deployment',
    of: deployment({ readyReplicas: 1, updatedReplicas: 1 }),
    among: [warning('d', 'exceeded quota'), well('p')],
    told: /^$/,
  },
  { what: 'no controller at work', of: { ...deployment({}), status: {} }, told: /The controller of Deployments has not looked at it yet/ },
  {
    what: 'a failed Job: why, and the exit code of its pod',
    of: job({ conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'limit' }] }),
    among: [pod('p', { state: { terminated: { exitCode: 4 } } })],
    words: 'bad input',
    told: /^Job j has failed: its pods failed more often than backoffLimit allows \(limit\)\.[\s\S]*exit code 4[\s\S]*bad input/,
  },
  { what: 'a Job past its deadline', of: job(ended('Failed', 'DeadlineExceeded')), told: /longer than activeDeadlineSeconds/ },
  { what: 'a Job that a rule failed', of: job(ended('FailureTarget', 'PodFailurePolicy')), told: /rule of its podFailurePolicy/ },
  { what: 'a finished Job, whatever failed before', of: job(ended('Complete', '')), among: [pod('p', { state: { terminated: { exitCode: 4 } } })], told: /^$/ },
  { what: 'a suspended Job', of: job({}, { suspend: true }), told: /is suspended/ },
  {
    what: 'a CronJob, through its latest Job',
    of: object('CronJob', 'c'),
    among: [object('Job', 'c-1', { status: ended('Failed', 'DeadlineExceeded') }, { ownerReferences: [{ uid: 'c' }], creationTimestamp: past })],
    told: /CronJob c has troubles\.\n {2}Job c-1 has failed/,
  },
  {
    what: 'a service whose selector has a typing error',
    of: service({ selector: { app: 'a', tier: 'frnot' } }),
    among: [well('p')],
    told: /no pod has the labels app=a,tier=frnot\.\n {2}Pod p has tier=front\./,
  },
  {
    what: 'a wrong number as target',
    of: service({ ports: [{ port: 80, targetPort: 80 }] }),
    among: [slice(), well('p', serving)],
    told: /leads to TCP port 80, which no container of its pods names; they have web \(8080\)/,
  },
  {
    what: 'a wrong name as target',
    of: service({ ports: [{ port: 80, targetPort: 'http' }] }),
    among: [slice([]), well('p', serving)],
    told: /no container of its pods has a port named http; they have web \(8080\)/i,
  },
  { what: 'a target that no container declares, where none declares any', of: service({}), among: [slice(), well('p')], told: /^$/ },
  { what: 'a right target', of: service({ ports: [{ port: 80, targetPort: 'web' }] }), among: [slice(), well('p', serving)], told: /^$/ },
  { what: 'a port without endpoints', of: service({}), among: [slice([{ name: 'other', port: 1 }]), well('p')], told: /Its port 80 leads to no endpoint/ },
  { what: 'policies that let nobody in', of: service({}), among: [slice(), well('p'), policy({})], told: /let nobody connect to pod p/ },
  { what: 'a policy that lets somebody in', of: service({}), among: [slice(), well('p'), policy({ ingress: [{}] })], told: /^$/ },
  { what: 'an ingress without a class', of: object('Ingress', 'i', { spec: {} }), told: /names no ingress class, and none is the default/ },
  {
    what: 'an ingress and a port that its service does not have',
    of: object('Ingress', 'i', {
      spec: { ingressClassName: 'k', defaultBackend: { service: { name: 's', port: { number: 81 } } } },
      status: { loadBalancer: { ingress: [{}] } },
    }),
    among: [{ kind: 'IngressClass', metadata: { name: 'k' } }, service({}), slice(), well('p')],
    told: /^Ingress i does not serve all that it should\.\n {2}Its service s has no port 81\.\n$/,
  },
  {
    what: 'an autoscaler without metrics',
    of: scaler('ScalingActive', 'False', 'FailedGetResourceMetric', 'unable to get metrics for resource cpu'),
    among: [deployment({})],
    told: /→ See that the metrics API answers/,
  },
  {
    what: 'an autoscaler of pods without requests',
    of: scaler('ScalingActive', 'False', 'FailedGetResourceMetric', 'missing request for cpu in container c'),
    among: [deployment({})],
    told: /→ Give each container of its pods a request/,
  },
  { what: 'an autoscaler without a target', of: scaler('AbleToScale', 'False', 'FailedGetScale', 'not found'), told: /target Deployment d does not exist/ },
  { what: 'an autoscaler at its limit', of: scaler('ScalingLimited', 'True', 'TooManyReplicas', ''), among: [deployment({})], told: /maxReplicas is 3/ },
  { what: 'a budget that lets nothing go', of: budget, among: [well('p')], told: /wants 1 of its 1 pods healthy, and 1 are/ },
  { what: 'a budget that selects nothing', of: budget, told: /selects no pod/ },
  {
    what: 'a node whose drain a budget holds up',
    of: { ...node, spec: { unschedulable: true } },
    among: [budget, well('p')],
    told: /It is cordoned[\s\S]*Pod n\/p may not be evicted: PodDisruptionBudget b wants 1/,
  },
  {
    what: 'a volume that is released',
    of: object('PersistentVolume', 'v', {
      spec: { claimRef: { namespace, name: 'c' }, persistentVolumeReclaimPolicy: 'Retain' },
      status: { phase: 'Released' },
    }),
    told: /claim n\/c is gone, and it keeps the data \(Retain\)/,
  },
  {
    what: 'a volume that is kept for nobody',
    of: object('PersistentVolume', 'v', { spec: { claimRef: { namespace, name: 'c' } }, status: { phase: 'Available' } }),
    told: /kept for the claim n\/c, which does not exist/,
  },
  {
    what: 'a namespace whose contents cannot be listed',
    of: { kind: 'Namespace', metadata: { name: 'n', deletionTimestamp: past }, spec: { finalizers: ['kubernetes'] } },
    among: [{ kind: 'APIService', metadata: { name: 'v1.gone.io' }, status: { conditions: [{ type: 'Available', status: 'False' }] } }],
    told: /is being deleted, for 60s[\s\S]*API service v1\.gone\.io does not answer/,
  },
  {
    what: 'a CRD whose objects go first',
    of: object('CustomResourceDefinition', 'w', {}, { deletionTimestamp: past, finalizers: ['customresourcecleanup.apiextensions.k8s.io'] }),
    told: /the objects of its kind are deleted first/,
  },
]

for (const { what, of, among = [], words, told } of cases)
  test(`why: ${what}`, async () => assert.match(whyText(await why(of, readerOf([node, ...among], words))), told))
