/** Help as spf13/cobra lays it out. */
import type { FlagSpec } from '#kubectl/flags/types.ts'
import type { Command } from './types.ts'

const shownType: Readonly<Record<FlagSpec['type'], string>> = {
  bool: '',
  string: ' string',
  int: ' int',
  duration: ' duration',
  stringArray: ' stringArray',
  stringSlice: ' strings',
  stringToString: ' stringToString',
}

function defaultText({ type, default: preset }: FlagSpec): string {
  if (preset === undefined || preset === '' || preset === 'false' || (type === 'int' && preset === '0')) return ''
  return type === 'string' ? ` (default ${JSON.stringify(preset)})` : ` (default ${preset})`
}

function flagLines(flags: readonly FlagSpec[]): string {
  const shown = flags.filter(({ hidden }) => !hidden).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const names = shown.map(
    (flag) =>
      `${flag.short ? `-${flag.short}, ` : '    '}--${flag.name}${shownType[flag.type]}${flag.bare === undefined ? '' : `[=${JSON.stringify(flag.bare)}]`}`,
  )
  const width = Math.max(...names.map((name) => name.length)) + 3
  return shown.map((flag, at) => `  ${names[at]!.padEnd(width)}${flag.usage}${defaultText(flag)}\n`).join('')
}

export function commandHelp(command: Command, path: string, global: readonly FlagSpec[]): string {
  const name = path.split(' ').at(-1)!
  const help: FlagSpec = { name: 'help', short: 'h', type: 'bool', default: 'false', usage: `help for ${name}` }
  const own = [...(command.flags ?? []), help, ...(path === 'helm' ? global : [])]
  const usage = command.subcommands ? `${path} [command]` : `${path}${command.usage ? ` ${command.usage}` : ''} [flags]`
  const parts = [`${command.about ?? ''}\n`, `Usage:\n  ${usage}\n`]
  if (command.subcommands) {
    const all = command.subcommands.filter(({ hidden }) => !hidden)
    const width = Math.max(11, ...all.map((each) => each.name.length)) + 1
    parts.push(`Available Commands:\n${all.map((each) => `  ${each.name.padEnd(width)}${each.summary}\n`).join('')}`)
  }
  parts.push(`Flags:\n${flagLines(own)}`)
  if (path !== 'helm') parts.push(`Global Flags:\n${flagLines(global)}`)
  if (command.subcommands) parts.push(`Use "${path} [command] --help" for more information about a command.\n`)
  return parts.join('\n')
}
