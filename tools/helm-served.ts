/**
 * Records what the real Helm says to the lines of pkg/helm/golden/served-scripts.ts: `tools/node.sh tools/helm-served.ts HELM`, with
 * helm 4.2.4 built by `go install helm.sh/helm/v4/cmd/helm@v4.2.4`. test/scenarios/helm-served.test.ts holds ours against it.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runServed, serve } from '#helm/testing/serving.ts'
import { servedScripts } from '#helm/golden/served-scripts.ts'
import type { Script } from '#helm/golden/scripts.ts'
import { runReal } from '#helm/testing/rig.ts'

const [helm] = process.argv.slice(2)
if (!helm) throw new Error('usage: helm-served.ts HELM')
async function record(script: Script): Promise<[string, unknown[]]> {
  const ends: (() => void)[] = []
  const served = await serve({ after: (end) => void ends.push(end) })
  const outcomes = await runServed(script, served, (argv, surroundings, stdin) => runReal(argv, surroundings, stdin, helm))
  for (const end of ends.reverse()) end()
  return [
    script.name,
    outcomes.map(({ code, stdout, stderr }, at) => ({
      line: script.lines[at],
      ...(code ? { code } : {}),
      ...(stdout ? { stdout } : {}),
      ...(stderr ? { stderr } : {}),
    })),
  ]
}

const recorded = Object.fromEntries(await Promise.all(servedScripts.map(record)))
writeFileSync(join(import.meta.dirname, '../pkg/helm/golden/golden-served.json'), `${JSON.stringify(recorded, null, 1)}\n`)
process.exit(0)
