/** What a launcher command is; the dispatcher parses its options, prints its help and shows its failures. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { defaultDataDir, defaultName } from '../config.ts'
import { dataDirNamed, recordedDataDir } from '../data-directories.ts'
import { UsageError } from '../usage-error.ts'

export interface CommandOption {
  readonly name: string
  readonly short?: string
  /** "N", "DIR" …; absent for a switch. */
  readonly value?: string
  /** May be given several times; what was given comes as a line each. */
  readonly repeatable?: boolean
  readonly help: string
}

export interface CommandContext {
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  readonly args: readonly string[]
  readonly print: (text: string) => void
}

export interface Command {
  readonly name: string
  readonly summary: string
  /** What follows the command's name in the usage line. */
  readonly usage?: string
  readonly options?: readonly CommandOption[]
  readonly examples: readonly (readonly [command: string, meaning: string])[]
  /** Words beside its options mean something to it. */
  readonly takesArguments?: boolean
  /** Everything after the command's name is handed on unparsed. */
  readonly passThrough?: boolean
  /** Answers the exit code. */
  readonly run: (context: CommandContext) => Promise<number>
}

/** Taken by every command. */
export const clusterOptions: readonly CommandOption[] = [
  { name: 'name', value: 'C', help: `the cluster's name (default ${defaultName})` },
  {
    name: 'data-dir',
    value: 'D',
    help: `where its state lives (default: where a cluster of that name was made, else ${defaultDataDir()}, or ${defaultDataDir('NAME')})`,
  },
]

/** The data directory that the options (or K8TS_DATA_DIR) mean. */
export function dataDirOf(options: CommandContext['options']): string {
  const dataDir = options['data-dir']
  if (typeof dataDir === 'string') {
    if (!dataDir.startsWith('/')) throw new UsageError(`--data-dir must be an absolute path, not "${dataDir}"`)
    return dataDir.replace(/\/+$/, '') || '/'
  }
  if (typeof options.name !== 'string' && process.env.K8TS_DATA_DIR) return process.env.K8TS_DATA_DIR
  return typeof options.name === 'string' ? dataDirNamed(options.name) : defaultDataDir()
}

/** What is told where a cluster should be and is not. `records` as in data-directories.ts. */
export function noClusterIn(options: CommandContext['options'], records?: string): UsageError {
  const named = typeof options.name === 'string' ? options.name : undefined
  const recorded = named !== undefined && typeof options['data-dir'] !== 'string' ? recordedDataDir(named, records) : undefined
  const elsewhere = recorded === undefined ? '' : `, nor in ${recorded}, where ${named} was made`
  const up = named === undefined ? 'k8ts up' : `k8ts up --name ${named}`
  return new UsageError(`there is no cluster in ${dataDirOf(options)}${elsewhere}; start one with: ${up}, or say where it is with --data-dir`)
}

export function nameOf(options: CommandContext['options']): string {
  return typeof options.name === 'string' ? options.name : defaultName
}

export function parseCommandLine(command: Command, argv: readonly string[], print: (text: string) => void): CommandContext {
  if (command.passThrough) return { options: {}, args: argv, print }
  const config: ParseArgsOptionsConfig = {}
  for (const option of command.options ?? []) {
    config[option.name] = {
      type: option.value ? 'string' : 'boolean',
      ...(option.short ? { short: option.short } : {}),
      ...(option.repeatable ? { multiple: true } : {}),
    }
  }
  const { values, positionals } = parsed(command, argv, config)
  if (!command.takesArguments && positionals.length > 0) throw new UsageError(`unexpected argument "${positionals[0]}"; see: k8ts ${command.name} --help`, 2)
  return { options: values, args: positionals, print }
}

function parsed(command: Command, argv: readonly string[], options: ParseArgsOptionsConfig): { values: CommandContext['options']; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
    const lines = Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? value.join('\n') : value])
    return { values: Object.fromEntries(lines) as CommandContext['options'], positionals }
  } catch (error) {
    const message = error instanceof Error ? error.message.split(/\. |\n/)[0] : String(error)
    throw new UsageError(`${message}; see: k8ts ${command.name} --help`, 2)
  }
}

export function helpOf(command: Command): string {
  const lines = [command.summary, '', 'Usage:', `  k8ts ${command.name}${command.usage ? ` ${command.usage}` : ''}`]
  if (command.options?.length) {
    lines.push('', 'Options:')
    const named = command.options.map(
      (option) => [`${option.short ? `-${option.short}, ` : ''}--${option.name}${option.value ? ` ${option.value}` : ''}`, option.help] as const,
    )
    lines.push(...columns(named))
  }
  lines.push('', 'Examples:', ...columns(command.examples))
  return `${lines.join('\n')}\n`
}

/** Two columns, indented. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`.trimEnd())
}

/** A whole number of at least `min`, or a clear error. */
export function numberOption(options: CommandContext['options'], name: string, min: number, max: number): number | undefined {
  const text = options[name]
  if (text === undefined) return undefined
  const value = Number(text)
  if (!Number.isInteger(value) || value < min || value > max) throw new UsageError(`--${name} must be a number from ${min} to ${max}, not "${text}"`)
  return value
}
