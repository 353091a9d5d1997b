/** Attaching to a container: what attach, run and debug share (kubectl's AttachOptions.Run). */
import { CommandError } from '../../errors.ts'
import type { FlagSpec } from '../../flags/types.ts'
import { runInPod } from '../exec.ts'
import { containerOf } from '../../resources/pods-of.ts'
import type { Invocation } from '../../types.ts'

export const detachKeysFlag: FlagSpec = { name: 'detach-keys', type: 'string', default: 'ctrl-p,ctrl-q', usage: 'The key sequence for detaching a container' }

export interface AttachSession {
  /** Empty for the pod's default. */
  readonly container: string
  readonly stdin: boolean
  readonly tty: boolean
  readonly quiet: boolean
}

export async function attachTo(invocation: Invocation, pod: any, { container, stdin, tty: wantsTty, quiet }: AttachSession): Promise<number> {
  const { err, out, io, flags, signal } = invocation
  let name: string
  try {
    const chosen = containerOf(pod, container)
    name = chosen.name
    if (chosen.told !== '' && !quiet) err(chosen.told)
  } catch (error) {
    throw new CommandError(`error: cannot attach to the container: ${(error as Error).message.replace(/^error: /, '')}`)
  }
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec
  const { tty: hasTty = false } = [...containers, ...initContainers, ...ephemeralContainers].find((each: any) => each.name === name)
  if (wantsTty && !hasTty && !quiet) err(`error: Unable to use a TTY - container ${name} did not allocate one\n`)
  if (!quiet) {
    err(
      'All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\n',
    )
    err("If you don't see a command prompt, try pressing enter.\n")
  }
  const code = await runInPod(invocation, pod, {
    container: name,
    stdin,
    tty: hasTty,
    quiet: true,
    detachKeys: flags.has('detach-keys') ? flags.string('detach-keys') : '',
  })
  if (!quiet && stdin && hasTty && io.stdin.isTTY === true && !signal.aborted) {
    const isEphemeral = ephemeralContainers.some((each: any) => each.name === name)
    const again = `'kubectl attach ${pod.metadata.name} -c ${name} -n ${pod.metadata.namespace} -i -t'`
    out(
      isEphemeral
        ? `Session ended, the ephemeral container will not be restarted but may be reattached using ${again} if it is still running\n`
        : `Session ended, resume using ${again} command\n`,
    )
  }
  return code
}
