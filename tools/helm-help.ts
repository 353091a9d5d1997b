/**
 * Records what the real Helm's help tells of every command but its prose: `tools/node.sh tools/helm-help.ts HELM`, with helm
 * 4.2.4 built by `go install helm.sh/helm/v4/cmd/helm@v4.2.4`. pkg/helm/golden/help.test.ts holds ours against it.
 */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commands } from '#helm/commands/index.ts'
import { environment, everyCommand, helpShape } from '#helm/golden/help-shape.ts'

const [helm] = process.argv.slice(2)
if (!helm) throw new Error('usage: helm-help.ts HELM')
const recorded: Record<string, string[]> = {}
for (const words of await everyCommand(commands))
  recorded[words.join(' ')] = helpShape(execFileSync(helm, [...words, '--help'], { env: environment, encoding: 'utf8' }))
writeFileSync(join(import.meta.dirname, '../pkg/helm/golden/help.json'), `${JSON.stringify(recorded, null, 1)}\n`)
