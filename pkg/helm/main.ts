/** helm: finds the command, reads its flags, runs it, and tells errors as Helm does. */
import { readdirSync } from 'node:fs'
import { delimiter } from 'node:path'
import type { FlagSpec, FlagValues } from '#kubectl/flags/types.ts'
import { Flags, parseLine } from '#kubectl/flags/parse.ts'
import { commands } from './commands/index.ts'
import { logLine } from './output/log.ts'
import { type Paint, paintFor, plain } from './output/paint.ts'
import type { PluginCommand } from './plugin/commands.ts'
import { globalFlags, settingsOf } from './settings.ts'
import { type Command, CommandError, type CommandEntry, type Invocation, type Session, type Sink } from './types.ts'

const root: Command = {
  about: 'The package manager for Kubernetes: charts are found, rendered, installed and kept track of.',
  subcommands: commands,
}

interface Found {
  readonly command: Command
  readonly path: string
  readonly aliases: readonly string[]
  readonly rest: readonly string[]
}

/** Words of flags are stepped over, so that flags may stand before a command. */
async function find(argv: readonly string[], specs: readonly FlagSpec[], root: Command): Promise<Found> {
  let command = root
  let path = 'helm'
  let aliases: readonly string[] = []
  const rest = [...argv]
  for (;;) {
    const at = firstWord(rest, specs)
    if (!command.subcommands || at < 0) return { command, path, aliases, rest }
    const word = rest[at]!
    const entry = command.subcommands.find(({ name, aliases }) => name === word || aliases?.includes(word))
    if (!entry) {
      if (command === root) throw unknownCommand(word, path, command.subcommands)
      return { command, path, aliases, rest }
    }
    rest.splice(at, 1)
    path += ` ${entry.name}`
    aliases = entry.aliases ?? []
    command = await entry.load()
  }
}

function firstWord(words: readonly string[], specs: readonly FlagSpec[]): number {
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (word === '--') return -1
    if (!word.startsWith('-')) return at
    if (word.includes('=')) continue
    const spec = specs.find(({ name, short }) => word === `--${name}` || word === `-${short}`)
    if (spec && spec.type !== 'bool' && spec.bare === undefined) at++
  }
  return -1
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next.push(a[i - 1] === b[j - 1] ? row[j - 1]! : 1 + Math.min(row[j - 1]!, row[j]!, next[j - 1]!))
    row = next
  }
  return row.at(-1)!
}

function unknownCommand(word: string, path: string, entries: readonly CommandEntry[]): UnknownCommand {
  const near = entries.filter(({ name, hidden }) => !hidden && (distance(word.toLowerCase(), name) <= 2 || name.startsWith(word.toLowerCase())))
  const suggested = word === 'remove' || word === 'rm' ? ['uninstall'] : near.map(({ name }) => name)
  const suggestion = suggested.length > 0 ? `\n\nDid you mean this?\n${suggested.map((name) => `\t${name}\n`).join('')}` : ''
  return new UnknownCommand(`unknown command ${JSON.stringify(word)} for ${JSON.stringify(path)}${suggestion}\nRun '${path} --help' for usage.`)
}

function checkArguments({ arguments: count, usage }: Command, path: string, args: readonly string[]): void {
  if (!count) return
  const { min = 0, max } = count
  const told = `\n\nUsage:  ${path}${usage ? ` ${usage}` : ''}${usage?.includes('[flags]') ? '' : ' [flags]'}`
  const plural = (number: number): string => (number === 1 ? 'argument' : 'arguments')
  if (min === 0 && max === 0 && args.length > 0) throw new CommandError(`${JSON.stringify(path)} accepts no arguments${told}`)
  if (min === max && args.length !== min) throw new CommandError(`${JSON.stringify(path)} requires ${min} ${plural(min)}${told}`)
  if (args.length < min) throw new CommandError(`${JSON.stringify(path)} requires at least ${min} ${plural(min)}${told}`)
  if (max !== undefined && args.length > max) throw new CommandError(`${JSON.stringify(path)} accepts at most ${max} ${plural(max)}${told}`)
}

/** Charts and objects of the cluster are not to steer a terminal; what goes elsewhere is left as it is. */
const shownOn = ({ isTTY }: Sink, text: string, paint: Paint = plain): string => (isTTY ? paint.shown(text) : text)

export function invocationOf(session: Session, flags: FlagValues, args: readonly string[], path: string): Invocation {
  const settings = settingsOf(session.env, flags)
  const paint = paintFor(settings.colorMode, session)
  return {
    flags,
    args,
    session,
    settings,
    path,
    paint,
    out: (text) => void session.stdout.write(shownOn(session.stdout, text, paint)),
    err: (text) => void session.stderr.write(shownOn(session.stderr, text)),
    log(level, message, fields = {}) {
      if (level !== 'DEBUG' || settings.debug) session.stderr.write(shownOn(session.stderr, logLine(level, message, fields)))
    },
  }
}

/** Of the type float32, which no flag of kubectl has. */
function checkNumbers(values: FlagValues): void {
  const given = values.string('qps')
  if (/^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)$/i.test(given)) return
  const told = JSON.stringify(given)
  throw new CommandError(`invalid argument ${told} for "--qps" flag: strconv.ParseFloat: parsing ${told}: invalid syntax`)
}

/** Refused before the command is looked at, and told as the real Helm's main tells what it cannot begin with. */
function checkColorMode(values: FlagValues, { env }: Session): void {
  const { colorMode } = settingsOf(env, values)
  if (['never', 'auto', 'always'].includes(colorMode)) return
  throw new UnusableLine(`invalid color mode ${JSON.stringify(colorMode)}: must be one of: never, auto, always`)
}

class UnusableLine extends CommandError {}
class UnknownCommand extends CommandError {}

/** Not an error, as for cobra. */
async function unknownTopic(argv: readonly string[], { stderr, env }: Session, global: readonly FlagSpec[]): Promise<number> {
  const { usageText } = await import('./help.ts')
  const { args } = parseLine(argv, global)
  stderr.write(
    `Unknown help topic [${args.map((word) => `\`${word}\``).join(' ')}]\n${usageText(root, { path: 'helm', global, env }, { withHelpFlag: false })}`,
  )
  return 0
}

async function execute(argv: readonly string[], session: Session): Promise<number> {
  const global = globalFlags(session.env)
  if (argv[0] === '__complete' || argv[0] === '__completeNoDesc') {
    const { complete } = await import('./completion/complete.ts')
    return complete(argv.slice(1), session, { root, global, descriptions: argv[0] === '__complete' })
  }
  // `helm help --help` is about help itself.
  const isHelp = argv[0] === 'help' && !['-h', '--help'].includes(argv[1] ?? '')
  const plugins = await pluginsOf(session, global)
  const words = isHelp ? argv.slice(1) : argv
  const at = firstWord(words, global)
  const own = plugins.find(({ entry }) => entry.name === words[at])
  if (own && !isHelp) {
    const { runPlugin } = await import('./plugin/run.ts')
    return runPlugin(own.plugin, words.toSpliced(at, 1), session, global)
  }
  const all: Command = plugins.length === 0 ? root : { ...root, subcommands: withPlugins(plugins) }
  const found = await find(words, global, all).catch((error) => {
    if (isHelp && error instanceof UnknownCommand) return undefined
    throw error
  })
  if (!found) return unknownTopic(argv.slice(1), session, global)
  const { command, path, aliases, rest } = found
  const specs = [
    ...(command.flags ?? []),
    ...global,
    { name: 'help', short: 'h', type: 'bool', default: 'false', usage: `help for ${path.split(' ').at(-1)}` } as const,
  ]
  const { values, args } = parseLine(rest, specs)
  checkNumbers(values)
  checkColorMode(values, session)
  if (isHelp || values.bool('help') || !command.run) {
    const { commandHelp } = await import('./help.ts')
    session.stdout.write(commandHelp(command, { path, aliases, global, env: session.env }))
    return 0
  }
  tellDeprecated(rest, values, command, session)
  // Plugins that get charts are looked for then, and what is broken is told of again.
  if (gettersWanted.includes(path.slice('helm '.length))) await pluginsOf(session, global)
  checkArguments(command, path, args)
  const code = await command.run(invocationOf(session, values, args, path))
  return typeof code === 'number' ? code : 0
}

const deprecated: Readonly<Record<string, string>> = {
  force: 'use --force-replace instead',
  atomic: 'use --rollback-on-failure instead',
  validate: "use '--dry-run=server' instead",
  'hide-notes': "this flag has no effect for 'helm template' and will be removed in Helm 5",
  'render-subchart-notes': "this flag has no effect for 'helm template' and will be removed in Helm 5",
}

const gettersWanted = ['install', 'upgrade', 'template', 'lint', 'package', 'pull', 'dependency build', 'dependency update', 'repo add', 'repo update']

/** In the order of the line. */
function tellDeprecated(line: readonly string[], values: FlagValues, { flags = [] }: Command, { stderr }: Session): void {
  const placeOf = (name: string): number => line.findIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`))
  const used = flags.filter(({ name, hidden }) => hidden && deprecated[name] && values.changed(name)).toSorted((a, b) => placeOf(a.name) - placeOf(b.name))
  for (const { name } of used) stderr.write(`Flag --${name} has been deprecated, ${deprecated[name]}\n`)
}

/** What reads plugins is loaded only where there are any. */
async function pluginsOf(session: Session, global: readonly FlagSpec[]): Promise<readonly PluginCommand[]> {
  const { plugins } = settingsOf(session.env, new Flags(global))
  if (session.env.HELM_NO_PLUGINS === '1' || !plugins.split(delimiter).some(hasEntries)) return []
  const { pluginCommands } = await import('./plugin/commands.ts')
  return pluginCommands(plugins, commands, session)
}

function hasEntries(folder: string): boolean {
  try {
    return folder !== '' && readdirSync(folder).length > 0
  } catch {
    return false
  }
}

const withPlugins = (plugins: readonly PluginCommand[]): CommandEntry[] =>
  [...commands, ...plugins.map(({ entry }) => entry)].toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** Gives the exit code. */
export async function runHelm(argv: readonly string[], session: Session): Promise<number> {
  try {
    return await execute(argv, session)
  } catch (error) {
    if (error instanceof UnusableLine) {
      session.stderr.write(logLine('WARN', 'command failed', { error }))
      return error.exitCode
    }
    session.stderr.write(shownOn(session.stderr, `Error: ${error instanceof Error ? error.message : String(error)}\n`))
    if (error instanceof Error && session.env.HELM_TRACE) session.stderr.write(`${error.stack}\n`)
    return error instanceof CommandError ? error.exitCode : 1
  }
}
