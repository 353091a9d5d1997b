/**
 * Records what the real Helm makes of public charts: `tools/node.sh tools/helm-public-charts.ts HELM PLACE FOLDER`, with helm
 * 4.2.4 built by `go install helm.sh/helm/v4/cmd/helm@v4.2.4`. PLACE is where the repositories are, for example
 * 'https://github.com/{owner}/{name}'; they are brought into FOLDER. test/scenarios/helm-public-charts.test.ts holds ours
 * against the record; charts that the real Helm does not render, since something of theirs is missing, are left out.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argumentsOf, type Digest, digestOf, digestOfAll, documentsOf, fetchCharts, type Recorded, renderings } from '#helm/golden/public-charts.ts'

const [helm, place, folder] = process.argv.slice(2)
if (!helm || !place || !folder) throw new Error('usage: helm-public-charts.ts HELM PLACE FOLDER')
fetchCharts(place, folder)
const recorded: Recorded[] = []
for (const rendering of renderings(folder)) {
  const render = () => spawnSync(helm, argumentsOf(folder, rendering), { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024, env: { ...process.env, TZ: 'UTC' } })
  const first = render()
  if (first.status !== 0) {
    process.stderr.write(`${rendering.chart} ${rendering.values ?? ''}: ${first.stderr.trim().split('\n').at(-1)}\n`)
    continue
  }
  const again = documentsOf(render().stdout)
  const documents: Record<string, Digest> = {}
  for (const [key, document] of documentsOf(first.stdout)) {
    const other = again.get(key)?.split('\n') ?? []
    const chance = document.split('\n').flatMap((line, at) => (line === other[at] ? [] : [at]))
    documents[key] = chance.length === 0 ? digestOf(document) : [digestOf(document, chance), ...chance]
  }
  const plain = Object.entries(documents).filter((entry): entry is [string, string] => rendering.values !== undefined && typeof entry[1] === 'string')
  for (const [key] of plain) delete documents[key]
  recorded.push({ ...rendering, documents, ...(plain.length > 0 ? { rest: digestOfAll(plain) } : {}) })
}
const madeBy = 'helm v4.2.4 (go install helm.sh/helm/v4/cmd/helm@v4.2.4), by tools/helm-public-charts.ts'
writeFileSync(join(import.meta.dirname, '../pkg/helm/golden/public-charts.json'), `${JSON.stringify({ madeBy, recorded }, undefined, 1)}\n`)
process.stdout.write(`${recorded.length} renderings\n`)
