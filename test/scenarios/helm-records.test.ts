/** The records that ours leaves are those of the real Helm, byte for byte; and what helm 4 and 3 left is told of and changed as the real one does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { namespaces } from '#api/gen/resources.ts'
import { writeCharts } from '#helm/golden/charts.ts'
import { followers, makers, namespace, putRecords, readRecording, runLines, takeRecords } from '#helm/golden/records.ts'
import { type HelmRig, startHelmRig } from '#helm/testing/rig.ts'

async function startRig(): Promise<HelmRig> {
  const rig = await startHelmRig()
  writeCharts(rig.dir)
  await rig.client.create(namespaces, { metadata: { name: namespace } })
  return rig
}

test('what ours stores of releases is what the real Helm stored', async () => {
  await using rig = await startRig()
  await runLines(makers, rig.dir, (argv) => rig.ours(argv))
  const ours = await takeRecords(rig.client, rig.dir)
  const wanted = readRecording('records').records
  assert.deepEqual(
    ours.map(({ name }) => name),
    wanted.map(({ name }) => name),
  )
  for (const [index, record] of ours.entries()) assert.deepEqual(record, wanted[index])
})

for (const name of ['records', 'records-3'] as const) {
  test(`releases in ${name}.json are told of and changed as the real Helm does`, async () => {
    await using rig = await startRig()
    const { records, said } = readRecording(name)
    await putRecords(rig.client, records)
    const outcomes = await runLines(followers, rig.dir, (argv) => rig.ours(argv))
    for (const [index, { code, stdout, stderr }] of outcomes.entries()) assert.deepEqual({ line: followers[index], code, stdout, stderr }, said[index])
  })
}
