/** rollout restart, pause, resume. */
import { CommandError, throwGathered } from '../../errors.ts'
import { outputFlags } from '../../printers/index.ts'
import { nothingGiven } from '../../resources/args.ts'
import { fieldManagerFlag, fileFlags, type Item, selectorFlag } from '../../resources/types.ts'
import { hasFiles, visit } from '../../resources/visit.ts'
import { changeObject, outcomePrinter } from '../../resources/write.ts'
import type { Command, Invocation } from '../../types.ts'

interface Change {
  readonly verb: string
  readonly past: string
  /** Changes the copy; throws when it cannot. */
  change(copy: any, invocation: Invocation, item: Item): void
}

function changing(summary: string, { verb, past, change }: Change): Command {
  return {
    summary,
    usage: 'RESOURCE',
    flags: [...outputFlags, ...fileFlags('identifying the resource to get from a server.'), selectorFlag, fieldManagerFlag('kubectl-rollout')],
    async run(invocation) {
      if (invocation.args.length === 0 && !hasFiles(invocation)) throw nothingGiven()
      const print = await outcomePrinter(invocation, { typed: true })
      const errors: unknown[] = []
      const items = await visit(invocation, { allowList: true, onError: (error) => errors.push(error) })
      for (const item of items) {
        try {
          const changed = await changeObject(invocation, item, (copy) => change(copy, invocation, item))
          if (!changed && verb === 'restarting') {
            throw new CommandError(
              `error: failed to create patch for ${item.name}: if restart has already been triggered within the past second, please wait before attempting to trigger another`,
            )
          }
          print(changed ?? item.object, changed ? past : `${past} (no change)`)
        } catch (error) {
          errors.push(
            error instanceof CommandError
              ? new Error(error.message)
              : !(error instanceof Error) || 'reason' in error
                ? error
                : new CommandError(`error: ${item.resource.plural} ${JSON.stringify(item.name)} ${verb} failed: ${error.message}`),
          )
        }
      }
      throwGathered(errors)
      if (items.length === 0) invocation.err(`No resources found in ${await invocation.session.namespace()} namespace.\n`)
    },
  }
}

const nameOf = ({ resource, name }: Item): string => `${resource.plural}${resource.group ? `.${resource.group}` : ''} ${JSON.stringify(name)}`

function onlyDeployments(item: Item, verb: string): void {
  if (item.resource.kind !== 'Deployment') throw new CommandError(`error: ${nameOf(item)} ${verb} is not supported`)
}

export const restartCommand = changing('Restart a resource.', {
  verb: 'restarting',
  past: 'restarted',
  change(copy, { now }, item) {
    if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(item.resource.kind)) throw new CommandError(`error: ${nameOf(item)} restarting is not supported`)
    if (copy.spec.paused)
      throw new CommandError(
        `error: ${item.resource.plural}${item.resource.group ? `.${item.resource.group}` : ''} ${JSON.stringify(item.name)} can't restart paused deployment (run rollout resume first)`,
      )
    const { metadata } = copy.spec.template
    metadata.annotations = { ...metadata.annotations, 'kubectl.kubernetes.io/restartedAt': new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z') }
  },
})

export const pauseCommand = changing('Mark the provided resource as paused.', {
  verb: 'pausing',
  past: 'paused',
  change(copy, _, item) {
    onlyDeployments(item, 'pausing')
    if (copy.spec.paused) throw new CommandError(`error: ${nameOf(item)} is already paused`)
    copy.spec.paused = true
  },
})

export const resumeCommand = changing('Resume a paused resource.', {
  verb: 'resuming',
  past: 'resumed',
  change(copy, _, item) {
    onlyDeployments(item, 'resuming')
    if (!copy.spec.paused) throw new CommandError(`error: ${nameOf(item)} is not paused`)
    delete copy.spec.paused
  },
})
