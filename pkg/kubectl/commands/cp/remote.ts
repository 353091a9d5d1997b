/** A command in the container that cp talks to. */
import { CommandError } from '../../errors.ts'
import { containerOf } from '../../resources/pods-of.ts'
import { exitCodeOfStatus, remoteCommand } from '../../stream/remote-command.ts'
import type { Invocation, Sink, Source } from '../../types.ts'
import type { FileSpec } from '../cp.ts'

export interface RemoteProgram {
  run(line: readonly string[], streams: { readonly stdin?: Source; readonly stdout: Sink; readonly stderr: Sink }): Promise<number>
}

/** Reads the pod once, so that its container is known. */
export async function remoteProgram(invocation: Invocation, { namespace: given, pod: name }: FileSpec): Promise<RemoteProgram> {
  const { session, flags, signal, err } = invocation
  const namespace = given || (await session.namespace())
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`
  const pod = await session.json({ method: 'GET', path })
  const { phase } = pod.status ?? {}
  if (phase === 'Succeeded' || phase === 'Failed') throw new CommandError(`error: cannot exec into a container in a completed pod; current phase is ${phase}`)
  const container = containerOf(pod, flags.string('container'))
  if (container.told !== '') err(container.told)
  return {
    async run(line, streams) {
      const query = new URLSearchParams()
      for (const word of line) query.append('command', word)
      query.set('container', container.name)
      if (streams.stdin) query.set('stdin', 'true')
      query.set('stdout', 'true')
      query.set('stderr', 'true')
      const status = await remoteCommand(session, `${path}/exec?${query}`, { ...streams, tty: false, signal })
      const code = exitCodeOfStatus(status)
      if (code === undefined) throw new CommandError(`error: ${status.message ?? 'the session ended'}`)
      return code
    },
  }
}

/** A path that begins with a dash would be taken for a flag. */
export function operand(path: string): string {
  return path.startsWith('-') ? `./${path}` : path
}
