/** The text of --help. */
import { globalFlags } from './flags/global.ts'
import type { FlagSpec } from './flags/types.ts'
import type { Command, CommandEntry } from './types.ts'

export function helpText(path: string, command: Command): string {
  const parts = [command.summary]
  if (command.examples?.length) parts.push(`Examples:\n${command.examples.map((each) => `  ${each}`).join('\n')}`)
  if (command.subcommands?.length) parts.push(...commandLists(command.subcommands))
  const own = (command.flags ?? []).filter(({ hidden }) => !hidden)
  if (own.length > 0) parts.push(`Options:\n${flagLines(own)}`)
  const usage = command.usage ?? '[flags]'
  parts.push(`Usage:\n  ${[path, usage, usage.includes('[options]') ? '' : '[options]'].filter(Boolean).join(' ')}`)
  const pointers = [
    ...(command.subcommands?.length ? [`Use "${path} <command> --help" for more information about a given command.`] : []),
    'Use "kubectl options" for a list of global command-line options (applies to all commands).',
  ]
  return `${[...parts, pointers.join('\n')].join('\n\n')}\n`
}

const narrowest = 11

/** Under the headings of their groups, in the order these first stand in; those of no group under one of their own. */
function commandLists(entries: readonly CommandEntry[]): string[] {
  const width = Math.max(narrowest, ...entries.map(({ name }) => name.length))
  const headings = [...new Set(entries.map(({ group = 'Available Commands:' }) => group))]
  return headings.map((heading) => {
    const lines = entries
      .filter(({ name, group = 'Available Commands:' }) => group === heading && name !== 'options')
      .map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`)
    return `${heading}\n${lines.join('\n')}`
  })
}

export function flagLines(flags: readonly FlagSpec[] = globalFlags): string {
  return flags
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((flag) => `    ${flag.short ? `-${flag.short}, ` : ''}--${flag.name}=${shownDefault(flag)}:\n\t${flag.usage}`)
    .join('\n\n')
}

function shownDefault({ type, default: preset = '' }: FlagSpec): string {
  if (type === 'string') return `'${preset}'`
  if (type === 'stringArray' || type === 'stringSlice' || type === 'stringToString') return `[${preset}]`
  return preset
}
