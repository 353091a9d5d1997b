/** rollout status: how far a rollout is, until it is done. */
import { CommandError, usageError } from '../../errors.ts'
import { fileFlags, type Item, selectorFlag } from '../../resources/types.ts'
import { objectChanges } from '../../resources/object-changes.ts'
import { forEachItem, hasFiles } from '../../resources/visit.ts'
import type { Command, Invocation } from '../../types.ts'

export const status: Command = {
  summary: 'Show the status of the rollout.',
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  examples: ['kubectl rollout status deployment/nginx'],
  flags: [
    ...fileFlags('identifying the resource to get from a server.'),
    selectorFlag,
    { name: 'revision', type: 'int', default: '0', usage: 'Pin to a specific revision; 0 is the latest' },
    { name: 'timeout', type: 'duration', default: '0s', usage: 'How long to wait before ending; zero means never' },
    { name: 'watch', short: 'w', type: 'bool', default: 'true', usage: 'Watch the status of the rollout until it is done' },
  ],
  whenInterrupted: () => 'fails',
  async run(invocation) {
    if (invocation.args.length === 0 && !hasFiles(invocation)) throw new CommandError('error: required resource not specified')
    if (invocation.flags.int('revision') < 0) throw usageError(invocation.path, 'revision must be a positive integer')
    const count = await forEachItem(invocation, { allowList: true }, (item) => follow(invocation, item))
    if (count === 0) invocation.err(`No resources found in ${await invocation.session.namespace()} namespace.\n`)
  },
}

async function follow(invocation: Invocation, item: Item): Promise<void> {
  const { flags, out, now } = invocation
  const timeout = flags.duration('timeout')
  for await (const object of objectChanges(invocation, item, timeout > 0 ? now() + timeout : Number.POSITIVE_INFINITY)) {
    if (object === undefined) throw new CommandError('error: object has been deleted')
    const { text, done } = progressOf(object, flags.int('revision'))
    out(text)
    if (done || !flags.bool('watch')) return
  }
  throw new CommandError('error: timed out waiting for the condition')
}

interface Progress {
  readonly text: string
  readonly done: boolean
}

export function progressOf(object: any, revision = 0): Progress {
  switch (object.kind) {
    case 'Deployment':
      return deployment(object, revision)
    case 'DaemonSet':
      return daemonSet(object)
    case 'StatefulSet':
      return statefulSet(object)
    default:
      throw new CommandError(`error: no status viewer has been implemented for ${object.kind}`)
  }
}

const waiting = (text: string): Progress => ({ text: `${text}\n`, done: false })
const finished = (text: string): Progress => ({ text: `${text}\n`, done: true })

function deployment({ metadata, spec, status = {} }: any, revision: number): Progress {
  const running = Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0)
  if (revision > 0 && revision !== running) throw new CommandError(`error: desired revision (${revision}) is different from the running revision (${running})`)
  if ((metadata.generation ?? 0) > (status.observedGeneration ?? 0)) return waiting('Waiting for deployment spec update to be observed...')
  const progressing = (status.conditions ?? []).find((each: any) => each.type === 'Progressing')
  if (progressing?.reason === 'ProgressDeadlineExceeded') throw new CommandError(`error: deployment "${metadata.name}" exceeded its progress deadline`)
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status
  const head = `Waiting for deployment "${metadata.name}" rollout to finish:`
  if (spec.replicas !== undefined && updatedReplicas < spec.replicas)
    return waiting(`${head} ${updatedReplicas} out of ${spec.replicas} new replicas have been updated...`)
  if (replicas > updatedReplicas) return waiting(`${head} ${replicas - updatedReplicas} old replicas are pending termination...`)
  if (availableReplicas < updatedReplicas) return waiting(`${head} ${availableReplicas} of ${updatedReplicas} updated replicas are available...`)
  return finished(`deployment "${metadata.name}" successfully rolled out`)
}

function daemonSet({ metadata, spec, status = {} }: any): Progress {
  if (spec.updateStrategy?.type !== 'RollingUpdate') throw new CommandError('error: rollout status is only available for RollingUpdate strategy type')
  if ((metadata.generation ?? 0) > (status.observedGeneration ?? 0)) return waiting('Waiting for daemon set spec update to be observed...')
  const { updatedNumberScheduled = 0, desiredNumberScheduled = 0, numberAvailable = 0 } = status
  const head = `Waiting for daemon set "${metadata.name}" rollout to finish:`
  if (updatedNumberScheduled < desiredNumberScheduled)
    return waiting(`${head} ${updatedNumberScheduled} out of ${desiredNumberScheduled} new pods have been updated...`)
  if (numberAvailable < desiredNumberScheduled) return waiting(`${head} ${numberAvailable} of ${desiredNumberScheduled} updated pods are available...`)
  return finished(`daemon set "${metadata.name}" successfully rolled out`)
}

function statefulSet({ metadata, spec, status = {} }: any): Progress {
  const { type, rollingUpdate } = spec.updateStrategy ?? {}
  if (type !== 'RollingUpdate') throw new CommandError('error: rollout status is only available for RollingUpdate strategy type')
  if (!status.observedGeneration || (metadata.generation ?? 0) > status.observedGeneration)
    return waiting('Waiting for statefulset spec update to be observed...')
  const { readyReplicas = 0, updatedReplicas = 0, currentReplicas = 0, updateRevision = '', currentRevision = '' } = status
  if (spec.replicas !== undefined && readyReplicas < spec.replicas) return waiting(`Waiting for ${spec.replicas - readyReplicas} pods to be ready...`)
  if (rollingUpdate) {
    const wanted = (spec.replicas ?? 0) - (rollingUpdate.partition ?? 0)
    if (spec.replicas !== undefined && rollingUpdate.partition !== undefined && updatedReplicas < wanted) {
      return waiting(`Waiting for partitioned roll out to finish: ${updatedReplicas} out of ${wanted} new pods have been updated...`)
    }
    return finished(`partitioned roll out complete: ${updatedReplicas} new pods have been updated...`)
  }
  if (updateRevision !== currentRevision)
    return waiting(`waiting for statefulset rolling update to complete ${updatedReplicas} pods at revision ${updateRevision}...`)
  return finished(`statefulset rolling update complete ${currentReplicas} pods at revision ${currentRevision}...`)
}
