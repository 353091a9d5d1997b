/** Answers to the shell completion scripts: commands, flags, resource types and names. */
import { commands } from './commands/index.ts'
import { globalFlags } from './flags/global.ts'
import { parseLine } from './flags/parse.ts'
import { createSession } from './session.ts'
import type { CommandEntry, Streams } from './types.ts'

const NO_FILES = 4

export async function completeLine(argv: readonly string[], streams: Streams): Promise<number> {
  const words = argv.slice(1)
  const last = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const found = await candidates(before, last, streams).catch(() => [])
  streams.stdout.write(
    `${found
      .filter(([word]) => word.startsWith(last))
      .map(([word, about]) => (about && argv[0] === '__complete' ? `${word}\t${about}\n` : `${word}\n`))
      .join('')}:${NO_FILES}\n`,
  )
  return 0
}

async function candidates(before: readonly string[], last: string, streams: Streams): Promise<(readonly [string, string])[]> {
  let entries: readonly CommandEntry[] = commands
  let command: Awaited<ReturnType<CommandEntry['load']>> | undefined
  const rest: string[] = []
  for (const word of before) {
    const next = word.startsWith('-') ? undefined : entries.find(({ name, aliases }) => name === word || aliases?.includes(word))
    if (next) {
      command = await next.load()
      entries = command.subcommands ?? []
    } else rest.push(word)
  }
  const flags = [...(command?.flags ?? []), ...globalFlags]
  if (last.startsWith('-')) return flags.map(({ name, usage }) => [`--${name}`, usage] as const)
  if (entries.length > 0) return entries.map(({ name, summary }) => [name, summary] as const)
  const { values, args } = parseLine(rest, [...new Map([...globalFlags, ...(command?.flags ?? [])].map((flag) => [flag.name, flag])).values()])
  const session = createSession({ flags: values, env: streams.env, cwd: streams.cwd, warn: () => {} })
  try {
    const catalog = await session.catalog()
    if (args.length === 0)
      return catalog.resources.filter(({ preferred }) => preferred).map(({ plural, group }) => [group ? `${plural}.${group}` : plural, ''] as const)
    const resource = catalog.resolve(args[0]!)
    const list = await (await session.client()).list(resource, { namespace: resource.namespaced ? await session.namespace() : undefined, metadataOnly: true })
    return list.items.map(({ metadata }) => [metadata.name ?? '', ''] as const)
  } finally {
    session.close()
  }
}
