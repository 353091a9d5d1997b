/** Attaching to a container: what attach, run and debug share (kubectl's AttachOptions.Run). */
import { queryString } from '#client/paths.ts'
import { CommandError } from '../../errors.ts'
import { requestFailure } from '../../failures.ts'
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

/** What a container has said so far. */
export async function printLog({ session, out }: Invocation, pod: any, container: string): Promise<void> {
  const { name, namespace } = pod.metadata
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/log${queryString({ container: container || undefined })}`
  const request = { method: 'GET', path }
  const response = await (await session.client()).request(request)
  if (response.status >= 400) throw await requestFailure(request, response)
  out(await response.text())
}

/** Where nobody can attach, the log is shown. `withLog`: what was said before comes first. */
export async function attachOrLog(
  invocation: Invocation,
  pod: any,
  { container = '', withLog = false }: { readonly container?: string; readonly withLog?: boolean } = {},
): Promise<number> {
  const { flags, err } = invocation
  if (withLog)
    await printLog(invocation, pod, containerOf(pod, container).name).catch((error) =>
      err(`warning: couldn't fetch pre-attach logs: ${(error as Error).message}\n`),
    )
  try {
    return await attachTo(invocation, pod, { container, stdin: flags.bool('stdin'), tty: flags.bool('tty'), quiet: flags.bool('quiet') })
  } catch (error) {
    invocation.signal.throwIfAborted()
    err(`warning: couldn't attach to pod/${pod.metadata.name}, falling back to streaming logs: ${(error as Error).message.replace(/^error: /, '')}\n`)
    await printLog(invocation, pod, containerOf(pod, container).name)
    return 0
  }
}
