/** helm: finds the command, reads its flags, runs it, and tells errors as Helm does. */
import { commands } from './commands/index.ts'
import { parseArguments } from './flags.ts'
import type { Command, Session } from './types.ts'

function commandHelp({ summary, usage, flags }: Command): string {
  const names = flags.map(
    (flag) => `${flag.short ? `-${flag.short}, ` : '    '}--${flag.name}${flag.kind === 'bool' ? '' : flag.kind === 'string' ? ' string' : ' strings'}`,
  )
  const width = Math.max(...names.map((name) => name.length)) + 3
  return `${summary}\n\nUsage:\n  ${usage}\n\nFlags:\n${flags.map((flag, at) => `  ${names[at]!.padEnd(width)}${flag.help}`).join('\n')}\n`
}

function help(): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 3
  return `The Kubernetes package manager\n\nUsage:\n  helm [command]\n\nAvailable Commands:\n${commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`).join('\n')}\n`
}

/** Gives the exit code. */
export async function runHelm(argv: readonly string[], session: Session): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const about = commands.find((each) => each.name === rest[0])
    session.stdout.write(about ? commandHelp(about) : help())
    return 0
  }
  const command = commands.find((each) => each.name === name)
  if (!command) {
    session.stderr.write(`Error: unknown command ${JSON.stringify(name)} for "helm"\nRun 'helm --help' for usage.\n`)
    return 1
  }
  try {
    const given = parseArguments(rest, command.flags)
    if (given.isSet('help')) {
      session.stdout.write(commandHelp(command))
      return 0
    }
    return await command.run(given, session)
  } catch (error) {
    session.stderr.write(`Error: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}
