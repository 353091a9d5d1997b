/** Help as spf13/cobra lays it out. */
import type { FlagSpec } from '#kubectl/flags/types.ts'
import { defaultKeyring } from './provenance/keyring.ts'
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

/** Of a default, what help shows: none for what is nothing, quotes for plain text. */
function defaultText({ name, type, default: preset = '', valueName }: FlagSpec, { env }: HelpSurroundings): string {
  if (name === 'keyring') return ` (default ${JSON.stringify(defaultKeyring(env))})`
  if (type === 'stringToString' || valueName === 'postRendererArgsSlice') return ' (default [])'
  if (preset === '' || preset === 'false' || (type === 'int' && preset === '0') || (valueName === 'float32' && Number(preset) === 0)) return ''
  return type === 'string' && valueName === undefined ? ` (default ${JSON.stringify(preset)})` : ` (default ${preset})`
}

function flagLines(flags: readonly FlagSpec[], surroundings: HelpSurroundings): string {
  const shown = flags.filter(({ hidden }) => !hidden).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const names = shown.map(({ name, short, type, bare, valueName }) => {
    const value = valueName === undefined ? shownType[type] : ` ${valueName}`
    return `${short ? `-${short}, ` : '    '}--${name}${value}${bare === undefined ? '' : `[=${valueName === undefined ? JSON.stringify(bare) : bare}]`}`
  })
  const width = Math.max(...names.map((name) => name.length)) + 3
  return shown.map((flag, at) => `  ${names[at]!.padEnd(width)}${flag.usage}${defaultText(flag, surroundings)}\n`).join('')
}

export interface HelpSurroundings {
  /** "helm get values". */
  readonly path: string
  readonly aliases?: readonly string[]
  readonly global: readonly FlagSpec[]
  readonly env: Readonly<Record<string, string | undefined>>
}

export const commandHelp = (command: Command, surroundings: HelpSurroundings): string => `${command.about ?? ''}\n\n${usageText(command, surroundings)}`

/** Help without what the command is about. */
export function usageText(command: Command, surroundings: HelpSurroundings, { withHelpFlag = true } = {}): string {
  const { path, aliases = [], global } = surroundings
  const name = path.split(' ').at(-1)!
  const help: FlagSpec = { name: 'help', short: 'h', type: 'bool', default: 'false', usage: `help for ${name}` }
  const own = [...(command.flags ?? []), ...(withHelpFlag ? [help] : []), ...(path === 'helm' ? global : [])]
  const line = `${path}${command.usage ? ` ${command.usage}` : ''}`
  const usage = command.subcommands ? `${path} [command]` : line.includes('[flags]') ? line : `${line} [flags]`
  const parts = [`Usage:\n  ${usage}\n`]
  if (aliases.length > 0) parts.push(`Aliases:\n  ${[name, ...aliases].join(', ')}\n`)
  if (command.subcommands) {
    const all = command.subcommands.filter(({ hidden }) => !hidden)
    const width = Math.max(11, ...all.map((each) => each.name.length)) + 1
    parts.push(`Available Commands:\n${all.map((each) => `  ${each.name.padEnd(width)}${each.summary}\n`).join('')}`)
  }
  parts.push(`Flags:\n${flagLines(own, surroundings)}`)
  if (path !== 'helm') parts.push(`Global Flags:\n${flagLines(global, surroundings)}`)
  if (command.subcommands) parts.push(`Use "${path} [command] --help" for more information about a command.\n`)
  return parts.join('\n')
}
