/** What helm says of charts and plugins from servers, and of what is signed, is what the real Helm said when golden-served.json was recorded (tools/helm-served.ts). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { known } from '#helm/golden/known.ts'
import { runServed, serve } from '#helm/testing/serving.ts'
import { servedScripts } from '#helm/golden/served-scripts.ts'
import { runOurs } from '#helm/testing/rig.ts'

const recorded = JSON.parse(readFileSync(join(import.meta.dirname, '../../pkg/helm/golden/golden-served.json'), 'utf8'))

for (const script of servedScripts) {
  test(`${script.name}: every line is answered as the real Helm answered it`, async (t) => {
    const outcomes = await runServed(script, await serve(t), runOurs)
    for (const [at, { code, stdout, stderr }] of outcomes.entries())
      if (!known[script.lines[at]!])
        assert.deepEqual({ line: script.lines[at], code, stdout, stderr }, { code: 0, stdout: '', stderr: '', ...recorded[script.name][at] })
  })
}
