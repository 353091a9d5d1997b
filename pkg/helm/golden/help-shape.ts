/** What help tells that is no prose: lines of use, aliases, commands, and of flags all but what they are for. */
import type { CommandEntry } from '../types.ts'

const flagLine = /^ {2,6}((?:-\w, )?--[\w-]+(?:\[=\S+\]| \S+)?(?:\[=\S+\])?)(?: {3}.*?( \(default .*\))?)?$/

export function helpShape(help: string): string[] {
  const [, use = ''] = help.split(/^(?=Usage:$)/m)
  return use
    .trimEnd()
    .split('\n')
    .map((line) => flagLine.exec(line)?.slice(1).join('') ?? line)
}

/** Every command, by the words that call it; the root is no words. */
export async function everyCommand(entries: readonly CommandEntry[], path: readonly string[] = []): Promise<string[][]> {
  const found: string[][] = [[...path]]
  for (const { name, load } of entries) found.push(...(await everyCommand((await load()).subcommands ?? [], [...path, name])))
  return found
}

/** Where help is asked for: its defaults name the home. */
export const environment = { PATH: process.env.PATH, HOME: '/home/someone' }
