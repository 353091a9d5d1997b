/**
 * Records what the real Helm says to lines with which something is wrong: `tools/node.sh tools/helm-mistakes.ts HELM`, with helm
 * 4.2.4 built by `go install helm.sh/helm/v4/cmd/helm@v4.2.4`. test/scenarios/helm-mistakes.test.ts holds ours against it.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mistakes, surroundings } from '#helm/golden/mistakes.ts'
import { normalized } from '#helm/golden/run.ts'
import { runReal } from '#helm/testing/rig.ts'

const [helm] = process.argv.slice(2)
if (!helm) throw new Error('usage: helm-mistakes.ts HELM')
const golden = join(import.meta.dirname, '../pkg/helm/golden')
const dir = mkdtempSync(join(tmpdir(), 'k8ts-helm-'))
const within = surroundings(dir)
const recorded: Record<string, unknown> = {}
for (const line of mistakes(JSON.parse(readFileSync(join(golden, 'help.json'), 'utf8')))) {
  const { code, stdout, stderr } = await runReal(line, within, '', helm)
  recorded[line] = { code, ...(stdout ? { stdout: normalized(stdout, dir) } : {}), stderr: normalized(stderr, dir) }
}
rmSync(dir, { recursive: true })
writeFileSync(join(golden, 'mistakes.json'), `${JSON.stringify(recorded, null, 1)}\n`)
