/** kubectl apply: the client's three-way merge with the last-applied annotation, or the server's apply. */
import { isNotFound, StatusError } from '#apimachinery/status-error.ts'
import { CommandError, throwGathered, usageError } from '../errors.ts'
import { outputFlags } from '../printers/index.ts'
import { dryRunFlag, fieldManagerFlag, fileFlags, type Item, selectorFlag, validateFlag } from '../resources/types.ts'
import { recordCause, recordFlag } from '../resources/change-cause.ts'
import { hasFiles, manifestItems } from '../resources/visit.ts'
import { createObject, type DryRun, dryRunOf, outcomePrinter, patchObject, withLastApplied } from '../resources/write.ts'
import type { Command, Invocation } from '../types.ts'
import { checkLine } from './apply/check-line.ts'
import type { ApplySet } from './apply/applyset.ts'
import { pruneFlags } from './apply/flags.ts'
import { withSource } from '../resources/source-errors.ts'
import { applyLive, warnIfDeleting } from './apply/live.ts'

export const command: Command = {
  summary: 'Apply a configuration to a resource by file name or stdin.',
  usage: '(-f FILENAME | -k DIRECTORY) [options]',
  examples: ['kubectl apply -f pod.yaml', 'cat pod.json | kubectl apply -f -', 'kubectl apply --server-side -f deployment.yaml'],
  flags: [
    ...outputFlags,
    ...fileFlags('that contains the configuration to apply'),
    selectorFlag,
    dryRunFlag,
    validateFlag,
    fieldManagerFlag('kubectl-client-side-apply'),
    ...pruneFlags,
    recordFlag,
    { name: 'force-conflicts', type: 'bool', default: 'false', usage: 'With --server-side: take over fields that others own' },
    { name: 'server-side', type: 'bool', default: 'false', usage: 'Apply runs in the server instead of the client' },
    { name: 'overwrite', type: 'bool', default: 'true', usage: 'Resolve conflicts by taking the modified configuration' },
    { name: 'openapi-patch', type: 'bool', default: 'true', usage: 'Use the types of the server for the difference' },
    { name: 'subresource', type: 'string', usage: 'Apply to this subresource (server side only)' },
  ].filter((flag, index, all) => all.findIndex(({ name }) => name === flag.name) === index) as Command['flags'] & {},
  subcommands: [
    {
      name: 'view-last-applied',
      summary: 'View the latest last-applied-configuration annotations of a resource/object',
      load: async () => (await import('./apply/view-last-applied.ts')).command,
    },
    {
      name: 'set-last-applied',
      summary: 'Set the last-applied-configuration annotation on a live object to match the contents of a file',
      load: async () => (await import('./apply/set-last-applied.ts')).command,
    },
    {
      name: 'edit-last-applied',
      summary: 'Edit latest last-applied-configuration annotations of a resource/object',
      load: async () => (await import('./apply/edit-last-applied.ts')).command,
    },
  ],
  run,
}

async function run(invocation: Invocation): Promise<void> {
  const { args, path, flags } = invocation
  if (args.length > 0) throw usageError(path, `Unexpected args: [${args.join(' ')}]`)
  if (!hasFiles(invocation)) throw new CommandError('error: must specify one of -f and -k')
  const dryRun = dryRunOf(invocation)
  const serverSide = flags.bool('server-side')
  const parent = flags.string('applyset') === '' ? undefined : await (await import('./apply/applyset.ts')).parentOf(invocation, flags.string('applyset'))
  if (flags.bool('prune')) (await import('./apply/prune.ts')).allowedKinds(await invocation.session.catalog(), invocation)
  await checkLine(invocation, dryRun, parent)
  const applySet = parent && (await import('./apply/applyset.ts')).createApplySet(invocation, parent, dryRun)
  const unread: Error[] = []
  const selectedItems = await selected(invocation, (error) => unread.push(error as Error))
  const items = applySet ? await labelled(applySet, selectedItems) : selectedItems
  if (items.length === 0 && unread.length === 0) throw new CommandError('error: no objects passed to apply')
  await applySet?.begin(items)
  const print = await outcomePrinter(invocation)
  const wholeObjects = !['', 'name'].includes(flags.string('output'))
  const errors: unknown[] = unread.length > 1 ? [new Error(`[${unread.map(({ message }) => message.replace(/^error: /, '')).join(', ')}]`)] : [...unread]
  const applied: Item[] = []
  for (const item of items) {
    try {
      recordCause(invocation, item.object)
      const { object, operation } = serverSide ? await applyOnServer(invocation, item, dryRun) : await applyOnClient(invocation, item, dryRun)
      warnIfDeleting(invocation, object)
      applied.push({ ...item, object })
      if (!wholeObjects) print(object, operation)
    } catch (error) {
      errors.push(error)
    }
  }
  if (wholeObjects && applied.length > 0) print(applied.length > 1 ? listOf(applied) : applied[0]!.object, '')
  throwGathered(errors)
  if (applySet) return applySet.finish(applied, print)
  if (flags.bool('prune')) {
    const { prune } = await import('./apply/prune.ts')
    await prune(invocation, applied, dryRun, print)
  }
}

/** An object that is in a set already is told of after the parent was looked at, and wrong parents before it. */
async function labelled(applySet: ApplySet, items: readonly Item[]): Promise<readonly Item[]> {
  try {
    return applySet.labelled(items)
  } catch (error) {
    await applySet.begin([])
    throw error
  }
}

const listOf = (items: readonly Item[]): any => ({ apiVersion: 'v1', items: items.map(({ object }) => object), kind: 'List', metadata: {} })

async function selected(invocation: Invocation, refuse: (error: unknown) => void): Promise<Item[]> {
  const items = await manifestItems(invocation, { refuse })
  const selector = invocation.flags.string('selector')
  if (selector === '') return items
  const { parseLabelSelector } = await import('#apimachinery/labels.ts')
  const parsed = parseLabelSelector(selector)
  return items.filter(({ object }) => parsed.matches(object.metadata?.labels))
}

interface Outcome {
  readonly object: any
  readonly operation: string
}

async function applyOnServer(invocation: Invocation, item: Item, dryRun: DryRun): Promise<Outcome> {
  const { flags } = invocation
  const fieldManager = flags.changed('field-manager') ? flags.string('field-manager') : 'kubectl'
  const body = { ...item.object, metadata: { ...item.object.metadata } }
  if (body.metadata.managedFields) throw new CommandError('error: metadata.managedFields must be nil')
  try {
    const settings = { dryRun, fieldManager, force: flags.bool('force-conflicts') }
    const applied = await patchObject(invocation, item, 'apply', body, { ...settings, subresource: flags.string('subresource') })
    const hasClientSide = applied.metadata?.managedFields?.some((each: any) => each.operation === 'Update' && each.manager)
    const object = hasClientSide
      ? await (await import('./apply/migrate-to-server-side.ts')).migrateToServerSide(invocation, { ...item, object: body }, applied, settings)
      : applied
    return { object, operation: 'serverside-applied' }
  } catch (error) {
    if (!(error instanceof StatusError) || error.reason !== 'Conflict') throw error
    throw new CommandError(conflictText(error))
  }
}

function conflictText(error: StatusError): string {
  return `error: ${error.message}
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`
}

async function applyOnClient(invocation: Invocation, item: Item, dryRun: DryRun): Promise<Outcome> {
  if (item.object.metadata?.generateName && !item.name)
    throw new CommandError(`error: from ${item.object.metadata.generateName}: cannot use generate name with apply`)
  try {
    return await applyLive(invocation, item, dryRun)
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  const object = await withLastApplied(item.object)
  dropNulls(object)
  if (dryRun === 'client') return { object, operation: 'created' }
  try {
    return { object: await createObject(invocation, { ...item, object }, { dryRun }), operation: 'created' }
  } catch (error) {
    throw withSource(error, 'creating', item.source)
  }
}

/** Nulls of a manifest mean "not set"; the annotation keeps them. */
function dropNulls(value: any): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, each] of Object.entries(value)) {
    if (each === null && !Array.isArray(value)) delete value[key]
    else dropNulls(each)
  }
}
