/** Every command of `k8ts` but kubectl's, and what the supervisor starts each component by (`k8ts run-component NAME`). */
import { parseArgs } from 'node:util'
import { clusterOptions, columns, helpOf, parseCommandLine } from '#cluster/commands/command.ts'
import { commands } from '#cluster/commands/index.ts'
import { UsageError } from '#cluster/usage-error.ts'
import { components } from './components.ts'

const print = (text: string): void => {
  process.stdout.write(text)
}

function help(): string {
  return `k8ts: Kubernetes, whole, in TypeScript

Usage:
  k8ts COMMAND [OPTIONS]

Commands:
${columns(commands.map(({ name, summary }) => [name, summary.split(/[.;]/)[0]!])).join('\n')}

Start with:
  k8ts up                                       a cluster on this machine
  k8ts kubectl apply -f examples/hello.yaml     something to run
  k8ts COMMAND --help                           options and examples of a command
`
}

/** --name and --data-dir may stand before a command that hands its arguments on. */
function leadingOptions(argv: readonly string[]): { options: Record<string, string>; rest: readonly string[] } {
  const options: Record<string, string> = {}
  let at = 0
  for (; at < argv.length; at++) {
    const match = /^--(name|data-dir)(?:=(.*))?$/.exec(argv[at]!)
    if (!match) break
    options[match[1]!] = match[2] ?? argv[++at] ?? ''
  }
  return { options, rest: argv.slice(at) }
}

/** Answers the exit code. */
export async function launch(argv: readonly string[]): Promise<number> {
  if (argv[0] === 'run-component') return runComponent(argv.slice(1))
  const { options: leading, rest } = leadingOptions(argv)
  const [name, ...args] = rest
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const about = commands.find((each) => each.name === args[0])
    print(about ? helpOf(about) : help())
    return 0
  }
  const command = commands.find((each) => each.name === (name === '--version' ? 'version' : name))
  if (!command) throw new UsageError(`unknown command "${name}"; see: k8ts --help`, 2)
  if (!command.passThrough && (args.includes('--help') || args.includes('-h'))) {
    print(helpOf(command))
    return 0
  }
  if (command.passThrough && args.length === 1 && args[0] === '--help' && Object.keys(leading).length === 0) {
    print(helpOf(command))
    return 0
  }
  const context = parseCommandLine(command, args, print)
  return command.run({ ...context, options: { ...leading, ...context.options } })
}

async function runComponent([name, ...args]: readonly string[]): Promise<number> {
  const component = components.find((each) => each.name === name)
  if (!component) throw new UsageError(`unknown component "${name}"`, 2)
  const options = Object.fromEntries([...clusterOptions, { name: 'node' }].map((option) => [option.name, { type: 'string' as const }]))
  const { values } = parseArgs({ args: [...args], options })
  const run = await component.load()
  await run(values as Record<string, string>)
  return 0
}
