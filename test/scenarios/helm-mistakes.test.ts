/** Lines with which something is wrong are refused as the real Helm refuses them (pkg/helm/golden/mistakes.json). */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { mistakes, surroundings } from '#helm/golden/mistakes.ts'
import { normalized } from '#helm/golden/run.ts'
import { runOurs } from '#helm/testing/rig.ts'

const recordedIn = (name: string): any => JSON.parse(readFileSync(join(import.meta.dirname, '../../pkg/helm/golden', name), 'utf8'))

test('every line is refused as the real Helm refused it', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'k8ts-helm-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const within = surroundings(dir)
  const recorded = recordedIn('mistakes.json')
  const lines = mistakes(recordedIn('help.json'))
  assert.deepEqual(lines, Object.keys(recorded))
  for (const line of lines) {
    const { code, stdout, stderr } = await runOurs(line, within)
    const ours = { code, ...(stdout ? { stdout: normalized(stdout, dir) } : {}), stderr: normalized(stderr, dir) }
    assert.deepEqual({ line, ...ours }, { line, ...recorded[line] })
  }
})
