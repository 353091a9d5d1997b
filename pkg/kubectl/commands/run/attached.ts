/** run -i, --attach, --rm: start the pod, talk to it, and tidy up. */
import { CommandError } from '../../errors.ts'
import { resourcePath } from '#client/paths.ts'
import { itemOf } from '../../resources/visit.ts'
import { pause } from '../../resources/wait-gone.ts'
import { builtIn, createObject, deleteObject } from '../../resources/write.ts'
import type { Invocation } from '../../types.ts'
import { attachTo } from '../attach/session.ts'

export async function runAttached(invocation: Invocation, draft: any): Promise<number> {
  const { session, flags, out } = invocation
  const resource = await builtIn(invocation, 'v1', 'Pod')
  const namespace = await session.namespace()
  const item = itemOf(resource, await createObject(invocation, { resource, namespace, object: { ...draft, metadata: { ...draft.metadata, namespace } } }))
  const path = resourcePath(resource, { namespace, name: item.name })
  const poll = async (done: (phase: string) => boolean, deadline: number): Promise<any> => {
    for (;;) {
      const pod = await session.json({ method: 'GET', path })
      if (done(pod.status?.phase ?? '')) return pod
      if (invocation.now() > deadline) throw new CommandError('error: timed out waiting for the condition')
      await pause(invocation, 250)
    }
  }
  const ended = (phase: string): boolean => phase === 'Succeeded' || phase === 'Failed'
  try {
    const pod = await poll((phase) => phase === 'Running' || ended(phase), invocation.now() + flags.duration('pod-running-timeout'))
    if (ended(pod.status.phase)) out(await (await (await session.client()).request({ method: 'GET', path: `${path}/log` })).text())
    else await attachTo(invocation, pod, { container: '', stdin: flags.bool('stdin'), tty: flags.bool('tty'), quiet: flags.bool('quiet') })
    if (flags.string('restart') === 'Always' || flags.bool('leave-stdin-open')) return 0
    const last = await poll(ended, invocation.now() + 60_000)
    const code = last.status.containerStatuses?.[0]?.state?.terminated?.exitCode ?? 0
    if (code !== 0)
      throw new CommandError(`pod ${namespace}/${item.name} terminated (${last.status.containerStatuses?.[0]?.state?.terminated?.reason ?? 'Error'})`, code)
    return 0
  } finally {
    if (flags.bool('rm')) {
      await deleteObject(invocation, item, { propagationPolicy: 'Background' })
      if (!flags.bool('quiet')) out(`pod "${item.name}" deleted from ${namespace} namespace\n`)
    }
  }
}
