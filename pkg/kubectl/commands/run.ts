/** kubectl run: one pod with one container. */
import { CommandError, usageError } from '../errors.ts'
import { dryRunOf } from '../resources/write.ts'
import { recordCause, recordFlag } from '../resources/change-cause.ts'
import { fileFlags } from '../resources/types.ts'
import { deletionFlags } from './apply/flags.ts'
import { detachKeysFlag } from './attach/session.ts'
import { generatorFlags, submit } from './create/generate.ts'
import { overrideFlags, overridden } from './create/overrides.ts'
import type { Command, Invocation } from '../types.ts'

export const command: Command = {
  summary: 'Create and run a particular image in a pod.',
  usage: 'NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  examples: ['kubectl run nginx --image=nginx', 'kubectl run nginx --image=nginx --command -- <cmd> <arg1>'],
  flags: [
    ...generatorFlags.filter(({ name }) => name !== 'validate').map((flag) => (flag.name === 'field-manager' ? { ...flag, default: 'kubectl-run' } : flag)),
    ...fileFlags('to use to replace the resource.'),
    ...deletionFlags,
    ...overrideFlags,
    detachKeysFlag,
    recordFlag,
    { name: 'annotations', type: 'stringArray', usage: 'Annotations to apply to the pod' },
    { name: 'attach', type: 'bool', default: 'false', usage: 'Wait for the pod to start, and attach to it' },
    { name: 'command', type: 'bool', default: 'false', usage: "Use the further arguments as 'command' instead of 'args'" },
    { name: 'env', type: 'stringArray', usage: 'Environment variables to set in the container' },
    { name: 'expose', type: 'bool', default: 'false', usage: 'Create a ClusterIP service with the pod; needs --port' },
    { name: 'image', required: true, type: 'string', usage: 'The image for the container to run' },
    { name: 'image-pull-policy', type: 'string', usage: 'The image pull policy for the container' },
    { name: 'leave-stdin-open', type: 'bool', default: 'false', usage: 'Leave stdin open after the first attach ends' },
    { name: 'labels', short: 'l', type: 'string', usage: 'Comma separated labels to apply to the pod' },
    { name: 'pod-running-timeout', type: 'duration', default: '1m0s', usage: 'How long to wait until the pod is running' },
    { name: 'port', type: 'string', usage: 'The port that this container exposes' },
    { name: 'privileged', type: 'bool', default: 'false', usage: 'Run the container in privileged mode' },
    { name: 'quiet', short: 'q', type: 'bool', default: 'false', usage: 'Suppress prompt messages' },
    { name: 'restart', type: 'string', default: 'Always', usage: 'Restart policy: Always, OnFailure, Never' },
    { name: 'rm', type: 'bool', default: 'false', usage: 'Delete the pod after it exits; only with --attach or -i' },
    { name: 'stdin', short: 'i', type: 'bool', default: 'false', usage: 'Keep stdin open on the container' },
    { name: 'tty', short: 't', type: 'bool', default: 'false', usage: 'Allocate a TTY for the container' },
  ],
  whenInterrupted: (flags) => (flags.bool('rm') ? 'dies' : undefined),
  run,
}

async function run(invocation: Invocation): Promise<unknown> {
  const { args, flags, path } = invocation
  const [name, ...words] = args
  const image = flags.string('image')
  if (name === undefined) throw usageError(path, 'NAME is required for run')
  if (image === '') throw new CommandError('error: --image is required')
  if (!isImageReference(image)) throw new CommandError(`error: Invalid image name ${JSON.stringify(image)}: invalid reference format`)
  if (!['Always', 'OnFailure', 'Never'].includes(flags.string('restart'))) throw usageError(path, `invalid restart policy: ${flags.string('restart')}`)
  if (flags.bool('tty') && !flags.bool('stdin')) throw usageError(path, '-i/--stdin is required for containers with -t/--tty=true')
  const attach = flags.bool('attach') || flags.bool('stdin')
  if (attach && dryRunOf(invocation) !== 'none')
    throw usageError(path, "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)")
  if (flags.bool('rm') && !attach) throw usageError(path, '--rm should only be used for attached containers')
  if (flags.bool('expose') && flags.string('port') === '') throw usageError(path, '--port must be set when exposing a service')
  const pullPolicy = flags.string('image-pull-policy')
  if (!['', 'Always', 'IfNotPresent', 'Never'].includes(pullPolicy)) throw usageError(path, `invalid image pull policy: ${pullPolicy}`)
  const pod = await overridden(invocation, podOf(invocation, name, words))
  recordCause(invocation, pod)
  if (flags.bool('expose')) {
    const port = Number(flags.string('port'))
    await submit(invocation, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { ports: [{ port, protocol: 'TCP', targetPort: port }], selector: pod.metadata.labels },
      status: { loadBalancer: {} },
    })
    // As upstream separates the two, and its printer once more.
    if (flags.string('output') === 'yaml') invocation.out('---\n---\n')
  }
  if (!attach || flags.string('dry-run') !== 'none') return submit(invocation, pod, false, 'created', { savesNamespace: false })
  const { runAttached } = await import('./run/attached.ts')
  return runAttached(invocation, pod)
}

/** "a=b,c=d"; anything else is refused. */
function labelPairs(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [key = '', value, ...more] = pair.split('=')
      if (value === undefined || more.length > 0) throw new CommandError(`error: unexpected label spec: ${pair}`)
      return [key, value]
    }),
  )
}

/** The grammar of references: [domain[:port]/]path[:tag][@digest]. */
function isImageReference(text: string): boolean {
  const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
  const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
  const domain = `(?:${label}(?:\\.${label})*|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]+)?`
  const reference = `^(?:${domain}/)?${component}(?:/${component})*(?::[\\w][\\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`
  return text.length < 5000 && new RegExp(reference).test(text)
}

function podOf({ flags }: Invocation, name: string, words: readonly string[]): any {
  const pairs = (text: readonly string[]): Record<string, string> =>
    Object.fromEntries(text.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
  const labels = flags.string('labels') === '' ? { run: name } : labelPairs(flags.string('labels'))
  const env = flags.list('env').map((pair) => {
    const at = pair.indexOf('=')
    if (at <= 0) throw new CommandError(`error: invalid env: ${pair}`)
    return { name: pair.slice(0, at), ...(at < pair.length - 1 ? { value: pair.slice(at + 1) } : {}) }
  })
  const annotations = flags.list('annotations')
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...(annotations.length > 0 ? { annotations: pairs(annotations) } : {}), labels, name },
    spec: {
      containers: [
        {
          ...(words.length > 0 ? (flags.bool('command') ? { command: words } : { args: words }) : {}),
          ...(env.length > 0 ? { env } : {}),
          image: flags.string('image'),
          ...(flags.string('image-pull-policy') ? { imagePullPolicy: flags.string('image-pull-policy') } : {}),
          name,
          ...(flags.string('port') ? { ports: [{ containerPort: Number(flags.string('port')) }] } : {}),
          resources: {},
          ...(flags.bool('privileged') ? { securityContext: { privileged: true } } : {}),
          ...(flags.bool('stdin') ? { stdin: true, ...(flags.bool('leave-stdin-open') ? {} : { stdinOnce: true }) } : {}),
          ...(flags.bool('tty') ? { tty: true } : {}),
        },
      ],
      dnsPolicy: 'ClusterFirst',
      restartPolicy: flags.string('restart'),
    },
    status: {},
  }
}
