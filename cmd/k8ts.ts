/** `k8ts COMMAND`. What users wait for, kubectl and helm, is found before all else is loaded. */
import { type CommandContext, parseCommandLine } from '#cluster/commands/command.ts'
import { helm, useOwnHelm } from '#cluster/commands/helm.ts'
import { kubectl, useOwnKubectl, why } from '#cluster/commands/kubectl.ts'
import { UsageError } from '#cluster/usage-error.ts'

useOwnKubectl(async (args, env) => (await import('./kubectl.ts')).runOwnKubectl(args, env))
useOwnHelm(async (args, env) => (await import('./helm.ts')).runOwnHelm(args, env))

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...args] = argv
  const direct = [kubectl, why, helm].find((each) => each.name === name)
  if (direct && args[0] !== '--help') {
    const context: CommandContext = parseCommandLine(direct, args, (text) => void process.stdout.write(text))
    return direct.run(context)
  }
  return (await import('./launcher.ts')).launch(argv)
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
    // A launcher command leaves nothing running in its own process; do not wait for idle sockets.
    if (process.argv[2] !== 'run-component') process.exit(code)
  },
  (error: unknown) => {
    if (error instanceof UsageError) process.stderr.write(`k8ts: ${error.message}\n`)
    else
      process.stderr.write(
        `k8ts: ${error instanceof Error ? (process.argv[2] === 'run-component' || process.env.K8TS_DEBUG ? error.stack : error.message) : String(error)}\n`,
      )
    process.exit(error instanceof UsageError ? error.exitCode : 1)
  },
)
