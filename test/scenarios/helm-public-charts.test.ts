/**
 * Public charts render as the real Helm 4.2.4 rendered them when public-charts.json was recorded (tools/helm-public-charts.ts):
 * each with its default values and with the values of its own tests. They are fetched for this test and not committed, and
 * machines without the network of their repositories cannot fetch them: K8TS_PUBLIC_CHARTS says where they are, with {owner}
 * and {name} in it, for example https://github.com/{owner}/{name}.
 */
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { argumentsOf, digestOf, digestOfAll, documentsOf, fetchCharts, type Recorded } from '#helm/golden/public-charts.ts'
import { runOurs } from '#helm/testing/rig.ts'

const root = join(import.meta.dirname, '../..')
const { madeBy, recorded } = JSON.parse(readFileSync(join(root, 'pkg/helm/golden/public-charts.json'), 'utf8')) as { madeBy: string; recorded: Recorded[] }
const place = process.env.K8TS_PUBLIC_CHARTS
const skip = place ? false : "K8TS_PUBLIC_CHARTS does not say where public charts are to be fetched, for example 'https://github.com/{owner}/{name}'"

test('the record of public charts says how it was made, and is of more than twenty large charts', () => {
  assert.match(madeBy, /^helm v4\.2\.4 .* tools\/helm-public-charts\.ts$/)
  const large = recorded.filter(({ values, documents }) => values === undefined && Object.keys(documents).length >= 8)
  assert.ok(large.length >= 20, `${large.length} charts of eight documents and more`)
})

test('public charts render as the real Helm rendered them', { skip }, async () => {
  process.env.TZ = 'UTC'
  const folder = join(root, '.k8ts/public-charts')
  mkdirSync(folder, { recursive: true })
  fetchCharts(place!, folder)
  const differences: string[] = []
  for (const rendering of recorded) {
    const { stdout, stderr } = await runOurs(argumentsOf(folder, rendering), { env: { TZ: 'UTC' }, dir: folder })
    const what = `${rendering.chart} ${rendering.values ?? ''}`
    const ours = documentsOf(stdout)
    if (ours.size === 0 && (rendering.rest ?? Object.keys(rendering.documents)[0]) !== undefined) differences.push(`${what}: ${stderr}`)
    for (const [key, wanted] of Object.entries(rendering.documents)) {
      const [digest, ...chance] = typeof wanted === 'string' ? [wanted] : wanted
      const document = ours.get(key)
      ours.delete(key)
      if (document === undefined) differences.push(`${what}: ${key} is missing`)
      else if (digestOf(document, chance) !== digest) differences.push(`${what}: ${key} differs`)
    }
    if (rendering.rest === undefined) for (const key of ours.keys()) differences.push(`${what}: ${key} is too much`)
    else if (digestOfAll([...ours].map(([key, document]) => [key, digestOf(document)])) !== rendering.rest) differences.push(`${what}: a document differs`)
  }
  assert.deepEqual(differences, [])
})
