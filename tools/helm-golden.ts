/**
 * Records what the real Helm says to the lines of pkg/helm/golden/scripts.ts: `tools/node.sh tools/helm-golden.ts HELM
 * [SCRIPT…]`, all scripts or those that are named.
 * The expectations were made with helm 4.2.4, built by `go install helm.sh/helm/v4/cmd/helm@v4.2.4`, against an API server
 * of this project; the test needs neither Go nor Helm.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { namespaces } from '#api/gen/resources.ts'
import { writeCharts } from '#helm/golden/charts.ts'
import { runScript } from '#helm/golden/run.ts'
import { scripts } from '#helm/golden/scripts.ts'

const [helm, ...only] = process.argv.slice(2)
if (!helm) throw new Error('usage: helm-golden.ts HELM [SCRIPT…]')
process.env.K8TS_REAL_HELM = helm
const { startHelmRig } = await import('#helm/testing/rig.ts')
await using rig = await startHelmRig()
writeCharts(rig.dir)
const file = join(import.meta.dirname, '../pkg/helm/golden/golden.json')
const recorded: Record<string, unknown[]> = only.length === 0 ? {} : JSON.parse(readFileSync(file, 'utf8'))
for (const [index, script] of scripts.entries()) {
  if (only.length > 0 && !only.includes(script.name)) continue
  const namespace = `golden-${index}`
  await rig.client.create(namespaces, { metadata: { name: namespace } })
  const outcomes = await runScript(script, namespace, rig.dir, (argv) => rig.real(argv))
  recorded[script.name] = outcomes.map(({ code, stdout, stderr }, at) => ({ line: script.lines[at], code, stdout, stderr }))
}
writeFileSync(file, `${JSON.stringify(recorded, null, 1)}\n`)
