/** The text of --help. */
import { globalFlags } from './flags/global.ts'
import { basename } from 'node:path'
import { pluginFiles } from './plugins.ts'
import type { FlagSpec } from './flags/types.ts'
import type { Command, CommandEntry } from './types.ts'

/** `pluginPath` is the PATH whose plugins are told of with the commands. */
export function helpText(path: string, command: Command, pluginPath?: string): string {
  const parts = [command.summary]
  if (command.examples?.length) parts.push(`Examples:\n${command.examples.map((each) => `  ${each}`).join('\n')}`)
  if (command.subcommands?.length) parts.push(...commandLists(command.subcommands, pluginPath))
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
function commandLists(entries: readonly CommandEntry[], pluginPath?: string): string[] {
  const width = Math.max(narrowest, ...entries.map(({ name }) => name.length))
  const headings = [...new Set(entries.map(({ group = 'Available Commands:' }) => group))]
  const plugins = pluginPath === undefined ? [] : pluginNames(pluginPath, entries)
  // They stand in no table of commands, so nothing widens their column.
  const pluginLines = plugins.map((name) => `  ${name.padEnd(narrowest)}   The command ${name} is a plugin installed by the user`)
  const lists = headings.map((heading) => {
    const lines = entries
      .filter(({ name, group = 'Available Commands:' }) => group === heading && name !== 'options')
      .map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`)
    return `${heading}\n${lines.join('\n')}`
  })
  if (pluginPath !== undefined) lists.splice(lists.length - 1, 0, ['Subcommands provided by plugins:', ...pluginLines].join('\n'))
  return lists
}

/** First words of plugins' names; upstream's own commands are known by then but those that stand last. */
function pluginNames(path: string, entries: readonly CommandEntry[]): string[] {
  const known = entries.filter(({ group }) => group !== 'Other Commands:')
  const names = pluginFiles(path).map((file) => (basename(file).split('-')[1] ?? '').replaceAll('_', '-'))
  return names.filter((name) => !known.some((each) => each.name === name || each.aliases?.includes(name)))
}

export function flagLines(flags: readonly FlagSpec[] = globalFlags): string {
  return flags
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((flag) => `    ${flag.short ? `-${flag.short}, ` : ''}--${flag.name}=${shownDefault(flag)}:\n\t${flag.usage}`)
    .join('\n\n')
}

function shownDefault({ type, default: preset = '', shownDefault: shown }: FlagSpec): string {
  if (shown !== undefined) return shown
  if (type === 'string') return `'${preset}'`
  if (type === 'stringArray' || type === 'stringSlice' || type === 'stringToString') return `[${preset}]`
  return preset
}
