/** run -i, --attach, --rm: start the pod, talk to it, and tidy up. */
import { CommandError } from '../../errors.ts'
import { itemOf } from '../../resources/visit.ts'
import { objectChanges } from '../../resources/object-changes.ts'
import { builtIn, createObject, deleteObject } from '../../resources/write.ts'
import type { Invocation } from '../../types.ts'
import { attachOrLog, printLog } from '../attach/session.ts'

export async function runAttached(invocation: Invocation, draft: any): Promise<number> {
  const { session, flags, out } = invocation
  const resource = await builtIn(invocation, 'v1', 'Pod')
  const namespace = await session.namespace()
  const item = itemOf(resource, await createObject(invocation, { resource, namespace, object: { ...draft, metadata: { ...draft.metadata, namespace } } }))
  const until = async (is: (pod: any) => boolean): Promise<any> => {
    for await (const pod of objectChanges(invocation, item, invocation.now() + flags.duration('pod-running-timeout'))) {
      if (pod === undefined) throw new CommandError('Error from server (NotFound): pods "" not found')
      if (is(pod)) return pod
    }
    throw new CommandError('error: timed out waiting for the condition')
  }
  try {
    const pod = await until((each) => hasEnded(each) || isReady(each))
    if (hasEnded(pod)) await printLog(invocation, pod, '')
    else await attachOrLog(invocation, pod, { withLog: true })
    const restart = flags.string('restart')
    if (restart === 'Always' || flags.bool('leave-stdin-open')) return 0
    const last = await until(restart === 'OnFailure' ? ({ status }) => status?.phase === 'Succeeded' : hasEnded)
    if (last.status.phase === 'Succeeded') return 0
    const { exitCode = 0, reason = '', message = '' } = last.status.containerStatuses?.[0]?.state?.terminated ?? {}
    if (exitCode === 0) throw new CommandError(`error: pod ${namespace}/${item.name} failed with unknown exit code`)
    throw new CommandError(`pod ${namespace}/${item.name} terminated (${reason})\n${message}`, exitCode, { bare: true })
  } finally {
    if (flags.bool('rm')) {
      await deleteObject(invocation, item, { propagationPolicy: 'Background' })
      if (!flags.bool('quiet')) out(`pod "${item.name}" deleted from ${namespace} namespace\n`)
    }
  }
}

const hasEnded = ({ status }: any): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed'

const isReady = ({ status }: any): boolean =>
  status?.phase === 'Running' && (status.conditions ?? []).some((each: any) => each.type === 'Ready' && each.status === 'True')
