/** kubectl logs. */
import { isNotFound } from '#apimachinery/status-error.ts'
import { queryString } from '#client/paths.ts'
import { CommandError, usageError } from '../errors.ts'
import { requestFailure } from '../failures.ts'
import { containerOf, namedOwner, podsOf } from '../resources/pods-of.ts'
import { selectorFlag } from '../resources/types.ts'
import { listItems } from '../resources/visit.ts'
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
  if (flags.string('since-time') !== '') checkTime(flags.string('since-time'))
  if (flags.duration('since') > 0 && flags.string('since-time') !== '')
    throw new CommandError('error: at most one of `sinceTime` or `sinceSeconds` may be specified')
  if (flags.changed('tail') && flags.int('tail') < -1) throw new CommandError('error: --tail must be greater than or equal to -1')
  if (flags.int('limit-bytes') < 0) throw new CommandError('error: --limit-bytes must be greater than 0')
  if (flags.changed('since') && flags.duration('since') < 0) throw new CommandError('error: --since must be greater than 0')
  const wanted = flags.string('container') || args[1] || ''
  if (flags.bool('all-containers') && wanted !== '')
    throw new CommandError(`error: --all-containers=true should not be specified with container name ${wanted}`)
  const logs: Log[] = []
  for (const pod of await selectedPods(invocation)) {
    if (flags.bool('all-containers')) logs.push(...allContainers(pod).map((container) => ({ pod, container })))
    else {
      const { name, told } = containerOf(pod, wanted)
      if (told !== '') err(told)
      logs.push({ pod, container: name })
    }
  }
  if (logs.length === 0) return err(`No resources found in ${await invocation.session.namespace()} namespace.\n`)
  if (!flags.bool('follow') || logs.length === 1) {
    for (const log of logs) await tolerant(invocation, print(invocation, log))
    return
  }
  const most = flags.int('max-log-requests')
  if (logs.length > most)
    throw new CommandError(
      `error: you are attempting to follow ${logs.length} log streams, but maximum allowed concurrency is ${most}, use --max-log-requests to increase the limit`,
    )
  await Promise.all(logs.map((log) => tolerant(invocation, print(invocation, log))))
}

async function selectedPods(invocation: Invocation): Promise<any[]> {
  const { flags, args, session, err } = invocation
  if (flags.string('selector') !== '') {
    const items = await listItems(invocation, await builtIn(invocation, 'v1', 'Pod'), await session.namespace(), { selector: flags.string('selector') })
    return items.map(({ object }) => object)
  }
  const owner = await namedOwner(invocation, args[0]!).catch(async (error) => {
    if (!isNotFound(error)) throw error
    throw new CommandError(`error: error from server (NotFound): ${error.message} in namespace ${JSON.stringify(await session.namespace())}`)
  })
  const pods = await podsOf(invocation, owner, 'get the logs from')
  if (pods.length === 0) throw new CommandError('error: timed out waiting for the condition')
  if (flags.bool('all-pods')) return pods.map(({ object }) => object)
  if (pods.length > 1) err(`Found ${pods.length} pods, using pod/${pods[0]!.name}\n`)
  return [pods[0]!.object]
}

/** Go's words for what is no RFC 3339 time: the first part of the layout that the text does not go on with. */
function checkTime(text: string): void {
  if (!Number.isNaN(Date.parse(text)) && /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text)) return
  let rest = text
  const parts: readonly (readonly [string, RegExp])[] = [
    ['2006', /^\d{4}/],
    ['-', /^-/],
    ['01', /^\d\d/],
    ['-', /^-/],
    ['02', /^\d\d/],
    ['T', /^T/],
    ['15', /^\d\d/],
    [':', /^:/],
    ['04', /^\d\d/],
    [':', /^:/],
    ['05', /^\d\d(\.\d+)?/],
    ['Z07:00', /^(Z|[+-]\d\d:\d\d)/],
  ]
  for (const [layout, expression] of parts) {
    const match = expression.exec(rest)
    if (!match)
      throw new CommandError(
        `error: parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(layout)}`,
      )
    rest = rest.slice(match[0].length)
  }
  throw new CommandError(`error: parsing time ${JSON.stringify(text)}: ${rest === '' ? 'out of range' : `extra text: ${JSON.stringify(rest)}`}`)
}

function allContainers({ spec }: any): string[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...(spec.ephemeralContainers ?? [])].map(({ name }: any) => name)
}

async function tolerant({ flags, out }: Invocation, work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!flags.bool('ignore-errors')) throw error
    out(`error: ${(error as Error).message}\n`)
  }
}

async function print(invocation: Invocation, { pod, container }: Log): Promise<void> {
  const { flags, session, io, signal } = invocation
  const { namespace, name } = pod.metadata
  const tail = flags.changed('tail')
    ? flags.int('tail')
    : flags.string('selector') !== '' && !flags.bool('follow')
      ? 10
      : flags.string('selector') !== ''
        ? 10
        : -1
  const query = queryString({
    container,
    follow: flags.bool('follow'),
    previous: flags.bool('previous'),
    timestamps: flags.bool('timestamps'),
    insecureSkipTLSVerifyBackend: flags.bool('insecure-skip-tls-verify-backend'),
    sinceSeconds: flags.duration('since') > 0 ? Math.ceil(flags.duration('since') / 1000) : undefined,
    sinceTime: flags.string('since-time'),
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
