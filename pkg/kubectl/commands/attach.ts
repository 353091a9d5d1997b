/** kubectl attach. */
import { CommandError } from '../errors.ts'
import { checkRunningTimeout, firstPodOf, namedOwner } from '../resources/pods-of.ts'
import { ofTerminal } from './exec.ts'
import { attachTo, detachKeysFlag } from './attach/session.ts'
import type { Command } from '../types.ts'

export const command: Command = {
  summary: 'Attach to a process that is already running inside an existing container.',
  usage: '(POD | TYPE/NAME) -c CONTAINER',
  flags: [
    { name: 'container', short: 'c', type: 'string', usage: 'Container name' },
    detachKeysFlag,
    { name: 'pod-running-timeout', type: 'duration', default: '1m0s', usage: 'How long to wait until at least one pod is running' },
    { name: 'quiet', short: 'q', type: 'bool', default: 'false', usage: 'Only print output from the remote session' },
    { name: 'stdin', short: 'i', type: 'bool', default: 'false', usage: 'Pass stdin to the container' },
    { name: 'tty', short: 't', type: 'bool', default: 'false', usage: 'Stdin is a TTY' },
  ],
  whenInterrupted: ofTerminal,
  async run(invocation) {
    const { args, flags } = invocation
    if (args.length === 0) throw new CommandError('error: at least 1 argument is required for attach')
    if (args.length > 2) throw new CommandError(`error: expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw ${args.length}: [${args.join(' ')}]`)
    checkRunningTimeout(invocation)
    const pod = await firstPodOf(invocation, await namedOwner(invocation, args.join('/')))
    const { phase } = pod.object.status ?? {}
    if (phase === 'Succeeded' || phase === 'Failed') throw new CommandError(`error: cannot attach a container in a completed pod; current phase is ${phase}`)
    return attachTo(invocation, pod.object, {
      container: flags.string('container'),
      stdin: flags.bool('stdin'),
      tty: flags.bool('tty'),
      quiet: flags.bool('quiet'),
    })
  },
}
