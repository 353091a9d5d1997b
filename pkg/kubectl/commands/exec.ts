/** kubectl exec. */
import { CommandError } from '../errors.ts'
import { fileFlags, type Item } from '../resources/types.ts'
import { visit } from '../resources/visit.ts'
import { checkRunningTimeout, containerOf, firstPodOf, namedOwner } from '../resources/pods-of.ts'
import { exitCodeOfStatus, remoteCommand } from '../stream/remote-command.ts'
import type { FlagValues } from '../flags/types.ts'
import type { Command, InterruptPolicy, Invocation, Streams } from '../types.ts'

export const command: Command = {
  summary: 'Execute a command in a container.',
  usage: '(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
  examples: ['kubectl exec mypod -- date', 'kubectl exec mypod -c ruby-container -i -t -- bash -il'],
  flags: [
    ...fileFlags('to use to exec into the resource').filter(({ name }) => name === 'filename'),
    { name: 'container', short: 'c', type: 'string', usage: 'Container name' },
    { name: 'pod-running-timeout', type: 'duration', default: '1m0s', usage: 'How long to wait until at least one pod is running' },
    { name: 'quiet', short: 'q', type: 'bool', default: 'false', usage: 'Only print output from the remote session' },
    { name: 'stdin', short: 'i', type: 'bool', default: 'false', usage: 'Pass stdin to the container' },
    { name: 'tty', short: 't', type: 'bool', default: 'false', usage: 'Stdin is a TTY' },
  ],
  whenInterrupted: ofTerminal,
  async run(invocation) {
    const { args, dashAt, flags } = invocation
    const files = flags.list('filename').length > 0
    if (!files && (args.length === 0 || dashAt === 0)) throw new CommandError(`error: pod, type/name or --filename must be specified`)
    checkRunningTimeout(invocation)
    const line = dashAt >= 0 ? args.slice(dashAt) : args.slice(1)
    if (dashAt < 0 && args.length > (files ? 0 : 1))
      throw new CommandError(
        "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples",
      )
    if (line.length === 0) throw new CommandError('error: you must specify at least one command for the container')
    const pod = await firstPodOf(invocation, files ? await ofFiles(invocation) : await namedOwner(invocation, args[0]!))
    const { phase } = pod.object.status ?? {}
    if (phase === 'Succeeded' || phase === 'Failed') throw new CommandError(`error: cannot exec into a container in a completed pod; current phase is ${phase}`)
    return runInPod(invocation, pod.object, {
      line,
      container: flags.string('container'),
      stdin: flags.bool('stdin'),
      tty: flags.bool('tty'),
      quiet: flags.bool('quiet'),
    })
  },
}

/** What the object of -f is on the server. */
async function ofFiles(invocation: Invocation): Promise<Item> {
  const [item, ...more] = await visit(invocation, { args: [] })
  if (more.length > 0) throw new CommandError('error: cannot exec into multiple objects at a time')
  if (!item) throw new CommandError('error: no objects passed to exec')
  return item
}

/** Who holds a terminal gives it back as it was; others die of a signal. */
export function ofTerminal(flags: FlagValues, io: Streams): InterruptPolicy | undefined {
  return flags.bool('stdin') && io.stdin.isTTY === true ? 'fails' : undefined
}

export interface PodSession {
  /** Absent: attach. */
  readonly line?: readonly string[]
  readonly container: string
  readonly stdin: boolean
  readonly tty: boolean
  readonly quiet: boolean
  /** Of a terminal that is attached. */
  readonly detachKeys?: string
}

export async function runInPod(invocation: Invocation, pod: any, { line, container, stdin, tty: wantsTty, quiet, detachKeys }: PodSession): Promise<number> {
  const { io, session, err, signal } = invocation
  const { name, told } = containerOf(pod, container)
  if (told !== '' && !quiet) err(told)
  let tty = wantsTty && stdin
  if (tty && io.stdin.isTTY !== true) {
    err('Unable to use a TTY - input is not a terminal or the right kind of file\n')
    tty = false
  }
  const input = stdin && tty && detachKeys !== undefined ? (await import('../stream/detach.ts')).detachable(io.stdin, detachKeys || 'ctrl-p,ctrl-q') : io.stdin
  const query = new URLSearchParams()
  for (const word of line ?? []) query.append('command', word)
  query.set('container', name)
  if (stdin) query.set('stdin', 'true')
  query.set('stdout', 'true')
  if (tty) query.set('tty', 'true')
  else query.set('stderr', 'true')
  const { metadata } = pod
  const path = `/api/v1/namespaces/${encodeURIComponent(metadata.namespace)}/pods/${encodeURIComponent(metadata.name)}/${line ? 'exec' : 'attach'}?${query}`
  const status = await remoteCommand(session, path, { stdin: stdin ? input : undefined, stdout: io.stdout, stderr: io.stderr, tty, signal })
  const code = exitCodeOfStatus(status)
  if (code === undefined) throw new CommandError(`error: ${status.message ?? 'the session ended'}`)
  if (code === 0) return 0
  throw new CommandError(`command terminated with exit code ${code}`, code, { bare: true })
}
