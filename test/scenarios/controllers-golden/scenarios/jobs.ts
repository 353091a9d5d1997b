/** Jobs in each of their ends, CronJobs. */
import { cronJobs, jobs } from '#api/gen/resources.ts'
import type { Scenario } from '../types.ts'
import { change, make, remove, step, template } from './steps.ts'

const job = (does: string, more: object = {}) => ({ spec: { ...more, template: template({ does }, { restartPolicy: 'Never' }) } })
const made = (name: string, content: object, ...more: Scenario['steps']): Scenario => ({ name, steps: [step('made', make(jobs, 'work', content)), ...more] })

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
  made('job-success-count', job('exit-0', { completions: 3, parallelism: 1, completionMode: 'Indexed', successPolicy: { rules: [{ succeededCount: 1 }] } })),
  made('job-deadline', job('run', { activeDeadlineSeconds: 2, parallelism: 2, completions: 2 })),
  made(
    'job-suspend',
    job('run', { suspend: true, parallelism: 2, completions: 2 }),
    step('resumed', change(jobs, 'work', { spec: { suspend: false } })),
    step('suspended', change(jobs, 'work', { spec: { suspend: true } })),
  ),
  made('job-managed', job('exit-0', { managedBy: 'example.com/other' })),
  made('job-ttl', job('exit-0', { ttlSecondsAfterFinished: 1 })),
  made('job-scaled', job('run', { parallelism: 3, completions: 3 }), step('to one', change(jobs, 'work', { spec: { parallelism: 1 } }))),
  {
    name: 'cron-job',
    steps: [
      step('suspended', make(cronJobs, 'often', { spec: { schedule: '* * * * *', suspend: true, jobTemplate: { spec: job('exit-0').spec } } })),
      step('another zone', change(cronJobs, 'often', { spec: { schedule: '0 0 30 2 *', timeZone: 'Europe/Berlin', suspend: false } })),
    ],
  },
]
