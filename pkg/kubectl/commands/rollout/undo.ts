/** rollout undo. */
import { cloneJson, equalJson } from '#apimachinery/json-value.ts'
import { CommandError, throwGathered } from '../../errors.ts'
import { outputFlags } from '../../printers/index.ts'
import { kindName } from '../../printers/kind-name.ts'
import { nothingGiven } from '../../resources/args.ts'
import { dryRunFlag, fileFlags, type Item, selectorFlag } from '../../resources/types.ts'
import { hasFiles, visit } from '../../resources/visit.ts'
import { type DryRun, dryRunOf, dryRunSuffix, lastApplied, patchObject } from '../../resources/write.ts'
import type { Command, Invocation } from '../../types.ts'
import { podTemplateText } from '../describe/pod-template.ts'
import { type Revision, revisionsOf } from './revisions.ts'

export const undo: Command = {
  summary: 'Roll back to a previous rollout.',
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  flags: [
    ...outputFlags,
    ...fileFlags('identifying the resource to get from a server.'),
    selectorFlag,
    dryRunFlag,
    { name: 'to-revision', type: 'int', default: '0', usage: 'The revision to roll back to; 0 is the last one' },
  ],
  async run(invocation) {
    if (invocation.args.length === 0 && !hasFiles(invocation)) throw nothingGiven()
    const dryRun = dryRunOf(invocation)
    const errors: unknown[] = []
    for (const item of await visit(invocation, { allowList: true, onError: (error) => errors.push(error) })) {
      if (item.object.metadata?.annotations?.[lastApplied] !== undefined) {
        invocation.err(
          `Warning: resource ${kindName(item.object)} has the ${lastApplied} annotation which is used by kubectl apply. The live rollback changes are not recorded in it, and the next apply may revert them.\n`,
        )
      }
      try {
        invocation.out(`${kindName(item.object)} ${await rollBack(invocation, item, dryRun)}\n`)
      } catch (error) {
        errors.push(error)
      }
    }
    throwGathered(errors)
  },
}

async function rollBack(invocation: Invocation, item: Item, dryRun: DryRun): Promise<string> {
  const wanted = invocation.flags.int('to-revision')
  const revisions = await revisionsOf(invocation, item)
  const target = wanted !== 0 ? revisions.find(({ number }) => number === wanted) : revisions.at(-2)
  if (!target)
    throw new CommandError(
      wanted !== 0
        ? `error: unable to find specified revision ${wanted} in history`
        : `error: no rollout history found for ${item.resource.kind.toLowerCase()} ${JSON.stringify(item.name)}`,
    )
  if (dryRun === 'client') return `Pod Template:\n${podTemplateText(target.template).replace(/^Pod Template:\n/, '')}${dryRunSuffix(dryRun)}`
  if (item.resource.kind === 'Deployment') return rollBackDeployment(invocation, item, target, dryRun)
  if (equalJson(revisions.at(-1)?.data, target.data)) return `skipped rollback (current template already matches revision ${target.number})`
  await patchObject(invocation, item, 'strategic', target.data, { dryRun })
  return `rolled back${dryRunSuffix(dryRun)}`
}

async function rollBackDeployment(invocation: Invocation, item: Item, target: Revision, dryRun: DryRun): Promise<string> {
  if (item.object.spec.paused)
    throw new CommandError(`error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again`)
  const template = cloneJson(target.template)
  delete template.metadata?.labels?.['pod-template-hash']
  if (equalJson(template, item.object.spec.template)) return `skipped rollback (current template already matches revision ${target.number})`
  await patchObject(invocation, item, 'json', [{ op: 'replace', path: '/spec/template', value: template }], { dryRun })
  return `rolled back${dryRunSuffix(dryRun)}`
}
