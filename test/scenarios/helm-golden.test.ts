/** What helm says, byte for byte, is what the real Helm said when golden.json was recorded (tools/helm-golden.ts). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { namespaces } from '#api/gen/resources.ts'
import { startHelmRig } from '#helm/testing/rig.ts'
import { writeCharts } from '#helm/golden/charts.ts'
import { known } from '#helm/golden/known.ts'
import { runScript } from '#helm/golden/run.ts'
import { scripts } from '#helm/golden/scripts.ts'

const recorded = JSON.parse(readFileSync(join(import.meta.dirname, '../../pkg/helm/golden/golden.json'), 'utf8'))

test('every line is answered as the real Helm answered it', async (t) => {
  const rig = await startHelmRig()
  t.after(() => rig[Symbol.asyncDispose]())
  writeCharts(rig.dir)
  for (const [index, script] of scripts.entries()) {
    await t.test(script.name, async () => {
      const namespace = `golden-${index}`
      await rig.client.create(namespaces, { metadata: { name: namespace } })
      const outcomes = await runScript(script, namespace, rig.dir, (argv) => rig.ours(argv))
      const ours = outcomes.map((outcome, at) => ({ line: script.lines[at]!, ...outcome }))
      const wanted = (recorded[script.name] as typeof ours).map((each) => known[each.line] ?? each)
      const compared = ours.map((each) => (known[each.line] ? known[each.line] : each))
      assert.deepEqual(compared, wanted)
    })
  }
})
