/** `helm __complete`: what may come next, in the format of spf13/cobra's scripts. */
import type { FlagSpec } from '#kubectl/flags/types.ts'
import { parseLine } from '#kubectl/flags/parse.ts'
import { settingsOf } from './settings.ts'
import type { Command, Invocation, Session } from './types.ts'

export interface CompletionRoot {
  readonly root: Command
  readonly global: readonly FlagSpec[]
  readonly descriptions: boolean
}

const noFiles = 4
const anything = 0

/** Gives the exit code. The last word is what is being typed. */
export async function complete(words: readonly string[], session: Session, { root, global, descriptions }: CompletionRoot): Promise<number> {
  const typed = words.at(-1) ?? ''
  const { candidates, directive } = await candidatesFor(words.slice(0, -1), typed, session, root, global)
  const shown = candidates.filter((each) => each.startsWith(typed)).map((each) => (descriptions ? each : each.split('\t')[0]!))
  session.stdout.write(`${shown.map((each) => `${each}\n`).join('')}:${directive}\n`)
  session.stderr.write(`Completion ended with directive: ${directive === noFiles ? 'ShellCompDirectiveNoFileComp' : 'ShellCompDirectiveDefault'}\n`)
  return 0
}

async function candidatesFor(
  before: readonly string[],
  typed: string,
  session: Session,
  root: Command,
  global: readonly FlagSpec[],
): Promise<{ candidates: readonly string[]; directive: number }> {
  let command = root
  const rest = [...before]
  while (command.subcommands) {
    const at = rest.findIndex((word) => !word.startsWith('-'))
    if (at < 0) break
    const entry = command.subcommands.find(({ name, aliases }) => name === rest[at] || aliases?.includes(rest[at]!))
    if (!entry) return { candidates: [], directive: noFiles }
    rest.splice(at, 1)
    command = await entry.load()
  }
  const specs = [...(command.flags ?? []), ...global]
  if (typed.startsWith('-')) {
    const flags = specs
      .filter(({ hidden }) => !hidden)
      .map(({ name, usage, type, bare }) => `--${name}${type === 'bool' || bare !== undefined ? '' : '='}\t${usage}`)
    return { candidates: flags.sort(), directive: noFiles }
  }
  if (command.subcommands) {
    const entries = command.subcommands.filter(({ hidden }) => !hidden).map(({ name, summary }) => `${name}\t${summary}`)
    return { candidates: entries, directive: noFiles }
  }
  const last = rest.at(-1)
  if (last === '--output' || last === '-o')
    return {
      candidates: ['json\tOutput result in JSON format', 'table\tOutput result in human-readable format', 'yaml\tOutput result in YAML format'],
      directive: noFiles,
    }
  if (!command.complete) return { candidates: [], directive: anything }
  try {
    const { values, args } = parseLine(rest, specs)
    const quiet = { ...session, stderr: { write: () => true } }
    const invocation: Invocation = {
      flags: values,
      args,
      session: quiet,
      settings: settingsOf(session.env, values),
      path: 'helm',
      out: () => {},
      err: () => {},
      log: () => {},
    }
    return { candidates: await command.complete(invocation), directive: noFiles }
  } catch {
    return { candidates: [], directive: anything }
  }
}
