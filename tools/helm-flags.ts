/**
 * Records the flags that the real Helm's help tells of every command: `tools/node.sh tools/helm-flags.ts HELM`, with helm 4.2.4
 * built by `go install helm.sh/helm/v4/cmd/helm@v4.2.4`. pkg/helm/golden/flags.test.ts holds ours against them.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commands } from '#helm/commands/index.ts'
import type { CommandEntry } from '#helm/types.ts'

const [helm] = process.argv.slice(2)
if (!helm) throw new Error('usage: helm-flags.ts HELM')
const recorded: Record<string, Record<string, string>> = {}

async function walk(entries: readonly CommandEntry[], path: readonly string[]): Promise<void> {
  for (const { name, load } of entries) {
    const { subcommands } = await load()
    const own = [...path, name]
    const help = execFileSync(helm!, [...own, '--help'], { env: { PATH: process.env.PATH, HOME: '/home/someone' }, encoding: 'utf8' })
    const told = help.split('\nFlags:\n')[1]?.split('\nGlobal Flags:')[0] ?? ''
    const flags: Record<string, string> = {}
    for (const [, short = '', flag = '', type = 'bool', usage = ''] of told.matchAll(/^ {2,6}(?:-(\w), )?--([\w-]+)(?: (\S+))? {3}(.*)$/gm))
      if (flag !== 'help') flags[flag] = [short, type.startsWith('bool') ? 'bool' : 'value', /\(default "?(.*?)"?\)$/.exec(usage)?.[1] ?? ''].join('|')
    recorded[own.join(' ')] = flags
    if (subcommands) await walk(subcommands, own)
  }
}

await walk(commands, [])
writeFileSync(join(import.meta.dirname, '../pkg/helm/golden/flags.json'), `${JSON.stringify(recorded, null, 1)}\n`)
