/** kubectl: finds the command, parses its line, runs it, and tells how it ended. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { configPlaces, prepareToRead } from './config/files.ts'
import type { Preferred } from './config/kuberc.ts'
import { CommandError, errorText, exitCodeOf, FlagError, HelpInstead } from './errors.ts'
import { globalFlags } from './flags/global.ts'
import { parseLine } from './flags/parse.ts'
import type { FlagSpec, FlagValues } from './flags/types.ts'
import { commands } from './commands/index.ts'
import { createSession } from './session.ts'
import { warningLine } from './warnings.ts'
import type { Command, CommandEntry, InterruptPolicy, Invocation, Sink, Streams } from './types.ts'

export interface KubectlStreams extends Streams {
  /** Aborted by an interrupt. */
  readonly signal?: AbortSignal
  /** Hears how the command takes signals, before it runs; nobody who does not hear it changes anything about them. */
  readonly onPolicy?: (policy: InterruptPolicy) => void
  readonly now?: () => number
}

/** Runs one command line (without the program's name) and answers its exit code. */
export async function runKubectl(argv: readonly string[], streams: KubectlStreams): Promise<number> {
  try {
    return await run(argv, streams)
  } catch (error) {
    const text = errorText(error)
    if (text !== '') streams.stderr.write(text)
    if (streams.env.K8TS_DEBUG && error instanceof Error) streams.stderr.write(`${error.stack}\n`)
    return exitCodeOf(error)
  }
}

/** Most users have no preferences: then nothing is loaded for them. */
async function preferred(argv: readonly string[], streams: Streams): Promise<Preferred> {
  const { env } = streams
  const asked = Boolean(env.KUBERC) || argv.some((word) => word.startsWith('--kuberc'))
  if (!asked && !existsSync(join(env.HOME ?? '/', '.kube', 'kuberc'))) return { argv }
  const { withPreferences } = await import('./config/kuberc.ts')
  try {
    return await withPreferences(argv, streams, commands)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new CommandError(`error occurred while applying preferences ${error.message.replace(/^error: /, '')}`, 1, { bare: true })
  }
}

interface Found {
  readonly command: Command
  readonly path: string
  readonly rest: readonly string[]
}

async function run(given: readonly string[], streams: KubectlStreams): Promise<number> {
  const { argv, checkPlugin } = await preferred(given, streams)
  if (argv[0] === '__complete' || argv[0] === '__completeNoDesc') return complete(argv, streams)
  const found = await find(argv, streams)
  if (typeof found === 'number') return found
  const { path, rest } = found
  const command = withoutGated(found.command, streams)
  let line: ReturnType<typeof parseLine>
  try {
    line = parseLine(rest, [...(command.flags ?? []), ...globalsBeside(command)], { underscores: true })
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    // Upstream's diff alone tells it in its own way.
    const where = command.failureCode ? `See '${path} -h' for help and examples` : `See '${path} --help' for usage.`
    streams.stderr.write(`error: ${error.message}\n${where}\n`)
    return command.failureCode ?? 1
  }
  for (const { spec } of line.given) if (spec.deprecated) streams.stderr.write(`Flag --${spec.name} has been deprecated, ${spec.deprecated}\n`)
  if (line.values.bool('help') || !command.run) {
    const { helpText } = await import('./help.ts')
    if (!line.values.bool('help') && line.args.length > 0 && command.subcommands && command.alone?.code !== 0) {
      streams.stderr.write(`error: unknown command ${JSON.stringify(line.args[0])}\nSee '${path} -h' for help and examples\n`)
      return 1
    }
    const asked = line.values.bool('help') || path === 'kubectl'
    const { stream, code } = asked ? ({ stream: 'stdout', code: 0 } as const) : (command.alone ?? ({ stream: 'stderr', code: 1 } as const))
    streams[stream].write(helpText(path, command, path === 'kubectl' ? (streams.env.PATH ?? '') : undefined))
    return code
  }
  const missing = (command.flags ?? []).filter(({ name, required }) => required && !line.values.changed(name)).map(({ name }) => JSON.stringify(name))
  if (missing.length > 0) {
    streams.stderr.write(`error: required flag(s) ${missing.join(', ')} not set\n`)
    return 1
  }
  let warnings = 0
  const settings = { line, streams, heardWarning: () => warnings++, ...(checkPlugin ? { checkPlugin } : {}) }
  const policy = command.whenInterrupted?.(line.values, streams)
  if (policy) streams.onPolicy?.(policy)
  const interrupted = (): boolean => policy !== undefined && streams.signal?.aborted === true
  try {
    const code = (await attempt({ command, path }, settings, false)) ?? (await attempt({ command, path }, settings, true)) ?? 1
    if (code === 0 && warnings > 0 && line.values.bool('warnings-as-errors'))
      throw new CommandError(`error: ${warnings} ${warnings === 1 ? 'warning' : 'warnings'} received`)
    return interrupted() ? Number(policy === 'fails') : code
  } catch (error) {
    if (error instanceof HelpInstead) {
      const { helpText } = await import('./help.ts')
      streams.stdout.write(helpText(path, command))
      if (error.message !== '') streams.stderr.write(`${error.message}\n`)
      return error.exitCode
    }
    // Whatever was cut short has nothing to tell.
    if (interrupted()) return Number(policy !== 'succeeds')
    if (command.failureCode === undefined || exitCodeOf(error) > 1) throw error
    streams.stderr.write(errorText(error))
    return command.failureCode
  }
}

/** Undefined when the catalog on disk turned out too old before anything was printed: then it is tried again with a fresh one. */
async function attempt(
  { command, path }: Pick<Found, 'command' | 'path'>,
  settings: {
    readonly line: ReturnType<typeof parseLine>
    readonly streams: KubectlStreams
    readonly heardWarning: () => void
    readonly checkPlugin?: (program: string) => string
  },
  freshCatalog: boolean,
): Promise<number | undefined> {
  const { line, streams, heardWarning, checkPlugin } = settings
  let printed = false
  const watched =
    (sink: Sink) =>
    (text: string): void => {
      printed = true
      sink.write(text)
    }
  const session = createSession({
    flags: globalsOf(command, line.values),
    env: streams.env,
    cwd: streams.cwd,
    freshCatalog,
    ...(checkPlugin ? { checkPlugin } : {}),
    ...(streams.signal ? { signal: streams.signal } : {}),
    warn(text) {
      heardWarning()
      streams.stderr.write(warningLine(text, streams))
    },
    log: { write: (text) => streams.stderr.write(text), now: streams.now ?? Date.now, pid: process.pid },
  })
  const invocation: Invocation = {
    flags: line.values,
    args: line.args,
    dashAt: line.dashAt,
    given: line.given,
    io: streams,
    session,
    path,
    signal: streams.signal ?? new AbortController().signal,
    out: watched(streams.stdout),
    err: watched(streams.stderr),
    now: streams.now ?? Date.now,
  }
  try {
    await prepareToRead(configPlaces(line.values.string('kubeconfig'), streams.env, streams.cwd))
    const code = await command.run!(invocation)
    return typeof code === 'number' ? code : 0
  } catch (error) {
    const { StaleCatalog } = await import('./catalog/cache.ts')
    if (!(error instanceof StaleCatalog)) throw error
    if (!printed && !freshCatalog) return undefined
    throw new CommandError(`error: the server has no ${error.message} that was known before; run the command again`)
  } finally {
    session.close()
  }
}

function withoutGated(command: Command, { env }: Streams): Command {
  if (!command.flags?.some(({ gate }) => gate)) return command
  return { ...command, flags: command.flags.filter(({ gate }) => !gate || env[gate]?.toLowerCase() === 'true') }
}

/** A command's own flag of the same name or letter hides the global one. */
function globalsBeside({ flags = [] }: Command): FlagSpec[] {
  const names = new Set(flags.map(({ name }) => name))
  const letters = new Set(flags.map(({ short }) => short))
  return globalFlags
    .filter(({ name }) => !names.has(name))
    .map((flag) => {
      if (!letters.has(flag.short) || !flag.short) return flag
      const { short: _, ...rest } = flag
      return rest
    })
}

/** What the connection reads: a command's own flag of a global one's name (--user of a binding) is not for it. */
function globalsOf({ flags = [] }: Command, values: FlagValues): FlagValues {
  const own = new Set(flags.map(({ name }) => name))
  const hidden = globalFlags.filter(({ name }) => own.has(name)).map(({ name }) => name)
  if (hidden.length === 0) return values
  const isHidden = (name: string): boolean => hidden.includes(name)
  return {
    has: (name) => !isHidden(name) && values.has(name),
    changed: (name) => !isHidden(name) && values.changed(name),
    string: (name) => (isHidden(name) ? '' : values.string(name)),
    bool: (name) => !isHidden(name) && values.bool(name),
    int: (name) => (isHidden(name) ? 0 : values.int(name)),
    duration: (name) => (isHidden(name) ? 0 : values.duration(name)),
    list: (name) => (isHidden(name) ? [] : values.list(name)),
  }
}

/** Walks down the command tables; global flags may stand before a command's name. */
async function find(argv: readonly string[], streams: Streams): Promise<Found | number> {
  let entries: readonly CommandEntry[] = commands
  let command: Command = { summary: 'kubectl controls the Kubernetes cluster manager.', subcommands: commands }
  let path = 'kubectl'
  let rest = [...argv]
  for (;;) {
    const at = nameAt(rest, path !== 'kubectl')
    if (at < 0) {
      if (path === 'kubectl' && hasUnknownFlagFirst(rest)) return flagBeforePlugin(argv[0]!, streams)
      break
    }
    const name = rest[at]!
    if (path === 'kubectl' && name === 'alpha') {
      streams.stderr.write('No alpha commands are available in this version of kubectl\n')
      return 0
    }
    if (path === 'kubectl' && name === 'help') {
      const words = rest.slice(at + 1)
      const topic: string[] = []
      for (let next = nameAt(words); next >= 0; next = nameAt(words)) topic.push(...words.splice(0, next + 1).slice(-1))
      if (topic.length > 0 && !entries.some((each) => each.name === topic[0] || each.aliases?.includes(topic[0]!))) {
        const { helpText } = await import('./help.ts')
        const quoted = topic.map((word) => `\`${word}\``).join(' ')
        streams.stderr.write(`Unknown help topic [${quoted}]\n${helpText(path, command, streams.env.PATH)}`)
        return 0
      }
      rest = [...rest.slice(0, at), ...rest.slice(at + 1), '--help']
      continue
    }
    const entry = entries.find((each) => each.name === name || each.aliases?.includes(name))
    if (!entry) {
      if (path !== 'kubectl') break
      const { runPlugin } = await import('./plugins.ts')
      if (argv[0]!.startsWith('-')) return flagBeforePlugin(argv[0]!, streams)
      const code = await runPlugin(rest.slice(at), streams)
      if (code !== undefined) return code
      streams.stderr.write(unknownCommand(name, entries, path))
      return 1
    }
    path += ` ${entry.name}`
    command = await entry.load()
    rest = [...rest.slice(0, at), ...rest.slice(at + 1)]
    entries = command.subcommands ?? []
    if (entries.length === 0) break
    // What create cannot make itself, a plugin may.
    const [sub] = rest.slice(at)
    if (path === 'kubectl create' && sub && !sub.startsWith('-') && !entries.some((each) => each.name === sub)) {
      const { runPlugin } = await import('./plugins.ts')
      const code = await runPlugin(['create', ...rest.slice(at)], streams, 2)
      if (code !== undefined) return code
    }
  }
  return { command, path, rest }
}

/** Upstream takes what follows an unknown flag for its value, and the word after that for a plugin's name. */
function hasUnknownFlagFirst(argv: readonly string[]): boolean {
  const [first = ''] = argv
  if (!first.startsWith('-') || first === '--' || first.includes('=') || globalFlags.some(({ name, short }) => first === `--${name}` || first === `-${short}`))
    return false
  return argv.slice(2).some((word) => !word.startsWith('-'))
}

function flagBeforePlugin(flag: string, { stderr }: Streams): number {
  stderr.write(`Error: flags cannot be placed before plugin name: ${flag}\n`)
  return 1
}

/** Where the first word stands that is neither a global flag nor its value. */
function nameAt(argv: readonly string[], belowRoot = false): number {
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at]!
    if (word === '--') return -1
    if (!word.startsWith('-') || word === '-') return at
    if (word.includes('=')) continue
    const spec = globalFlags.find(({ name, short }) => word.replaceAll('_', '-') === `--${name}` || word === `-${short}`)
    if (spec && spec.type !== 'bool') at++
    if (!spec && !/^-[ns]./.test(word)) {
      // A flag of the subcommand that is to come: upstream takes the word after it for its value.
      if (!belowRoot) return -1
      if (word.startsWith('--') || word.length === 2) at++
    }
  }
  return -1
}

function unknownCommand(name: string, entries: readonly CommandEntry[], path: string): string {
  const word = name.toLowerCase()
  const isNear = (each: CommandEntry): boolean => distance(word, each.name) <= 2 || each.name.startsWith(word) || (each.suggestedFor?.includes(word) ?? false)
  const near = entries.filter(isNear).map((each) => each.name)
  const hint = near.length === 0 ? '' : `\nDid you mean this?\n${near.map((each) => `\t${each}\n`).join('')}`
  return `error: unknown command ${JSON.stringify(name)} for ${JSON.stringify(path)}\n${hint}`
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    row = next
  }
  return row[b.length]!
}

async function complete(argv: readonly string[], streams: KubectlStreams): Promise<number> {
  const { completeLine } = await import('./complete.ts')
  return completeLine(argv, streams)
}
