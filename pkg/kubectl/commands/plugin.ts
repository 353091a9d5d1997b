/** kubectl plugin list: the programs that add commands. */
import { accessSync, constants, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CommandError } from '../errors.ts'
import type { Command, Invocation } from '../types.ts'

const list = (builtIn: readonly string[]): Command => ({
  summary: "List all visible plugin executables on a user's PATH.",
  flags: [{ name: 'name-only', type: 'bool', default: 'false', usage: 'Print the names instead of the full paths' }],
  run: (invocation) => run(invocation, builtIn),
})

async function run({ io, flags, out, err }: Invocation, builtIn: readonly string[]): Promise<void> {
  const seen = new Map<string, string>()
  let found = 0
  let warnings = 0
  const problems: string[] = []
  for (const dir of new Set((io.env.PATH ?? '').split(':'))) {
    if (dir.trim() === '') continue
    let names: string[]
    try {
      names = readdirSync(dir).sort()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR') {
        const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file or directory' : 'not a directory'
        err(`Unable to read directory ${JSON.stringify(dir)} from your PATH: open ${dir}: ${why}. Skipping...\n`)
        continue
      }
      throw error
    }
    for (const name of names.filter((each) => each.startsWith('kubectl-'))) {
      const path = join(dir, name)
      if (found++ === 0) out('The following compatible plugins are available:\n\n')
      out(`${flags.bool('name-only') ? name : path}\n`)
      for (const warning of warningsFor(path, name, seen, builtIn)) {
        warnings++
        err(`  - warning: ${warning}\n`)
      }
    }
  }
  if (found === 0) problems.push('error: unable to find any kubectl plugins in your PATH')
  if (warnings === 1) problems.push('error: one plugin warning was found')
  if (warnings > 1) problems.push(`error: ${warnings} plugin warnings were found`)
  if (problems.length > 0) throw new CommandError(problems.join('\n'))
}

function warningsFor(path: string, name: string, seen: Map<string, string>, builtIn: readonly string[]): string[] {
  const words = name.split('-').slice(1)
  const told: string[] = []
  if (words.length === 1 && builtIn.includes(words[0]!)) told.push(`${name} overwrites existing command: "kubectl ${words[0]}"`)
  try {
    accessSync(path, constants.X_OK)
  } catch {
    told.push(`${path} identified as a kubectl plugin, but it is not executable`)
  }
  const before = seen.get(name)
  if (before) told.push(`${path} is overshadowed by a similarly named plugin: ${before}`)
  else seen.set(name, path)
  return told
}

/** Takes the names of the commands that plugins cannot replace. */
export const pluginCommand = (builtIn: readonly string[]): Command => ({
  summary: 'Provides utilities for interacting with plugins.',
  subcommands: [{ name: 'list', summary: "List all visible plugin executables on a user's PATH", load: async () => list(builtIn) }],
})
