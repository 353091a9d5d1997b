/** create deployment, job, cronjob, poddisruptionbudget. */
import { CommandError } from '../../errors.ts'
import type { Command } from '../../types.ts'
import { generatorCommand, required } from './generate.ts'

/** What follows NAME on the line, after `--` or not, is the command to run. */
function commandOf({ args, dashAt }: { args: readonly string[]; dashAt: number }): readonly string[] {
  return dashAt >= 0 ? args.slice(dashAt) : args.slice(1)
}

export const deployment: Command = generatorCommand({
  summary: 'Create a deployment with the specified name.',
  usage: 'NAME --image=image -- [COMMAND] [args...]',
  flags: [
    { name: 'image', required: true, type: 'stringSlice', usage: 'Image names to run' },
    { name: 'port', type: 'int', bits: 32, default: '-1', usage: 'The container port that this deployment exposes' },
    { name: 'replicas', short: 'r', type: 'int', bits: 32, default: '1', usage: 'Number of replicas to create' },
  ],
  make(invocation, name) {
    const { flags } = invocation
    const images = flags.list('image')
    const command = commandOf(invocation)
    if (images.length === 0) throw new CommandError('error: required flag(s) "image" not set')
    if (images.length > 1 && command.length > 0) throw new CommandError('error: cannot specify multiple --image options and command')
    if (flags.int('replicas') < 0) throw new CommandError(`error: invalid replicas: ${flags.int('replicas')}`)
    const port = flags.int('port')
    const labels = { app: name }
    const containers = images.map((image) => ({
      image,
      name: containerName(image),
      ...(command.length > 0 ? { command } : {}),
      ...(port >= 0 ? { ports: [{ containerPort: port }] } : {}),
      resources: {},
    }))
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { labels, name },
      spec: { replicas: flags.int('replicas'), selector: { matchLabels: labels }, strategy: {}, template: { metadata: { labels }, spec: { containers } } },
      status: {},
    }
  },
})

/** The image's last part without its tag, as a label may be. */
function containerName(image: string): string {
  const [name = ''] = image.slice(image.lastIndexOf('/') + 1).split(/[:@]/)
  return name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63)
}

export const job: Command = generatorCommand({
  summary: 'Create a job with the specified name.',
  usage: 'NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]',
  flags: [
    { name: 'from', type: 'string', usage: 'The name of the resource to create a job from (only cronjob is supported)' },
    { name: 'image', type: 'string', usage: 'Image name to run' },
  ],
  async make(invocation, name) {
    const { flags, session } = invocation
    const command = commandOf(invocation)
    const from = flags.string('from')
    const image = flags.string('image')
    if ((image === '') === (from === '')) throw new CommandError('error: either --image or --from must be specified')
    if (from === '') {
      const containers = [{ ...(command.length > 0 ? { command } : {}), image, name, resources: {} }]
      return {
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name },
        spec: { template: { metadata: {}, spec: { containers, restartPolicy: 'Never' } } },
        status: {},
      }
    }
    if (command.length > 0) throw new CommandError('error: cannot specify --from and command')
    const [kind = '', cronName = ''] = from.split('/')
    if ((await session.catalog()).resolve(kind).kind !== 'CronJob') throw new CommandError(`error: from must be an existing cronjob`)
    const cron = await session.json({ method: 'GET', path: `/apis/batch/v1/namespaces/${await session.namespace()}/cronjobs/${encodeURIComponent(cronName)}` })
    return {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        annotations: { ...cron.spec.jobTemplate.metadata?.annotations, 'cronjob.kubernetes.io/instantiate': 'manual' },
        labels: cron.spec.jobTemplate.metadata?.labels,
        name,
        ownerReferences: [{ apiVersion: 'batch/v1', kind: 'CronJob', name: cron.metadata.name, uid: cron.metadata.uid, controller: true }],
      },
      spec: cron.spec.jobTemplate.spec,
      status: {},
    }
  },
})

export const cronjob: Command = generatorCommand({
  summary: 'Create a cron job with the specified name.',
  usage: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags]",
  flags: [
    { name: 'image', type: 'string', usage: 'Image name to run' },
    { name: 'restart', type: 'string', usage: "job's restart policy: OnFailure, Never" },
    { name: 'schedule', type: 'string', usage: 'A schedule in the Cron format' },
  ],
  make(invocation, name) {
    const { flags } = invocation
    const image = required(invocation, 'image')
    const schedule = required(invocation, 'schedule')
    const command = commandOf(invocation)
    const containers = [{ ...(command.length > 0 ? { command } : {}), image, name, resources: {} }]
    const template = { metadata: {}, spec: { containers, restartPolicy: flags.string('restart') || 'OnFailure' } }
    return {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name },
      spec: { jobTemplate: { metadata: { name }, spec: { template } }, schedule },
      status: {},
    }
  },
})

export const poddisruptionbudget: Command = generatorCommand({
  summary: 'Create a pod disruption budget with the specified name, selector, and desired minimum available pods.',
  usage: 'NAME --selector=SELECTOR --min-available=N [--dry-run=server|client|none]',
  flags: [
    { name: 'max-unavailable', type: 'string', usage: 'The most pods that may be unavailable, a number or a percentage' },
    { name: 'min-available', type: 'string', usage: 'The fewest pods that must be available, a number or a percentage' },
    { name: 'selector', type: 'string', usage: 'A label selector for this budget' },
  ],
  async make(invocation, name) {
    const { flags } = invocation
    const [most, fewest] = [flags.string('max-unavailable'), flags.string('min-available')]
    if (flags.string('selector') === '') throw new CommandError('error: a selector must be specified')
    if (most === '' && fewest === '') throw new CommandError('error: one of min-available or max-unavailable must be specified')
    if (most !== '' && fewest !== '') throw new CommandError('error: min-available and max-unavailable cannot be both specified')
    const { toLabelSelector } = await import('#apimachinery/labels.ts')
    const selector: any = toLabelSelector(flags.string('selector'))
    if (selector.matchExpressions?.length === 0) delete selector.matchExpressions
    const amount = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text)
    return {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name },
      spec: { ...(most ? { maxUnavailable: amount(most) } : { minAvailable: amount(fewest) }), selector },
      status: { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 },
    }
  },
})
