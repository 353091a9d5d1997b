/** `helm __complete`: what may come next, in the format of spf13/cobra's scripts. */
import type { FlagSpec } from '#kubectl/flags/types.ts'
import { parseLine } from '#kubectl/flags/parse.ts'
import { plain } from '../output/paint.ts'
import { settingsOf } from '../settings.ts'
import type { Command, CommandEntry, Invocation, Session } from '../types.ts'
import { argumentCompleters } from './arguments.ts'
import { flagCompleters } from './flag-values.ts'
import { type Completions, directives, files, nothing, words as wordsOf } from './types.ts'

export interface CompletionRoot {
  readonly root: Command
  readonly global: readonly FlagSpec[]
  readonly descriptions: boolean
}

interface Line {
  readonly command: Command
  readonly path: string
  /** The words before the one that is being typed, without those of the command. */
  readonly rest: readonly string[]
  readonly typed: string
}

/** Gives the exit code. The last word is what is being typed. */
export async function complete(words: readonly string[], session: Session, { root, global, descriptions }: CompletionRoot): Promise<number> {
  const typed = words.at(-1) ?? ''
  const { words: found, directive } = await completionsFor(words.slice(0, -1), typed, session, root, global)
  const shown = found.map((each) => (descriptions ? each : each.split('\t')[0]!).trim())
  const names = [
    ...(directive & directives.noSpace ? ['ShellCompDirectiveNoSpace'] : []),
    ...(directive & directives.noFiles ? ['ShellCompDirectiveNoFileComp'] : []),
  ]
  session.stdout.write(`${shown.map((each) => `${each}\n`).join('')}:${directive}\n`)
  session.stderr.write(`Completion ended with directive: ${names.join(', ') || 'ShellCompDirectiveDefault'}\n`)
  return 0
}

async function find(words: readonly string[], root: Command): Promise<Omit<Line, 'typed'> | undefined> {
  let command = root
  let path = 'helm'
  const rest = [...words]
  while (command.subcommands) {
    const at = rest.findIndex((word) => !word.startsWith('-'))
    if (at < 0) break
    const entry = command.subcommands.find(({ name, aliases }) => name === rest[at] || aliases?.includes(rest[at]!))
    if (!entry) return undefined
    rest.splice(at, 1)
    path += ` ${entry.name}`
    command = await entry.load()
  }
  return { command, path, rest }
}

const entryWords = (entries: readonly CommandEntry[]): string[] => entries.filter(({ hidden }) => !hidden).map(({ name, summary }) => `${name}\t${summary}`)

async function completionsFor(before: readonly string[], typed: string, session: Session, root: Command, global: readonly FlagSpec[]): Promise<Completions> {
  const isHelp = before[0] === 'help'
  const found = await find(isHelp ? before.slice(1) : before, root)
  const isRoot = found?.command === root
  if (!found) return isHelp ? nothing : pluginCompletions(before, typed, session, global)
  const { command, path, rest } = found
  const specs = [...(command.flags ?? []), ...global]
  const value = valueFor(rest, typed, specs)
  if (value) return valueCompletions({ ...found, rest: value.rest, typed: value.typed }, value.spec, session, specs)
  if (typed.startsWith('-') && !isHelp) {
    const flags = specs.filter(({ hidden }) => !hidden).map(({ name, usage }) => `--${name}\t${usage}`)
    return wordsOf(flags.sort().filter((each) => each.startsWith(typed)))
  }
  if (command.subcommands) {
    const entries = entryWords(command.subcommands)
    if (isRoot) entries.push(...(await pluginWords(session, global)))
    return wordsOf(entries.sort().filter((each) => each.startsWith(typed)))
  }
  if (isHelp) return nothing
  const completer = argumentCompleters[path]
  if (!completer) return files
  try {
    return await completer(invocationFor({ command, path, rest, typed }, session, specs), typed)
  } catch {
    return files
  }
}

/** The flag whose value is being typed. */
function valueFor(rest: readonly string[], typed: string, specs: readonly FlagSpec[]): { spec: FlagSpec; typed: string; rest: readonly string[] } | undefined {
  const assigned = /^--([^=]+)=(.*)$/s.exec(typed)
  if (assigned) {
    const spec = specs.find(({ name }) => name === assigned[1])
    return spec && { spec, typed: assigned[2]!, rest }
  }
  const last = rest.at(-1)
  const spec = last?.startsWith('-') ? specs.find(({ name, short }) => last === `--${name}` || (short && last === `-${short}`)) : undefined
  return spec && spec.type !== 'bool' && spec.bare === undefined ? { spec, typed, rest: rest.slice(0, -1) } : undefined
}

async function valueCompletions(line: Line, spec: FlagSpec, session: Session, specs: readonly FlagSpec[]): Promise<Completions> {
  const completer = flagCompleters[spec.name]
  if (!completer) return files
  try {
    return await completer(invocationFor(line, session, specs), line.typed)
  } catch {
    return nothing
  }
}

function invocationFor({ path, rest }: Line, session: Session, specs: readonly FlagSpec[]): Invocation {
  const { values, args } = parseLine(rest, specs)
  return {
    flags: values,
    args,
    session: { ...session, stderr: { write: () => true } },
    settings: settingsOf(session.env, values),
    path,
    paint: plain,
    out: () => {},
    err: () => {},
    log: () => {},
  }
}

async function pluginWords(session: Session, global: readonly FlagSpec[]): Promise<string[]> {
  const { findPlugins } = await import('../plugin/load.ts')
  const { plugins } = settingsOf(session.env, parseLine([], global).values)
  return findPlugins(plugins)
    .filter(({ type }) => type === 'cli/v1')
    .map(({ name, summary }) => `${name}\t${summary}`)
}

/** Of a plugin's own command: what its file plugin.complete answers. */
async function pluginCompletions(before: readonly string[], typed: string, session: Session, global: readonly FlagSpec[]): Promise<Completions> {
  const name = before.find((word) => !word.startsWith('-'))
  if (name === undefined) return nothing
  const { pluginCompletion } = await import('../plugin/run.ts')
  const { values } = parseLine([], global)
  const given = [...before.filter((_, index) => index !== before.indexOf(name)), typed]
  const lines = pluginCompletion(name, given, session, values)
  if (lines === undefined) {
    session.stderr.write(`[Debug] [Error] unable to find a command for arguments: [${before.join(' ')}]\n`)
    return files
  }
  const directive = /^:(\d+)$/.exec(lines.at(-1) ?? '')
  return { words: directive ? lines.slice(0, -1) : lines, directive: directive ? Number(directive[1]) : directives.files }
}
