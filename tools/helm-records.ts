/**
 * Records releases of the real Helm, and what it says to them: `tools/node.sh tools/helm-records.ts HELM4 HELM3`. Made with
 * helm 4.2.4 and 3.22.0, built by `go install helm.sh/helm/v4/cmd/helm@v4.2.4` and `helm.sh/helm/v3/cmd/helm@v3.22.0`,
 * against an API server of this project; the test needs neither Go nor Helm.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { namespaces } from '#api/gen/resources.ts'
import { writeCharts } from '#helm/golden/charts.ts'
import { asHelm3, followers, makers, namespace, putRecords, type Recording, runLines, takeRecords } from '#helm/golden/records.ts'
import { runReal, startHelmRig } from '#helm/testing/rig.ts'

const [helm4, helm3] = process.argv.slice(2)
if (!helm4 || !helm3) throw new Error('usage: helm-records.ts HELM4 HELM3')

async function withRig<T>(work: (rig: Awaited<ReturnType<typeof startHelmRig>>, env: Record<string, string | undefined>) => Promise<T>): Promise<T> {
  await using rig = await startHelmRig()
  writeCharts(rig.dir)
  await rig.client.create(namespaces, { metadata: { name: namespace } })
  return await work(rig, { PATH: process.env.PATH, HOME: rig.dir, KUBECONFIG: join(rig.dir, 'kubeconfig') })
}

for (const [name, program] of [
  ['records', helm4],
  ['records-3', helm3],
] as const) {
  const records = await withRig(async ({ client, dir }, env) => {
    const lines = program === helm3 ? makers.map(asHelm3) : makers
    for (const [index, outcome] of (await runLines(lines, dir, (argv) => runReal(argv, { env, dir }, '', program))).entries())
      if (outcome.code !== 0) process.stderr.write(`${lines[index]}: ${outcome.stderr}`)
    return takeRecords(client, dir)
  })
  const said = await withRig(async ({ client, dir }, env) => {
    await putRecords(client, records)
    const outcomes = await runLines(followers, dir, (argv) => runReal(argv, { env, dir }, '', helm4))
    return outcomes.map(({ code, stdout, stderr }, at) => ({ line: followers[at]!, code, stdout, stderr }))
  })
  const recording: Recording = { records, said }
  writeFileSync(join(import.meta.dirname, `../pkg/helm/golden/${name}.json`), `${JSON.stringify(recording, null, 1)}\n`)
}
