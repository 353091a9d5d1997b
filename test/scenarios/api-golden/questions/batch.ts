/** Pod templates, replication controllers, jobs and cron jobs. */
import { createEach, mutationsOf, updateEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const core = '/api/v1/namespaces/golden'
const batch = '/apis/batch/v1/namespaces/golden'
const dry = 'dryRun=All&fieldValidation=Strict'
type Json = Record<string, any>

const labels = { app: 'web' }
const web = { name: 'web', image: 'nginx:1.27' }
const template = { metadata: { labels }, spec: { containers: [web] } }
const podTemplate = (name: string) => ({ apiVersion: 'v1', kind: 'PodTemplate', metadata: { name, namespace: 'golden' }, template })
const controller = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ReplicationController',
  metadata: { name, namespace: 'golden' },
  spec: { replicas: 2, minReadySeconds: 3, selector: labels, template },
})
const controllerStatus = {
  replicas: 5,
  fullyLabeledReplicas: 4,
  readyReplicas: 3,
  availableReplicas: 2,
  observedGeneration: 1,
  conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'No', message: 'no', lastTransitionTime: '2026-01-02T03:04:05Z' }],
}

const never = { metadata: { labels }, spec: { restartPolicy: 'Never', containers: [web] } }
const spec: Json = {
  parallelism: 2,
  completions: 3,
  activeDeadlineSeconds: 100,
  backoffLimitPerIndex: 1,
  maxFailedIndexes: 2,
  backoffLimit: 6,
  completionMode: 'Indexed',
  suspend: false,
  ttlSecondsAfterFinished: 10,
  podReplacementPolicy: 'Failed',
  managedBy: 'example.com/mine',
  podFailurePolicy: {
    rules: [
      { action: 'FailJob', onExitCodes: { containerName: 'web', operator: 'In', values: [1, 2] } },
      { action: 'FailIndex', onExitCodes: { operator: 'NotIn', values: [5] } },
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
    ],
  },
  successPolicy: { rules: [{ succeededIndexes: '0,2', succeededCount: 1 }] },
  template: never,
}
const job = (name: string, more: Json = {}, metadata: object = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace: 'golden', labels: { a: 'b' }, ...metadata },
  spec: { ...spec, ...more },
})
const plain = (name: string, more: Json = {}) => ({ ...job(name), spec: { template: never, ...more } })
/** Of those that are updated: with a selector of their own, so that what is sent is whole. */
const chosen = { manualSelector: true, selector: { matchLabels: labels } }
const keptJob = (name: string, more: Json = {}) => job(name, { ...chosen, ...more })
const keptPlain = (name: string, more: Json = {}) => plain(name, { ...chosen, ...more })
const jobStatus = {
  startTime: '2026-01-02T03:04:05Z',
  active: 1,
  succeeded: 2,
  failed: 1,
  terminating: 0,
  completedIndexes: '0,1',
  failedIndexes: '2',
  ready: 1,
  uncountedTerminatedPods: { succeeded: ['a'], failed: ['b'] },
  conditions: [
    { type: 'Suspended', status: 'False', reason: 'R', message: 'm', lastTransitionTime: '2026-01-02T03:04:05Z', lastProbeTime: '2026-01-02T03:04:05Z' },
  ],
}
const cronJob = (name: string, more: Json = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name, namespace: 'golden' },
  spec: {
    schedule: '*/5 * * * *',
    timeZone: 'Europe/Berlin',
    startingDeadlineSeconds: 20,
    concurrencyPolicy: 'Forbid',
    suspend: false,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 1,
    jobTemplate: { metadata: { labels: { a: 'b' } }, spec: { backoffLimit: 2, template: never } },
    ...more,
  },
})
const cronStatus = {
  active: [{ apiVersion: 'batch/v1', kind: 'Job', name: 'a', namespace: 'golden', uid: 'u' }],
  lastScheduleTime: '2026-01-02T03:04:05Z',
  lastSuccessfulTime: '2026-01-02T03:04:05Z',
}

const make = (path: string, object: { metadata: { name: string } }): Question => ({ key: `make ${object.metadata.name}`, method: 'POST', path, body: object })
const create = (what: string, path: string, body: object): Question => ({ key: `create ${what}`, method: 'POST', path: `${path}?${dry}`, body })
const update = (what: string, path: string, body: object): Question => ({ key: `update ${what}`, method: 'PUT', path: `${path}?${dry}`, body })
const oneJob = (what: string, more: Json, metadata?: object) => create(`job, ${what}`, `${batch}/jobs`, job('new', more, metadata))
const onePlain = (what: string, more: Json) => create(`plain job, ${what}`, `${batch}/jobs`, plain('new', more))
const policy = (...rules: object[]) => ({ podFailurePolicy: { rules } })
const success = (...rules: object[]) => ({ successPolicy: { rules } })

const jobs: Question[] = [
  ...createEach('Job', `${batch}/jobs`, job('new'), { skip: ['metadata', 'spec.template.metadata', 'spec.template.spec.containers'] }),
  oneJob('a long name', {}, { name: 'a'.repeat(64) }),
  oneJob('a name with dots', {}, { name: 'a.b' }),
  oneJob('a name too long for its indexes', { completions: 100000 }, { name: 'a'.repeat(60) }),
  oneJob('many completions', { completions: 100001, parallelism: 100001 }),
  oneJob('parallel beyond its bound', { completions: 200000, parallelism: 20000 }),
  oneJob('failed indexes beyond completions', { maxFailedIndexes: 4 }),
  oneJob('more than 100,000 completions of which few fail', { completions: 200000, parallelism: 10000, maxFailedIndexes: 10001 }),
  oneJob('failed indexes alone', { backoffLimitPerIndex: undefined, podFailurePolicy: undefined }),
  oneJob('without completions', { completions: undefined, successPolicy: undefined }),
  oneJob('not indexed', { completionMode: 'NonIndexed' }),
  oneJob('restarted on failure', { template: { ...never, spec: { ...never.spec, restartPolicy: 'OnFailure' } } }),
  oneJob('always restarted', { template: { ...never, spec: { ...never.spec, restartPolicy: 'Always' } } }),
  oneJob('replaced at once', { podReplacementPolicy: 'TerminatingOrFailed' }),
  oneJob('a manager of no domain', { managedBy: 'mine' }),
  oneJob('a long manager', { managedBy: `example.com/${'a'.repeat(64)}` }),
  oneJob('manual selector', { manualSelector: true, selector: { matchLabels: labels } }),
  oneJob('manual selector that does not match', { manualSelector: true, selector: { matchLabels: { x: 'y' } } }),
  oneJob('manual selector of none', { manualSelector: true }),
  oneJob('a selector of its own', { selector: { matchLabels: labels } }),
  oneJob('labels of controllers', { template: { ...never, metadata: { labels: { 'controller-uid': 'x', 'batch.kubernetes.io/job-name': 'y' } } } }),
  oneJob('no rules', policy()),
  oneJob('both requirements', policy({ action: 'Count', onExitCodes: { operator: 'In', values: [1] }, onPodConditions: [{ type: 'a' }] })),
  oneJob('neither requirement', policy({ action: 'Count' })),
  oneJob('exit code 0', policy({ action: 'Count', onExitCodes: { operator: 'In', values: [0] } })),
  oneJob('exit codes out of order', policy({ action: 'Count', onExitCodes: { operator: 'In', values: [3, 1, 3] } })),
  oneJob('no exit codes', policy({ action: 'Count', onExitCodes: { operator: 'In', values: [] } })),
  oneJob('256 exit codes', policy({ action: 'Count', onExitCodes: { operator: 'In', values: Array.from({ length: 256 }, (_, index) => index + 1) } })),
  oneJob('21 rules', policy(...Array.from({ length: 21 }, () => ({ action: 'Count', onExitCodes: { operator: 'In', values: [1] } })))),
  oneJob('21 conditions', policy({ action: 'Count', onPodConditions: Array.from({ length: 21 }, (_, index) => ({ type: `a${index}`, status: 'True' })) })),
  oneJob('an unknown container', policy({ action: 'Count', onExitCodes: { containerName: 'x', operator: 'In', values: [1] } })),
  oneJob('a condition of no status', policy({ action: 'Count', onPodConditions: [{ type: 'DisruptionTarget' }] })),
  oneJob('a condition wrong', policy({ action: 'Count', onPodConditions: [{ type: 'a b', status: 'x' }] })),
  oneJob('fails indexes without a limit', { backoffLimitPerIndex: undefined, maxFailedIndexes: undefined }),
  oneJob('no success rules', success()),
  oneJob('an empty success rule', success({})),
  oneJob('success indexes beyond', success({ succeededIndexes: '5' })),
  oneJob('success indexes doubled', success({ succeededIndexes: '0,0' })),
  oneJob('success indexes backwards', success({ succeededIndexes: '2-1' })),
  oneJob('success indexes of no form', success({ succeededIndexes: 'a' })),
  oneJob('success count beyond indexes', success({ succeededIndexes: '0', succeededCount: 2 })),
  oneJob('success count beyond completions', success({ succeededCount: 4 })),
  oneJob('21 success rules', success(...Array.from({ length: 21 }, () => ({ succeededCount: 1 })))),
  onePlain('defaults', {}),
  onePlain('parallel', { parallelism: 3 }),
  onePlain('success policy', success({ succeededCount: 1 })),
  onePlain('limit of indexes', { backoffLimitPerIndex: 1 }),
  onePlain('policy and restarts', {
    ...policy({ action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } }),
    template: { ...never, spec: { ...never.spec, restartPolicy: 'OnFailure' } },
  }),
  onePlain('own replacement with policy', {
    ...policy({ action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } }),
    podReplacementPolicy: 'TerminatingOrFailed',
  }),
  onePlain('without a restart policy', { template }),
  onePlain('ephemeral containers', { template: { ...never, spec: { ...never.spec, ephemeralContainers: [web] } } }),
  ...updateEach('Job', `${batch}/jobs/kept`, keptJob('kept'), { skip: ['metadata', 'spec.template.metadata', 'spec.template.spec.containers'] }),
  update('job, its template', `${batch}/jobs/kept`, keptJob('kept', { template: { ...never, spec: { ...never.spec, nodeSelector: { a: 'b' } } } })),
  update(
    'suspended job, where it goes',
    `${batch}/jobs/suspended`,
    keptJob('suspended', {
      suspend: true,
      template: {
        ...never,
        metadata: { labels, annotations: { x: 'y' } },
        spec: { ...never.spec, nodeSelector: { a: 'b' }, tolerations: [{ operator: 'Exists' }], schedulingGates: [{ name: 'g' }] },
      },
    }),
  ),
  update(
    'suspended job, what it asks for',
    `${batch}/jobs/suspended`,
    keptJob('suspended', { suspend: true, template: { ...never, spec: { ...never.spec, containers: [{ ...web, resources: { requests: { cpu: '1' } } }] } } }),
  ),
  update(
    'suspended job, its image',
    `${batch}/jobs/suspended`,
    keptJob('suspended', { suspend: true, template: { ...never, spec: { ...never.spec, containers: [{ ...web, image: 'nginx:2' }] } } }),
  ),
  update(
    'suspended job, resumed elsewhere',
    `${batch}/jobs/suspended`,
    keptJob('suspended', { suspend: false, template: { ...never, spec: { ...never.spec, nodeSelector: { a: 'b' } } } }),
  ),
  update(
    'idle job, where it goes',
    `${batch}/jobs/idle`,
    keptJob('idle', {
      suspend: true,
      template: {
        ...never,
        metadata: { labels, annotations: { x: 'y' } },
        spec: { ...never.spec, nodeSelector: { a: 'b' }, tolerations: [{ operator: 'Exists' }], schedulingGates: [{ name: 'g' }] },
      },
    }),
  ),
  update(
    'idle job, what it asks for',
    `${batch}/jobs/idle`,
    keptJob('idle', { suspend: true, template: { ...never, spec: { ...never.spec, containers: [{ ...web, resources: { requests: { cpu: '1' } } }] } } }),
  ),
  update(
    'idle job, its image',
    `${batch}/jobs/idle`,
    keptJob('idle', { suspend: true, template: { ...never, spec: { ...never.spec, containers: [{ ...web, image: 'nginx:2' }] } } }),
  ),
  update(
    'idle job, resumed elsewhere',
    `${batch}/jobs/idle`,
    keptJob('idle', { suspend: false, template: { ...never, spec: { ...never.spec, nodeSelector: { a: 'b' } } } }),
  ),
  update(
    'started job, where it goes',
    `${batch}/jobs/started`,
    keptJob('started', { suspend: true, template: { ...never, spec: { ...never.spec, nodeSelector: { a: 'b' } } } }),
  ),
  update('elastic job', `${batch}/jobs/kept`, keptJob('kept', { completions: 2, parallelism: 2 })),
  update('elastic job, apart', `${batch}/jobs/kept`, keptJob('kept', { completions: 5, parallelism: 2 })),
  update('plain job, completions', `${batch}/jobs/plain`, keptPlain('plain', { completions: 5 })),
  update('plain job, parallelism', `${batch}/jobs/plain`, keptPlain('plain', { parallelism: 5 })),
  update('plain job, selector', `${batch}/jobs/plain`, keptPlain('plain', { selector: { matchLabels: labels } })),
]

const statusOf = (name: string, what: string, status: object): Question =>
  update(`job status, ${what}`, `${batch}/jobs/${name}/status`, { ...(name === 'plain' ? keptPlain(name) : keptJob(name)), status })
const condition = (type: string, more: object = {}) => ({ type, status: 'True', lastTransitionTime: '2026-01-02T03:04:05Z', ...more })
const ended = { startTime: '2026-01-02T03:04:05Z', completionTime: '2026-01-02T03:05:05Z', uncountedTerminatedPods: {}, terminating: 0, ready: 0 }
const jobStatuses: Question[] = [
  ...updateEach('Job status', `${batch}/jobs/kept/status`, { ...keptJob('kept'), status: jobStatus }, { skip: ['metadata', 'spec'] }),
  statusOf('kept', 'complete', { ...ended, succeeded: 3, completedIndexes: '0-2', conditions: [condition('SuccessCriteriaMet'), condition('Complete')] }),
  statusOf('kept', 'complete without criteria', { ...ended, succeeded: 3, completedIndexes: '0-2', conditions: [condition('Complete')] }),
  statusOf('kept', 'complete and failed', { ...ended, conditions: [condition('Complete'), condition('Failed')] }),
  statusOf('kept', 'failed', {
    ...ended,
    completionTime: undefined,
    failed: 2,
    failedIndexes: '0',
    conditions: [condition('FailureTarget'), condition('Failed')],
  }),
  statusOf('kept', 'failed with a completion time', { ...ended, conditions: [condition('FailureTarget'), condition('Failed')] }),
  statusOf('kept', 'failed without target', { ...ended, completionTime: undefined, conditions: [condition('Failed')] }),
  statusOf('kept', 'complete while active', { ...ended, active: 1, ready: 1, conditions: [condition('SuccessCriteriaMet'), condition('Complete')] }),
  statusOf('kept', 'complete while terminating', { ...ended, terminating: 1, conditions: [condition('SuccessCriteriaMet'), condition('Complete')] }),
  statusOf('kept', 'complete before it began', {
    ...ended,
    completionTime: '2026-01-01T03:05:05Z',
    conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
  }),
  statusOf('kept', 'complete without time', { ...ended, completionTime: undefined, conditions: [condition('SuccessCriteriaMet'), condition('Complete')] }),
  statusOf('kept', 'complete, not begun', { ...ended, startTime: undefined, conditions: [condition('SuccessCriteriaMet'), condition('Complete')] }),
  statusOf('kept', 'complete with uncounted', {
    ...ended,
    uncountedTerminatedPods: { succeeded: ['a'] },
    conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
  }),
  statusOf('kept', 'criteria met and failed', {
    ...ended,
    completionTime: undefined,
    conditions: [condition('SuccessCriteriaMet'), condition('FailureTarget')],
  }),
  statusOf('kept', 'more ready than active', { active: 1, ready: 2 }),
  statusOf('kept', 'an index twice', { completedIndexes: '0', failedIndexes: '0' }),
  statusOf('kept', 'an index beyond', { completedIndexes: '9', failedIndexes: '2,1' }),
  statusOf('kept', 'indexes of no form', { completedIndexes: '0-', failedIndexes: 'x' }),
  statusOf('kept', 'counted twice', { uncountedTerminatedPods: { succeeded: ['a', 'a'], failed: ['a', ''] } }),
  statusOf('kept', 'less than before', { succeeded: 0, failed: 0 }),
  statusOf('plain', 'indexes of none', { completedIndexes: '0', failedIndexes: '0' }),
  statusOf('plain', 'criteria met without policy', { startTime: '2026-01-02T03:04:05Z', conditions: [condition('SuccessCriteriaMet')] }),
  statusOf('plain', 'too many succeeded', { succeeded: 5, startTime: '2026-01-02T03:04:05Z' }),
  statusOf('started', 'another start', { startTime: '2026-01-03T03:04:05Z' }),
  statusOf('started', 'no start', {}),
  statusOf('done', 'no longer complete', { ...ended, succeeded: 1 }),
  statusOf('done', 'active again', { ...ended, succeeded: 1, active: 1, conditions: [condition('SuccessCriteriaMet'), condition('Complete')] }),
  statusOf('done', 'another completion', {
    ...ended,
    succeeded: 1,
    completionTime: '2026-02-02T03:05:05Z',
    conditions: [condition('SuccessCriteriaMet'), condition('Complete')],
  }),
]

const schedules = [
  '* * * * *',
  '@hourly',
  '@every 1h',
  '@reboot',
  '@yearly',
  '0 0 31 2 *',
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * * 13 *',
  '* * * * 8',
  '* * * * 7',
  '* * * * SUN',
  '* * * * mon-fri',
  '*/0 * * * *',
  '*/70 * * * *',
  '5-1 * * * *',
  '1,2,3 * * * *',
  '* * * *',
  '* * * * * *',
  '',
  ' * * * * *',
  'TZ=UTC * * * * *',
  'CRON_TZ=UTC * * * * *',
  'x * * * *',
  '1-5/2 * * * *',
  '1--5 * * * *',
  '? ? ? ? ?',
  '* * L * *',
  '@every x',
  '@Hourly',
  '* * * JAN *',
]
const zones = [
  'UTC',
  'Etc/UTC',
  'Local',
  '',
  'local',
  'Nowhere/None',
  'europe/berlin',
  '/Europe/Berlin',
  '../Europe',
  'EST',
  'Europe/Berlin ',
  `Europe/${'a'.repeat(300)}`,
]
const crons: Question[] = [
  ...createEach('CronJob', `${batch}/cronjobs`, cronJob('new'), { skip: ['metadata', 'spec.jobTemplate.spec.template'] }),
  ...schedules.map((schedule) => create(`cron job of ${JSON.stringify(schedule)}`, `${batch}/cronjobs`, cronJob('new', { schedule }))),
  ...zones.map((timeZone) => create(`cron job in ${JSON.stringify(timeZone)}`, `${batch}/cronjobs`, cronJob('new', { timeZone }))),
  create('cron job, zone in the schedule and none beside', `${batch}/cronjobs`, cronJob('new', { schedule: 'TZ=UTC * * * * *', timeZone: undefined })),
  create('cron job of a long name', `${batch}/cronjobs`, { ...cronJob('new'), metadata: { name: 'a'.repeat(53) } }),
  create('cron job of a name with dots', `${batch}/cronjobs`, { ...cronJob('new'), metadata: { name: 'a.b' } }),
  create('cron job always restarted', `${batch}/cronjobs`, cronJob('new', { jobTemplate: { spec: { template } } })),
  create(
    'cron job with a selector',
    `${batch}/cronjobs`,
    cronJob('new', { jobTemplate: { spec: { selector: { matchLabels: labels }, manualSelector: true, template: never } } }),
  ),
  create(
    'cron job with a negative grace',
    `${batch}/cronjobs`,
    cronJob('new', { jobTemplate: { spec: { template: { ...never, spec: { ...never.spec, terminationGracePeriodSeconds: -1 } } } } }),
  ),
  ...updateEach('CronJob', `${batch}/cronjobs/kept`, cronJob('kept'), { skip: ['metadata', 'spec.jobTemplate'] }),
  update('zoned cron job', `${batch}/cronjobs/zoned`, cronJob('zoned', { schedule: 'TZ=UTC * * * * *', timeZone: undefined })),
  update('zoned cron job, another', `${batch}/cronjobs/zoned`, cronJob('zoned', { schedule: 'TZ=Europe/Paris * * * * *', timeZone: undefined })),
  ...updateEach('CronJob status', `${batch}/cronjobs/kept/status`, { ...cronJob('kept'), status: cronStatus }, { skip: ['metadata', 'spec'] }),
]

const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'kept', namespace: 'golden' }, spec: { replicas: 4 } }
const controllers: Question[] = [
  ...createEach('PodTemplate', `${core}/podtemplates`, podTemplate('new'), { skip: ['metadata'] }),
  ...updateEach('PodTemplate', `${core}/podtemplates/kept`, podTemplate('kept'), { skip: ['metadata'] }),
  ...createEach('ReplicationController', `${core}/replicationcontrollers`, controller('new'), { skip: ['metadata'] }),
  create('controller without a selector', `${core}/replicationcontrollers`, { ...controller('new'), spec: { template } }),
  create('controller of none', `${core}/replicationcontrollers`, { ...controller('new'), spec: {} }),
  create('controller of a pod that ends', `${core}/replicationcontrollers`, { ...controller('new'), spec: { ...controller('new').spec, template: never } }),
  create('controller of others', `${core}/replicationcontrollers`, { ...controller('new'), spec: { ...controller('new').spec, selector: { x: 'y' } } }),
  create('controller with a deadline', `${core}/replicationcontrollers`, {
    ...controller('new'),
    spec: { ...controller('new').spec, template: { ...template, spec: { ...template.spec, activeDeadlineSeconds: 4 } } },
  }),
  create('controller with a negative grace', `${core}/replicationcontrollers`, {
    ...controller('new'),
    spec: { ...controller('new').spec, template: { ...template, spec: { ...template.spec, terminationGracePeriodSeconds: -1 } } },
  }),
  ...updateEach('ReplicationController', `${core}/replicationcontrollers/kept`, controller('kept'), { skip: ['metadata', 'spec.template.spec'] }),
  ...updateEach(
    'ReplicationController status',
    `${core}/replicationcontrollers/kept/status`,
    { ...controller('kept'), status: controllerStatus },
    { skip: ['metadata', 'spec'] },
  ),
  ...[...mutationsOf(scale)].map(({ name, object }) => update(`scale ${name}`, `${core}/replicationcontrollers/kept/scale`, object as object)),
  update('scale of another', `${core}/replicationcontrollers/kept/scale`, { ...scale, metadata: { name: 'x' } }),
  update('scale of none', `${core}/replicationcontrollers/none/scale`, { ...scale, metadata: { name: 'none' } }),
  { key: 'scale read', method: 'GET', path: `${core}/replicationcontrollers/kept/scale`, whole: true },
  {
    key: 'scale patched',
    method: 'PATCH',
    path: `${core}/replicationcontrollers/kept/scale`,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { spec: { replicas: 7 } },
    whole: true,
  },
]

/** The original falls over the first; of the others our schemas do not keep that Go has a type for what is in the list. */
const leftOut: ReadonlySet<string> = new Set([
  'create Job spec.completions left out',
  'update Job spec.completions left out',
  'update Job spec left out',
  'update Job spec={}',
  ...['succeeded', 'failed'].flatMap((list) => ['={}', '[0]=7'].map((what) => `update Job status status.uncountedTerminatedPods.${list}${what}`)),
])

export const batchAndControllers: Questionnaire = {
  setup: [
    ...inNamespace,
    make(`${core}/podtemplates`, podTemplate('kept')),
    make(`${core}/replicationcontrollers`, controller('kept')),
    make(`${batch}/jobs`, keptJob('kept')),
    make(`${batch}/jobs`, keptJob('suspended', { suspend: true })),
    make(`${batch}/jobs`, keptJob('idle', { suspend: true })),
    make(`${batch}/jobs`, keptJob('started')),
    make(`${batch}/jobs`, keptPlain('plain')),
    make(`${batch}/jobs`, keptJob('done')),
    {
      key: 'idle',
      method: 'PATCH',
      path: `${batch}/jobs/idle/status`,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { status: { conditions: [condition('Suspended')] } },
    },
    {
      key: 'started',
      method: 'PATCH',
      path: `${batch}/jobs/started/status`,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { status: { startTime: '2026-01-02T03:04:05Z' } },
    },
    {
      key: 'done',
      method: 'PATCH',
      path: `${batch}/jobs/done/status`,
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { status: { ...ended, succeeded: 1, completedIndexes: '0', conditions: [condition('SuccessCriteriaMet'), condition('Complete')] } },
    },
    make(`${batch}/cronjobs`, cronJob('kept')),
  ],
  questions: [...controllers, ...jobs, ...jobStatuses, ...crons].filter(({ key }) => !leftOut.has(key)),
}
