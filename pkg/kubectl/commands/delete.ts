/** kubectl delete. */
import { isForbidden, isNotFound } from '#apimachinery/status-error.ts'
import { CommandError, throwGathered } from '../errors.ts'
import { kindText } from '../printers/kind-name.ts'
import { partsOf, targetsOf } from '../resources/args.ts'
import { allNamespacesFlag, dryRunFlag, fieldSelectorFlag, fileFlags, selectorFlag, type Item } from '../resources/types.ts'
import { hasFiles, listItems, manifestItems, scopeOf, selectionOf } from '../resources/visit.ts'
import { readAll } from '../resources/files.ts'
import { withSource } from '../resources/source-errors.ts'
import { waitUntilGone } from '../resources/wait-gone.ts'
import { deleteObject, type DryRun, dryRunOf, dryRunSuffix, propagationPolicyOf } from '../resources/write.ts'
import { warningLine } from '../warnings.ts'
import type { Command, Invocation } from '../types.ts'

export const command: Command = {
  summary: 'Delete resources by file names, stdin, resources and names, or by resources and label selector.',
  usage: '([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])',
  examples: ['kubectl delete -f pod.json', 'kubectl delete pod,service -l name=web', 'kubectl delete pod web --now', 'kubectl delete pods --all'],
  flags: [
    ...fileFlags('containing the resource to delete.'),
    selectorFlag,
    fieldSelectorFlag,
    allNamespacesFlag,
    dryRunFlag,
    { name: 'all', type: 'bool', default: 'false', usage: 'Delete all resources of the named types in the namespace' },
    { name: 'cascade', type: 'string', default: 'background', bare: 'background', usage: 'Must be "background", "orphan", or "foreground"' },
    { name: 'force', type: 'bool', default: 'false', usage: 'Immediately remove resources from the API' },
    { name: 'grace-period', type: 'int', default: '-1', usage: 'Seconds given to the resource to terminate gracefully; negative: its own' },
    { name: 'ignore-not-found', type: 'bool', default: 'false', usage: 'Treat "resource not found" as a successful delete' },
    { name: 'interactive', short: 'i', type: 'bool', default: 'false', usage: 'Delete only when the user confirms' },
    { name: 'now', type: 'bool', default: 'false', usage: 'Signal resources for immediate shutdown (same as --grace-period=1)' },
    { name: 'output', short: 'o', type: 'string', usage: 'Output mode: "name" for shorter output' },
    { name: 'raw', type: 'string', usage: 'Raw URI to DELETE to the server' },
    { name: 'timeout', type: 'duration', default: '0s', usage: 'How long to wait before giving up; zero: by the size of the object' },
    { name: 'wait', type: 'bool', default: 'true', usage: 'Wait for resources to be gone' },
  ],
  whenInterrupted: () => 'fails',
  run,
}

interface Settings {
  readonly grace: number
  readonly wait: boolean
  readonly policy: string
  readonly dryRun: DryRun
}

async function run(invocation: Invocation): Promise<void> {
  const { flags, out, err, io } = invocation
  if (flags.string('raw') !== '') return out(`${JSON.stringify(await invocation.session.json({ method: 'DELETE', path: flags.string('raw') }))}\n`)
  const settings = settingsOf(invocation)
  const errors: unknown[] = []
  let { namespaceGiven: warnsOfScope } = await invocation.session.connection()
  const items = await selected(invocation, errors)
  if (flags.bool('interactive') && !(await confirmed(invocation, items))) return out(items.length === 0 ? 'No resources found\n' : 'deletion is cancelled\n')
  const gone: (Item & { uid?: string })[] = []
  let found = 0
  for (const item of items) {
    try {
      found++
      if (warnsOfScope && !item.resource.namespaced) {
        err(warningLine('deleting cluster-scoped resources, not scoped to the provided namespace', io))
        warnsOfScope = false
      }
      if (settings.dryRun === 'client') tell(invocation, item, settings)
      else {
        const answer = await deleteObject(invocation, item, {
          propagationPolicy: settings.policy,
          dryRun: settings.dryRun,
          ...(settings.grace >= 0 ? { gracePeriodSeconds: settings.grace } : {}),
        })
        tell(invocation, item, settings)
        gone.push({ ...item, uid: answer.kind === 'Status' ? answer.details?.uid : answer.metadata?.uid })
      }
    } catch (error) {
      if (!flags.bool('ignore-not-found') || !isNotFound(error)) errors.push(withSource(error, 'deleting', item.source))
    }
  }
  throwGathered(errors)
  if (found === 0 && errors.length === 0) return out('No resources found\n')
  if (!settings.wait || settings.dryRun !== 'none') return
  try {
    await waitUntilGone(invocation, gone, flags.duration('timeout') || 7 * 24 * 3_600_000)
  } catch (error) {
    if (!isForbidden(error)) throw error
  }
}

function settingsOf(invocation: Invocation): Settings {
  const { flags, err, io } = invocation
  const output = flags.string('output')
  if (output !== '' && output !== 'name') throw new CommandError(`error: unexpected -o output mode: ${output}. We only support '-o name'`)
  if (flags.bool('all') && flags.string('selector') !== '') throw new CommandError("error: setting 'all' parameter but found a non empty selector. ")
  if (flags.bool('all') && flags.string('field-selector') !== '') throw new CommandError('error: cannot set --all and --field-selector at the same time')
  const policy = propagationPolicyOf(invocation)
  let grace = flags.int('grace-period')
  let wait = flags.bool('wait')
  if (flags.bool('now')) {
    if (grace !== -1) throw new CommandError('error: --now and --grace-period cannot be specified together')
    grace = 1
  }
  if (grace === 0 && !flags.bool('force')) {
    // "At once" without force still waits, so that nobody takes it for done too early.
    wait = true
    grace = 1
  }
  if (flags.bool('force') && grace < 0) grace = 0
  if (flags.bool('force') && grace > 0) throw new CommandError('error: --force and --grace-period greater than 0 cannot be specified together')
  if (flags.bool('force') && grace === 0) {
    err(
      warningLine(
        'Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.',
        io,
      ),
    )
    if (!flags.changed('wait')) wait = false
  }
  return { grace, wait, policy, dryRun: dryRunOf(invocation) }
}

async function selected(invocation: Invocation, errors: unknown[]): Promise<Item[]> {
  const { session, args, flags } = invocation
  if (hasFiles(invocation)) {
    if (args.length > 0) throw new CommandError('error: when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well')
    return manifestItems(invocation, { refuse: (error) => errors.push(error) })
  }
  const selection = selectionOf(invocation)
  const settings = { ...selection, selectAll: flags.bool('all') }
  partsOf(args, settings)
  const targets = targetsOf(await session.catalog(), args, settings)
  const namespace = await session.namespace()
  const items: Item[] = []
  for (const target of targets) {
    const { resource } = target
    if (target.type === 'get') {
      if (selection.allNamespaces && resource.namespaced) throw new CommandError('error: a resource cannot be retrieved by name across all namespaces')
      items.push({ resource, namespace: scopeOf(resource, namespace), name: target.name, object: undefined })
      continue
    }
    try {
      items.push(...(await listItems(invocation, resource, scopeOf(resource, namespace, selection.allNamespaces), selection)))
    } catch (error) {
      errors.push(error)
    }
  }
  return items
}

function tell({ out, flags }: Invocation, { resource, name, namespace }: Item, { grace, dryRun }: Settings): void {
  const kind = kindText(resource.group, resource.kind)
  const where = resource.namespaced ? ` from ${namespace} namespace` : ''
  if (flags.string('output') === 'name') out(`${kind}/${name}\n`)
  else out(`${kind} "${name}" ${grace === 0 ? 'force deleted' : 'deleted'}${where}${dryRunSuffix(dryRun)}\n`)
}

async function confirmed({ io, out }: Invocation, items: readonly Item[]): Promise<boolean> {
  if (items.length === 0) return false
  out(`You are about to delete the following ${items.length} resource(s):\n`)
  for (const { resource, name } of items) out(`${kindText(resource.group, resource.kind)}/${name}\n`)
  out('Do you want to continue? (y/N): ')
  return (await readAll(io.stdin)).trim().toLowerCase().startsWith('y')
}
