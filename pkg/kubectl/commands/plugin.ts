/** kubectl plugin list: the programs that add commands. */
import { basename } from 'node:path'
import { CommandError } from '../errors.ts'
import { isExecutable, pluginFiles } from '../plugins.ts'
import type { Command, CommandEntry, Invocation } from '../types.ts'

const list = (builtIn: readonly CommandEntry[]): Command => ({
  summary: "List all visible plugin executables on a user's PATH.",
  flags: [{ name: 'name-only', type: 'bool', default: 'false', usage: 'Print the names instead of the full paths' }],
  run: (invocation) => run(invocation, builtIn),
})

async function run({ io, flags, out, err }: Invocation, builtIn: readonly CommandEntry[]): Promise<void> {
  const plugins = pluginFiles(io.env.PATH ?? '', (dir, { code, message }) => {
    const why = code === 'ENOENT' ? 'no such file or directory' : code === 'ENOTDIR' ? 'not a directory' : code === 'EACCES' ? 'permission denied' : message
    err(`Unable to read directory ${JSON.stringify(dir)} from your PATH: open ${dir}: ${why}. Skipping...\n`)
  })
  const problems: string[] = []
  if (plugins.length > 0) out('The following compatible plugins are available:\n\n')
  else problems.push('error: unable to find any kubectl plugins in your PATH')
  const seen = new Map<string, string>()
  let warnings = 0
  for (const path of plugins) {
    out(`${flags.bool('name-only') ? basename(path) : path}\n`)
    for (const warning of await warningsFor(path, seen, builtIn)) {
      warnings++
      err(`  - ${warning}\n`)
    }
  }
  if (warnings === 1) problems.push('error: one plugin warning was found')
  if (warnings > 1) problems.push(`error: ${warnings} plugin warnings were found`)
  if (problems.length > 0) throw new CommandError(problems.join('\n'))
}

async function warningsFor(path: string, seen: Map<string, string>, builtIn: readonly CommandEntry[]): Promise<string[]> {
  const name = basename(path)
  const told: string[] = []
  try {
    if (!isExecutable(path)) told.push(`warning: ${path} identified as a kubectl plugin, but it is not executable`)
  } catch {
    told.push(`error: unable to identify ${path} as an executable file: stat ${path}: no such file or directory`)
  }
  const before = seen.get(name)
  if (before) told.push(`warning: ${path} is overshadowed by a similarly named plugin: ${before}`)
  else seen.set(name, path)
  const shadowed = await deepest(name.split('-').slice(1), builtIn)
  if (shadowed !== '') told.push(`warning: ${name} overwrites existing command: "kubectl${shadowed}"`)
  return told
}

/** " create deployment" for the words of a plugin's name that lead to a command; empty when the first is none. */
async function deepest([word, ...rest]: readonly string[], entries: readonly CommandEntry[]): Promise<string> {
  const found = entries.find(({ name, aliases }) => name === word || (word !== undefined && aliases?.includes(word)))
  return found ? ` ${found.name}${await deepest(rest, (await found.load()).subcommands ?? [])}` : ''
}

/** Takes the commands that plugins cannot replace. */
export const pluginCommand = (builtIn: readonly CommandEntry[]): Command => ({
  summary: 'Provides utilities for interacting with plugins.',
  subcommands: [{ name: 'list', summary: "List all visible plugin executables on a user's PATH", load: async () => list(builtIn) }],
})
