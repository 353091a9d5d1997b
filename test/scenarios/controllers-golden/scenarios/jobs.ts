/** Jobs in each of their ends, by each of their policies. */
import { jobs, pods } from '#api/gen/resources.ts'
import type { Scenario, Step } from '../types.ts'
import { all, change, ended, make, podSays, remove, step, template } from './steps.ts'

const job = (does: string, more: object = {}, pod: object = {}) => ({ spec: { ...more, template: template({ does }, { restartPolicy: 'Never', ...pod }) } })
const made = (name: string, content: object, ...more: Scenario['steps']): Scenario => ({ name, steps: [step('made', make(jobs, 'work', content)), ...more] })
/** As long as a failed pod may be waited for, and more. */
const waiting = (quietMs: number, scenario: Scenario): Scenario => ({ ...scenario, quietMs })

const indexed = (completions: number, more: object = {}) => ({ completions, parallelism: completions, completionMode: 'Indexed', ...more })
const ofIndex = (index: number): string => `batch.kubernetes.io/job-completion-index=${index}`
const disrupted = { type: 'DisruptionTarget', reason: 'EvictionByEvictionAPI' }
/** A pod that stays while it is deleted, until its label goes. */
const letGo: Step['act'] = async ({ client, namespace }) => {
  for (const { metadata } of (await client.list(pods, { namespace, labelSelector: 'lingers' })).items)
    await client.patch(pods, { namespace, name: metadata.name }, { metadata: { labels: { lingers: null } } }, { type: 'merge' })
}
const lingering = (does: string, more: object) => ({ spec: { ...more, template: template({ does, lingers: 'yes' }, { restartPolicy: 'Never' }) } })
const removeOf =
  (labelSelector: string): Step['act'] =>
  async ({ client, namespace }) => {
    const { items } = await client.list(pods, { namespace, labelSelector })
    return client.delete(pods, { namespace, name: items[0]!.metadata.name })
  }

export const jobScenarios: readonly Scenario[] = [
  made('job', job('exit-0', { completions: 3, parallelism: 3 }), step('deleted', remove(jobs, 'work', { propagationPolicy: 'Foreground' }))),
  made('job-indexed', job('exit-0', { completions: 3, parallelism: 3, completionMode: 'Indexed' })),
  made('job-fails', job('exit-1', { backoffLimit: 0 })),
  made('job-backoff-zero-indexed', job('first-exits-1', { completions: 2, parallelism: 2, completionMode: 'Indexed', backoffLimitPerIndex: 0 })),
  made(
    'job-policy-exit',
    job('exit-42', { backoffLimit: 6, podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }] } }),
  ),
  made(
    'job-policy-index',
    job('exit-42', {
      completions: 1,
      completionMode: 'Indexed',
      backoffLimitPerIndex: 2,
      podFailurePolicy: { rules: [{ action: 'FailIndex', onExitCodes: { containerName: 'app', operator: 'NotIn', values: [1] } }] },
    }),
  ),
  waiting(
    14_000,
    made(
      'job-policy-conditions',
      job('run', {
        completions: 2,
        parallelism: 2,
        backoffLimit: 0,
        podFailurePolicy: {
          rules: [
            { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
            { action: 'FailJob', onPodConditions: [{ type: 'Broken', status: 'True' }] },
          ],
        },
      }),
      step('one is disrupted', podSays('does=run', ended(137, disrupted))),
      step('one is broken', podSays('does=run', ended(1, { type: 'Broken', reason: 'Tested' }))),
    ),
  ),
  made(
    'job-policy-count',
    job('run', {
      backoffLimit: 0,
      podFailurePolicy: {
        rules: [
          { action: 'Count', onExitCodes: { operator: 'In', values: [3] } },
          { action: 'FailJob', onExitCodes: { operator: 'NotIn', values: [5] } },
        ],
      },
    }),
    step('it fails as may be', podSays('does=run', ended(3))),
  ),
  made('job-success-count', job('exit-0', { completions: 3, parallelism: 1, completionMode: 'Indexed', successPolicy: { rules: [{ succeededCount: 1 }] } })),
  made(
    'job-success-indexes',
    job('run', indexed(4, { successPolicy: { rules: [{ succeededIndexes: '0,2-3', succeededCount: 2 }] } })),
    step('one that does not count', podSays(ofIndex(1), ended(0))),
    step('one that counts', podSays(ofIndex(0), ended(0))),
    step('enough', podSays(ofIndex(3), ended(0))),
  ),
  made(
    'job-success-lingers',
    lingering('run', indexed(2, { successPolicy: { rules: [{ succeededIndexes: '0' }] } })),
    step('enough', podSays(ofIndex(0), ended(0))),
    step('the other is gone', letGo),
  ),
  waiting(
    15_000,
    made(
      'job-backoff-index',
      job('run', indexed(3, { backoffLimitPerIndex: 1, maxFailedIndexes: 1 })),
      step('one fails', podSays(ofIndex(1), ended(1))),
      step('again', podSays(ofIndex(1), ended(1), 0)),
      step('another succeeds', podSays(ofIndex(0), ended(0))),
    ),
  ),
  made(
    'job-failed-indexes',
    job('run', indexed(3, { backoffLimitPerIndex: 0, maxFailedIndexes: 1 })),
    step('one fails', podSays(ofIndex(1), ended(1))),
    step('another succeeds', podSays(ofIndex(0), ended(0))),
    step('the last fails', podSays(ofIndex(2), ended(1))),
  ),
  waiting(45_000, made('job-backoff', job('exit-1', { backoffLimit: 2 }))),
  made(
    'job-restarts',
    job('run', { backoffLimit: 1, parallelism: 2, completions: 2 }, { restartPolicy: 'OnFailure' }),
    step(
      'containers are restarted',
      podSays('does=run', (at, { spec }) => ({
        containerStatuses: spec.containers.map(({ name, image }) => ({
          name,
          image,
          imageID: image,
          ready: true,
          restartCount: 2,
          state: { running: { startedAt: at } },
        })),
      })),
    ),
  ),
  waiting(
    12_000,
    made(
      'job-replaced-failed',
      lingering('run', { parallelism: 2, completions: 2, podReplacementPolicy: 'Failed' }),
      step('one is deleted', removeOf('does=run')),
      step('it is gone', letGo),
    ),
  ),
  waiting(
    12_000,
    made(
      'job-replaced-terminating',
      lingering('run', { parallelism: 1, completions: 1 }),
      step('it is deleted', removeOf('does=run')),
      step('it is gone', letGo),
    ),
  ),
  waiting(
    12_000,
    made(
      'job-lingers',
      lingering('run', { parallelism: 2, completions: 2, backoffLimit: 0 }),
      step('one fails', podSays('does=run', ended(1))),
      step('the other is gone', letGo),
    ),
  ),
  made('job-queue', job('run', { parallelism: 3 }), step('one succeeds', podSays('does=run', ended(0))), step('another too', podSays('does=run', ended(0), 1))),
  made(
    'job-elastic',
    job('run', indexed(3)),
    step('smaller', change(jobs, 'work', { spec: { completions: 1, parallelism: 1 } })),
    step('larger', change(jobs, 'work', { spec: { completions: 4, parallelism: 4 } })),
    step('one succeeds', podSays(ofIndex(2), ended(0))),
    step('without it', change(jobs, 'work', { spec: { completions: 2, parallelism: 2 } })),
  ),
  made('job-none', job('exit-0', { completions: 0 })),
  made(
    'job-idle',
    job('run', { parallelism: 0, completions: 2 }),
    step('begins', change(jobs, 'work', { spec: { parallelism: 1 } })),
    step('succeeds', podSays('does=run', ended(0))),
  ),
  made('job-deadline', job('run', { activeDeadlineSeconds: 2, parallelism: 2, completions: 2 })),
  made(
    'job-deadline-later',
    job('run', { parallelism: 1 }),
    step('a deadline that is over', async (place) => {
      await new Promise((resolve) => place.clock.after(3000, () => resolve(undefined)))
      await change(jobs, 'work', { spec: { activeDeadlineSeconds: 1 } })(place)
    }),
  ),
  made(
    'job-suspend',
    job('run', { suspend: true, parallelism: 2, completions: 2 }),
    step('resumed', change(jobs, 'work', { spec: { suspend: false } })),
    step('suspended', change(jobs, 'work', { spec: { suspend: true } })),
  ),
  made(
    'job-suspend-indexed',
    job('run', indexed(3, { backoffLimitPerIndex: 0 })),
    step('one succeeds, one fails', all(podSays(ofIndex(0), ended(0)), podSays(ofIndex(1), ended(1)))),
    step('suspended', change(jobs, 'work', { spec: { suspend: true } })),
    step(
      'changed',
      change(jobs, 'work', { spec: { template: { spec: { containers: [{ name: 'app', image: 'app:1', resources: { requests: { cpu: '1' } } }] } } } }),
    ),
    step('resumed', change(jobs, 'work', { spec: { suspend: false } })),
    step('the last succeeds', podSays(ofIndex(2), ended(0))),
  ),
  made('job-suspended-deleted', job('run', { suspend: true }), step('deleted', remove(jobs, 'work', { propagationPolicy: 'Background' }))),
  made('job-orphans', job('run', { parallelism: 2, completions: 2 }), step('deleted', remove(jobs, 'work', { propagationPolicy: 'Orphan' }))),
  made(
    'job-released',
    job('run', { parallelism: 1 }),
    step('another label', async (place) => {
      const { items } = await place.client.list(pods, { namespace: place.namespace, labelSelector: 'does=run' })
      await change(pods, items[0]!.metadata.name, { metadata: { labels: { 'batch.kubernetes.io/controller-uid': 'other' } } })(place)
    }),
  ),
  {
    name: 'job-manual',
    steps: [
      step('a pod that waits for one', make(pods, 'early', { spec: { restartPolicy: 'Never', ...template().spec } }, { labels: { app: 'mine' } })),
      step(
        'made',
        make(jobs, 'work', {
          spec: {
            manualSelector: true,
            selector: { matchLabels: { app: 'mine' } },
            parallelism: 2,
            completions: 2,
            template: template({ app: 'mine' }, { restartPolicy: 'Never' }),
          },
        }),
      ),
    ],
  },
  {
    name: 'job-refused',
    steps: [
      step(
        'made',
        make(jobs, 'work', { spec: { parallelism: 2, completions: 2, template: template({}, { restartPolicy: 'Never', serviceAccountName: 'nobody' }) } }),
      ),
    ],
  },
  made('job-managed', job('exit-0', { managedBy: 'example.com/other' })),
  made('job-ttl', job('exit-0', { ttlSecondsAfterFinished: 1 })),
  made('job-scaled', job('run', { parallelism: 3, completions: 3 }), step('to one', change(jobs, 'work', { spec: { parallelism: 1 } }))),
]
