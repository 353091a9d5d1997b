/** The text of --help. */
import { globalFlags } from './flags/global.ts'
import type { FlagSpec } from './flags/types.ts'
import type { Command } from './types.ts'

export function helpText(path: string, command: Command): string {
  const parts = [command.summary]
  if (command.examples?.length) parts.push(`Examples:\n${command.examples.map((each) => `  ${each}`).join('\n')}`)
  if (command.subcommands?.length) {
    const width = Math.max(...command.subcommands.map(({ name }) => name.length))
    parts.push(`Available Commands:\n${command.subcommands.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`).join('\n')}`)
  }
  const own = (command.flags ?? []).filter(({ hidden }) => !hidden)
  if (own.length > 0) parts.push(`Options:\n${flagLines(own)}`)
  const usage = command.subcommands?.length && !command.run ? '[flags] [options]' : (command.usage ?? '[flags] [options]')
  parts.push(`Usage:\n  ${path} ${usage}`)
  if (command.subcommands?.length) parts.push(`Use "${path} <command> --help" for more information about a given command.`)
  return `${parts.join('\n\n')}\n${path === 'kubectl' ? '' : 'Use "kubectl options" for a list of global command-line options (applies to all commands).\n'}`
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
