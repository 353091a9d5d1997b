/** kubectl logs. */
import { formatTime, parseTime } from '#apimachinery/codec/time.ts'
import { isNotFound, StatusError } from '#apimachinery/status-error.ts'
import { queryString } from '#client/paths.ts'
import { CommandError, usageError } from '../errors.ts'
import { requestFailure } from '../failures.ts'
import { forLogs } from '../resources/pod-order.ts'
import { containerOf, namedOwner, podsOf } from '../resources/pods-of.ts'
import { type Item, selectorFlag } from '../resources/types.ts'
import { listItems } from '../resources/visit.ts'
import { pause } from '../resources/wait-gone.ts'
import { builtIn } from '../resources/write.ts'
import type { Command, Invocation } from '../types.ts'

export const command: Command = {
  summary: 'Print the logs for a container in a pod or specified resource.',
  usage: '[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  examples: [
    'kubectl logs nginx',
    'kubectl logs -f -l app=nginx --all-containers=true',
    'kubectl logs --tail=20 nginx',
    'kubectl logs deployment/nginx -c nginx-1',
  ],
  flags: [
    selectorFlag,
    { name: 'all-containers', type: 'bool', default: 'false', usage: "Get all containers' logs in the pod(s)" },
    { name: 'all-pods', type: 'bool', default: 'false', usage: 'Get logs from all pods of the resource; sets --prefix' },
    { name: 'container', short: 'c', type: 'string', usage: 'Print the logs of this container' },
    { name: 'follow', short: 'f', type: 'bool', default: 'false', usage: 'Stream the logs' },
    { name: 'ignore-errors', type: 'bool', default: 'false', usage: 'While following, let no error end the stream' },
    { name: 'insecure-skip-tls-verify-backend', type: 'bool', default: 'false', usage: "Do not check the kubelet's certificate" },
    { name: 'limit-bytes', type: 'int', default: '0', usage: 'Maximum bytes of logs to return' },
    { name: 'max-log-requests', type: 'int', default: '5', usage: 'How many logs to follow at once' },
    { name: 'pod-running-timeout', type: 'duration', default: '20s', usage: 'How long to wait until at least one pod is running' },
    { name: 'prefix', type: 'bool', default: 'false', usage: 'Prefix each line with its source' },
    { name: 'previous', short: 'p', type: 'bool', default: 'false', usage: 'Print the logs for the previous instance of the container' },
    { name: 'since', type: 'duration', default: '0s', usage: 'Only logs newer than a duration like 5s, 2m, or 3h' },
    { name: 'since-time', type: 'string', usage: 'Only logs after a date (RFC3339)' },
    { name: 'tail', type: 'int', default: '-1', usage: 'Lines of recent logs; -1 shows all, or 10 with a selector' },
    { name: 'timestamps', type: 'bool', default: 'false', usage: 'Include timestamps on each line' },
  ],
  whenInterrupted: () => 'fails',
  run,
}

interface Log {
  readonly pod: any
  readonly container: string
}

async function run(invocation: Invocation): Promise<void> {
  const { flags, args, path, err } = invocation
  const selector = flags.string('selector')
  if (args.length === 0 && selector === '')
    throw usageError(path, "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command")
  if (args.length > 0 && selector !== '') throw usageError(path, 'only a selector (-l) or a POD name is allowed')
  if (args.length > 2)
    throw usageError(path, "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command")
  if (flags.duration('pod-running-timeout') <= 0) throw new CommandError('error: --pod-running-timeout must be higher than zero')
  timeOf(flags.string('since-time'))
  const named = await namedBy(invocation)
  const container = args[1] || flags.string('container')
  validate(invocation, container)
  const logs: Log[] = []
  for (const pod of Array.isArray(named) ? named : await podsBehind(invocation, named)) {
    if (flags.bool('all-containers')) logs.push(...allContainers(pod).map((container) => ({ pod, container })))
    else {
      const { name, told } = containerOf(pod, container)
      if (told !== '' && !flags.bool('all-pods')) err(told)
      logs.push({ pod, container: name })
    }
  }
  if (!flags.bool('follow') || logs.length === 1) {
    for (const log of logs) await untilRead(invocation, log)
    return
  }
  const most = flags.int('max-log-requests')
  if (logs.length > most)
    throw new CommandError(
      `error: you are attempting to follow ${logs.length} log streams, but maximum allowed concurrency is ${most}, use --max-log-requests to increase the limit`,
    )
  await Promise.all(logs.map((log) => untilRead(invocation, log)))
}

/** Upstream looks whether the options go together only once it has found what is asked for. */
function validate({ args, flags }: Invocation, container: string): void {
  if (sinceSeconds(flags) !== 0 && flags.string('since-time') !== '')
    throw new CommandError('error: at most one of `sinceTime` or `sinceSeconds` may be specified')
  if (flags.bool('all-containers') && container !== '')
    throw new CommandError(`error: --all-containers=true should not be specified with container name ${container}`)
  if (flags.changed('container') && args.length === 2) throw new CommandError('error: only one of -c or an inline [CONTAINER] arg is allowed')
  if (flags.int('limit-bytes') < 0) throw new CommandError('error: --limit-bytes must be greater than 0')
  if (sinceSeconds(flags) < 0) throw new CommandError('error: --since must be greater than 0')
  if (flags.int('tail') < -1) throw new CommandError('error: --tail must be greater than or equal to -1')
}

/** The pods of a selector, or the one object that is named. */
async function namedBy(invocation: Invocation): Promise<Item | any[]> {
  const { flags, args, session, err } = invocation
  const namespace = await session.namespace()
  if (flags.string('selector') !== '') {
    const items = await listItems(invocation, await builtIn(invocation, 'v1', 'Pod'), namespace, { selector: flags.string('selector') })
    if (items.length === 0) err(`No resources found in ${namespace} namespace.\n`)
    return items.map(({ object }) => object)
  }
  return namedOwner(invocation, args[0]!).catch((error) => {
    if (!isNotFound(error)) throw error
    throw new CommandError(`error: error from server (NotFound): ${error.message} in namespace ${JSON.stringify(namespace)}`)
  })
}

async function podsBehind(invocation: Invocation, owner: Item): Promise<any[]> {
  const pods = await podsOf(invocation, owner, { purpose: 'get the logs from', order: forLogs })
  if (pods.length === 0) throw new CommandError('error: timed out waiting for the condition')
  if (invocation.flags.bool('all-pods')) return pods.map(({ object }) => object)
  if (pods.length > 1) invocation.err(`Found ${pods.length} pods, using pod/${pods[0]!.name}\n`)
  return [pods[0]!.object]
}

/** --since-time as the query has it. */
function timeOf(text: string): string | undefined {
  if (text === '') return undefined
  try {
    return formatTime(parseTime(text).seconds)
  } catch (error) {
    throw new CommandError(`error: ${(error as Error).message}`)
  }
}

function allContainers({ spec }: any): string[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])].map(({ name }: any) => name)
}

const retryMs = 1000

/** A log that is to be followed may not have begun: what the server refuses is told, and asked for again until --pod-running-timeout is over. */
async function untilRead(invocation: Invocation, log: Log): Promise<void> {
  const { flags, out, err, now, signal } = invocation
  const start = now()
  const deadline = start + flags.duration('pod-running-timeout')
  for (let next = start + retryMs; ; next += retryMs) {
    try {
      return await print(invocation, log)
    } catch (error) {
      if (flags.bool('ignore-errors')) return out(`error: ${(error as Error).message}\n`)
      if (!flags.bool('follow') || signal.aborted) throw error
      err(`${(error as Error).message}\n`)
      if (!(error instanceof StatusError)) throw error
    }
    await pause(invocation, Math.max(0, Math.min(next, deadline) - now()))
    if (now() >= deadline) throw new CommandError('error: context deadline exceeded')
  }
}

/** Rounded as Go rounds: half a second counts as a whole one, away from zero. */
function sinceSeconds(flags: Invocation['flags']): number {
  const seconds = flags.duration('since') / 1000
  return Math.sign(seconds) * Math.round(Math.abs(seconds))
}

async function print(invocation: Invocation, { pod, container }: Log): Promise<void> {
  const { flags, session, io, signal } = invocation
  const { namespace, name } = pod.metadata
  const tail = flags.changed('tail') || flags.string('selector') === '' ? flags.int('tail') : 10
  const query = queryString({
    container,
    follow: flags.bool('follow'),
    previous: flags.bool('previous'),
    timestamps: flags.bool('timestamps'),
    insecureSkipTLSVerifyBackend: flags.bool('insecure-skip-tls-verify-backend'),
    sinceSeconds: flags.duration('since') === 0 ? undefined : sinceSeconds(flags),
    sinceTime: timeOf(flags.string('since-time')),
    tailLines: tail >= 0 ? tail : undefined,
    limitBytes: flags.int('limit-bytes') || undefined,
  })
  const request = {
    method: 'GET',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/log${query}`,
    headers: { accept: '*/*' },
    signal,
  }
  const response = await (await session.client()).request(request)
  if (response.status >= 400) throw await requestFailure(request, response)
  const prefix = flags.bool('prefix') || flags.bool('all-pods') ? `[pod/${name}/${container}] ` : ''
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of response.stream()) {
    if (prefix === '') {
      io.stdout.write(chunk)
      continue
    }
    rest += decoder.decode(chunk, { stream: true })
    const end = rest.lastIndexOf('\n') + 1
    if (end > 0) io.stdout.write(rest.slice(0, end).replace(/^(?=.|\n)/gm, prefix))
    rest = rest.slice(end)
  }
  if (rest !== '') io.stdout.write(`${prefix}${rest}`)
}
