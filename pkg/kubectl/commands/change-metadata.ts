/** What label and annotate share: "key=value" and "key-" on the metadata of objects. */
import { isValidLabelValue } from '#apimachinery/names.ts'
import { CommandError, throwGathered, usageError } from '../errors.ts'
import type { FlagSpec } from '../flags/types.ts'
import { outputFlags } from '../printers/index.ts'
import { escapeTerminal } from '../printers/terminal.ts'
import { kindName } from '../printers/kind-name.ts'
import { allNamespacesFlag, dryRunFlag, fieldManagerFlag, fieldSelectorFlag, fileFlags, localFlag, selectorFlag } from '../resources/types.ts'
import { recordCause, recordFlag } from '../resources/change-cause.ts'
import { hasFiles, visit } from '../resources/visit.ts'
import { changeObject, dryRunOf, dryRunSuffix } from '../resources/write.ts'
import { printerOf } from '../printers/index.ts'
import type { Command, Invocation } from '../types.ts'

export interface MetadataChange {
  readonly member: 'labels' | 'annotations'
  /** "label", "annotation". */
  readonly noun: string
  readonly past: string
}

export const metadataFlags = (verb: string): readonly FlagSpec[] => [
  ...outputFlags,
  ...fileFlags('identifying the resource to update'),
  selectorFlag,
  fieldSelectorFlag,
  allNamespacesFlag,
  dryRunFlag,
  localFlag,
  recordFlag,
  fieldManagerFlag(`kubectl-${verb}`),
  { name: 'all', type: 'bool', default: 'false', usage: 'Select all resources, in the namespace of the specified resource types' },
  { name: 'list', type: 'bool', default: 'false', usage: 'Display what is set' },
  { name: 'overwrite', type: 'bool', default: 'false', usage: 'Allow values to be overwritten' },
  { name: 'resource-version', type: 'string', usage: 'Update only if this is the current resource-version' },
]

export function metadataCommand(verb: string, { member, noun, past }: MetadataChange): Command {
  return {
    summary: `Update the ${member} on a resource.`,
    usage: `[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]`,
    examples: [`kubectl ${verb} pods foo unhealthy=true`, `kubectl ${verb} --overwrite pods foo status=unhealthy`, `kubectl ${verb} pods foo bar-`],
    flags: metadataFlags(verb),
    run: (invocation) => run(invocation, { member, noun, past }),
  }
}

interface Pairs {
  readonly resources: string[]
  readonly set: Map<string, string>
  readonly remove: string[]
}

function pairsOf({ args, path }: Invocation, noun: string): Pairs {
  const pairs: Pairs = { resources: [], set: new Map(), remove: [] }
  let metPair = false
  for (const arg of args) {
    const isPair = arg.includes('=') || arg.endsWith('-')
    if (!isPair && metPair) throw usageError(path, `all resources must be specified before ${noun} changes: ${arg}`)
    metPair ||= isPair
    if (!isPair) pairs.resources.push(arg)
    else if (arg.includes('=')) pairs.set.set(arg.slice(0, arg.indexOf('=')), arg.slice(arg.indexOf('=') + 1))
    else pairs.remove.push(arg.slice(0, -1))
  }
  const both = pairs.remove.filter((key) => pairs.set.has(key))
  if (both.length > 0) {
    const what = noun === 'label' ? 'a label in the same command' : `the following annotation(s) in the same command: ${both.join(', ')}`
    throw new CommandError(`error: can not both modify and remove ${what}`)
  }
  if (noun === 'label') checkLabels(pairs.set, args)
  return pairs
}

/** Upstream refuses bad labels before it asks the server. */
function checkLabels(set: ReadonlyMap<string, string>, args: readonly string[]): void {
  for (const [key, value] of set) {
    const arg = `${key}=${value}`
    if (value.includes('=') && args.includes(arg)) throw new CommandError(`error: invalid label spec: ${arg}`)
    const [problem] = isValidLabelValue(value)
    if (problem) throw new CommandError(`error: invalid label value: ${JSON.stringify(arg)}: ${problem}`)
  }
}

async function run(invocation: Invocation, { member, noun, past }: MetadataChange): Promise<void> {
  const { flags, out } = invocation
  const { resources, set, remove } = pairsOf(invocation, noun)
  const list = flags.bool('list')
  if (resources.length === 0 && !hasFiles(invocation))
    throw new CommandError('error: one or more resources must be specified as <resource> <name> or <resource>/<name>')
  if (set.size === 0 && remove.length === 0 && !list) throw new CommandError(`error: at least one ${noun} update is required`)
  if (flags.bool('all') && flags.string('field-selector') !== '') throw new CommandError('error: cannot set --all and --field-selector at the same time')
  const dryRun = dryRunOf(invocation)
  const printer = await printerOf(invocation)
  const errors: unknown[] = []
  for (const item of await visit(invocation, {
    args: resources,
    local: flags.bool('local'),
    onError: (error) => errors.push(error),
  })) {
    const before: Record<string, string> = item.object.metadata[member] ?? {}
    if (!flags.bool('overwrite')) {
      const taken = [...set].filter(([key, value]) => Object.hasOwn(before, key) && before[key] !== value)
      if (taken.length > 0) {
        errors.push(
          new CommandError(
            takenText(
              noun,
              taken.map(([key]) => key),
              before,
            ),
          ),
        )
        continue
      }
    }
    if (dryRun === 'none' && noun === 'label') for (const key of remove) if (!Object.hasOwn(before, key)) out(`label ${JSON.stringify(key)} not found.\n`)
    const changed = await changeObject(
      invocation,
      item,
      (copy) => {
        if (dryRun !== 'client' && !flags.bool('local') && !list && (noun === 'annotation' || labelOutcome(before, set, remove) !== 'not labeled'))
          recordCause(invocation, copy)
        const values = { ...copy.metadata[member], ...Object.fromEntries(set) }
        for (const key of remove) delete values[key]
        copy.metadata[member] = values
        if (Object.keys(values).length === 0) delete copy.metadata[member]
        if (flags.string('resource-version') !== '') copy.metadata.resourceVersion = flags.string('resource-version')
      },
      { dryRun, local: flags.bool('local') },
    )
    const object = changed ?? item.object
    if (list) {
      let indent = ''
      if (flags.bool('all') || resources.length > 2 || flags.string('selector') !== '' || hasFiles(invocation)) {
        const { group, kind } = item.resource
        indent = ' '
        out(`Listing ${noun}s for ${kind}.${group}/${item.name}:\n`)
      }
      for (const [key, value] of Object.entries<string>(object.metadata[member] ?? {}).sort()) out(`${indent}${key}=${escapeTerminal(value)}\n`)
      continue
    }
    const operation = noun === 'annotation' ? past : labelOutcome(before, set, remove)
    out(printer ? printer(object) : `${kindName(object)} ${operation}${dryRunSuffix(dryRun)}\n`)
  }
  throwGathered(errors)
}

/** By what really changed: a label that had its value, or was not there, counts for nothing. */
function labelOutcome(before: Record<string, string>, set: ReadonlyMap<string, string>, remove: readonly string[]): string {
  const added = [...set].some(([key, value]) => before[key] !== value)
  const removed = remove.some((key) => Object.hasOwn(before, key))
  if (added) return removed ? 'modified' : 'labeled'
  return removed ? 'unlabeled' : 'not labeled'
}

function takenText(noun: string, keys: readonly string[], before: Record<string, string>): string {
  if (noun === 'label') return `error: '${keys[0]}' already has a value (${before[keys[0]!]}), and --overwrite is false`
  return `error: --overwrite is false but found the following declared annotation(s): ${keys.map((key) => `'${key}' already has a value (${before[key]})`).join('; ')}`
}
