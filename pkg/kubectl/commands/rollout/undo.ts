/** rollout undo. */
import { cloneJson, equalJson } from '#apimachinery/json-value.ts'
import { CommandError } from '../../errors.ts'
import { outputFlags } from '../../printers/index.ts'
import { nothingGiven } from '../../resources/args.ts'
import { dryRunFlag, fileFlags, type Item, selectorFlag } from '../../resources/types.ts'
import { forEachItem, hasFiles } from '../../resources/visit.ts'
import { type DryRun, dryRunOf, lastApplied, outcomePrinter, patchObject } from '../../resources/write.ts'
import type { Command, Invocation } from '../../types.ts'
import { podTemplateLines } from '../describe/pod-template.ts'
import { groupKind, type Revision, revisionsOf } from './revisions.ts'

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
    const print = await outcomePrinter(invocation, { typed: true })
    await forEachItem(invocation, { allowList: true }, async (item) => {
      const { resource, name, object } = item
      if (object.metadata?.annotations?.[lastApplied] !== undefined)
        invocation.err(
          `Warning: resource ${resource.plural}/${name} was previously managed with 'kubectl apply'. Rolling back will not update the ${lastApplied} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.\n`,
        )
      print(object, await rollBack(invocation, item, dryRunOf(invocation)))
    })
  },
}

async function rollBack(invocation: Invocation, item: Item, dryRun: DryRun): Promise<string> {
  const { kind } = item.resource
  const wanted = invocation.flags.int('to-revision')
  if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(kind))
    throw new CommandError(`error: no rollbacker has been implemented for ${JSON.stringify(groupKind(item))}`)
  const revisions = await revisionsOf(invocation, item)
  const target = wanted !== 0 ? revisions.find(({ number }) => number === wanted) : revisions.at(-2)
  if (!target) throw new CommandError(`error: ${noRevision(item, wanted)}`)
  if (dryRun === 'client') return `${kind === 'Deployment' ? '' : 'will roll back to '}${podTemplateLines(target.template)}`
  if (kind === 'Deployment' && item.object.spec.paused)
    throw new CommandError(`error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again`)
  const template = kind === 'Deployment' ? withoutHash(target.template) : target.template
  if (equalJson(template, withoutHash(item.object.spec.template))) return `skipped rollback (current template already matches revision ${wanted})`
  try {
    if (kind === 'Deployment') await patchObject(invocation, item, 'json', deploymentPatch(item.object, target, template), { dryRun })
    else await patchObject(invocation, item, 'strategic', target.data, { dryRun })
  } catch (error) {
    throw new CommandError(`error: failed restoring revision ${wanted}: ${(error as Error).message}`)
  }
  return 'rolled back'
}

function noRevision({ resource, name }: Item, wanted: number): string {
  if (wanted !== 0) return `unable to find specified revision ${wanted} in history`
  return resource.kind === 'Deployment' ? `no rollout history found for deployment ${JSON.stringify(name)}` : 'no last revision to roll back to'
}

/** What a replica set's template has beyond its deployment's. */
function withoutHash(template: any): any {
  const copy = cloneJson(template)
  delete copy.metadata?.labels?.['pod-template-hash']
  return copy
}

/** What stays the deployment's own. */
const keptAnnotations = new Set([
  lastApplied,
  ...['revision', 'revision-history', 'desired-replicas', 'max-replicas'].map((name) => `deployment.kubernetes.io/${name}`),
  'deprecated.deployment.rollback.to',
])

/** The template as it was, and with it the annotations of that time: the change's cause above all. */
function deploymentPatch(deployment: any, { object }: Revision, template: any): object[] {
  const only = (annotations: Record<string, string> = {}, kept: boolean): [string, string][] =>
    Object.entries(annotations).filter(([name]) => keptAnnotations.has(name) === kept)
  const annotations = Object.fromEntries([...only(deployment.metadata.annotations, true), ...only(object.metadata.annotations, false)])
  return [
    { op: 'replace', path: '/spec/template', value: template },
    { op: 'replace', path: '/metadata/annotations', value: annotations },
  ]
}
