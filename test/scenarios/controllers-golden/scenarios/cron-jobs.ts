/** CronJobs: strokes of the hour that were missed, by each policy. */
import { cronJobs, jobs } from '#api/gen/resources.ts'
import { rfc3339At } from '../times.ts'
import type { Scenario, Step } from '../types.ts'
import { all, change, make, remove, step, template } from './steps.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const jobTemplate = (does: string) => ({ spec: { backoffLimit: 0, template: template({ does }, { restartPolicy: 'Never' }) } })

/** Once an hour, so far from now that it does not strike while it is looked at. `minutes` more for another time. */
const hourly = (now: number, minutes = 0): string => `${(new Date(now).getUTCMinutes() + 30 + minutes) % 60} * * * *`
const made =
  (does: string, spec: object = {}): Step['act'] =>
  (place) =>
    make(cronJobs, 'often', { spec: { schedule: hourly(place.clock.now()), suspend: true, jobTemplate: jobTemplate(does), ...spec } })(place)
/** As if the last stroke were so many hours ago. */
const lastSeen =
  (hours: number): Step['act'] =>
  (place) =>
    change(cronJobs, 'often', { status: { lastScheduleTime: rfc3339At(place.clock.now() - hours * hourMs) } }, 'status')(place)
const resumed = change(cronJobs, 'often', { spec: { suspend: false } })
const anotherTime =
  (minutes: number): Step['act'] =>
  (place) =>
    change(cronJobs, 'often', { spec: { schedule: hourly(place.clock.now(), minutes) } })(place)
/** The change of the schedule alone makes nothing up. */
const again = (minutes: number): Step['act'] => all(anotherTime(minutes), lastSeen(4))

const missed = (name: string, does: string, spec: object, ...more: Scenario['steps']): Scenario => ({
  name,
  steps: [step('missed', all(made(does, spec), lastSeen(4), resumed)), ...more],
})

export const cronJobScenarios: readonly Scenario[] = [
  {
    name: 'cron-job',
    steps: [
      step('suspended', make(cronJobs, 'often', { spec: { schedule: '* * * * *', suspend: true, jobTemplate: jobTemplate('exit-0') } })),
      step('another zone', change(cronJobs, 'often', { spec: { schedule: '0 0 30 2 *', timeZone: 'Europe/Berlin', suspend: false } })),
    ],
  },
  missed('cron-forbids', 'run', { concurrencyPolicy: 'Forbid' }, step('while it runs', again(1))),
  missed(
    'cron-rescheduled',
    'exit-0',
    {},
    step('another time', anotherTime(-31)),
    step('another zone', change(cronJobs, 'often', { spec: { timeZone: 'Asia/Kathmandu' } })),
  ),
  missed('cron-replaces', 'run', { concurrencyPolicy: 'Replace' }, step('while it runs', again(1))),
  missed(
    'cron-allows',
    'run',
    {},
    step('while it runs', again(1)),
    step('its Job is deleted', async (place) => {
      const { items } = await place.client.list(jobs, { namespace: place.namespace })
      const last = items
        .map(({ metadata }) => metadata.name)
        .sort()
        .at(-1)!
      await remove(jobs, last, { propagationPolicy: 'Background' })(place)
    }),
  ),
  missed('cron-zone', 'exit-0', { timeZone: 'Pacific/Chatham' }),
  {
    name: 'cron-many',
    steps: [step('missed', all(made('exit-0'), lastSeen(200), resumed))],
  },
  {
    name: 'cron-deadline',
    steps: [
      step('too late', all(made('exit-0', { startingDeadlineSeconds: 60 }), lastSeen(4), resumed)),
      step('late', change(cronJobs, 'often', { spec: { startingDeadlineSeconds: 3500 } })),
    ],
  },
  missed(
    'cron-history',
    'exit-0',
    { successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 },
    step('again', again(1)),
    step(
      'now it fails',
      all(change(cronJobs, 'often', { spec: { jobTemplate: { spec: { template: { metadata: { labels: { does: 'exit-1' } } } } } } }), again(2)),
    ),
    step('nothing is kept', change(cronJobs, 'often', { spec: { successfulJobsHistoryLimit: 0 } })),
  ),
  {
    name: 'cron-foreign',
    steps: [
      step('made', made('exit-0')),
      step('a Job that says it is its own', async (place) => {
        const { metadata } = await place.client.get(cronJobs, { namespace: place.namespace, name: 'often' })
        const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'often', uid: metadata.uid, controller: true, blockOwnerDeletion: true }
        await make(jobs, 'other', { spec: jobTemplate('run').spec }, { ownerReferences: [owner] })(place)
      }),
      step('taken', async (place) => {
        await change(cronJobs, 'often', { spec: { suspend: false } })(place)
      }),
    ],
  },
]
