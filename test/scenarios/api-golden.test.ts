/** Our API server's answers against those that kube-apiserver 1.36 gave to the same requests (api-golden/README.md). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Audit, parsePolicy } from '#apiserver/audit/index.ts'
import type { AuditEvent } from '#apiserver/audit/types.ts'
import { systemClock } from '#base/clock.ts'
import { isKnown } from './api-golden/known.ts'
import { auditOf, auditPolicy } from './api-golden/audit.ts'
import { openApiFacts } from './api-golden/openapi.ts'
import { startOurs } from './api-golden/ours.ts'
import { questionnaires } from './api-golden/questions/index.ts'
import { askAll, isAs } from './api-golden/run.ts'
import type { Kept } from './api-golden/types.ts'

test('every list of questions has a name of its own', () => {
  assert.ok(Object.keys(questionnaires).every((name) => /^[a-z-]+$/.test(name)))
})

for (const [name, list] of Object.entries(questionnaires)) {
  test(`${name}: every question is answered as kube-apiserver answers it`, async () => {
    const recorded: Record<string, Kept> = JSON.parse(readFileSync(new URL(`api-golden/recorded/${name}.json`, import.meta.url), 'utf8'))
    await using ours = await startOurs({}, list)
    const answers = await askAll(ours, list)
    assert.deepEqual([...answers.keys()], Object.keys(recorded), `the questions changed: record ${name} anew`)
    const partings = [...answers]
      .map(([key, { said, hash, body }]) => ({ key, ours: { said, hash, body }, real: recorded[key]! }))
      .filter(({ ours, real }) => !isAs(ours, real))
    assert.deepEqual(
      partings.filter(({ key }) => !isKnown(name, key)),
      [],
    )
    const parted = new Set(partings.map(({ key }) => key))
    assert.deepEqual(
      [...answers.keys()].filter((key) => isKnown(name, key) && !parted.has(key)),
      [],
      'these no longer part: take them out of known.ts',
    )
  })
}

test('the OpenAPI documents describe each path and type as those of kube-apiserver do', async () => {
  const recorded = JSON.parse(readFileSync(new URL('api-golden/recorded/openapi.json', import.meta.url), 'utf8'))
  await using ours = await startOurs()
  assert.deepEqual(await openApiFacts(ours), recorded)
})

/** Upstream loses the second event: it writes what was sent as it came, which here is no JSON. */
const lostUpstream = ['apply a new one', 'patch that is wrong']

test('requests leave the audit events that they leave with kube-apiserver', async () => {
  const recorded: Record<string, unknown[]> = JSON.parse(readFileSync(new URL('api-golden/recorded/audit.json', import.meta.url), 'utf8'))
  const events: AuditEvent[] = []
  const sink = { name: 'memory', dropped: 0, write: (event: AuditEvent) => void events.push(JSON.parse(JSON.stringify(event))), close: async () => {} }
  await using ours = await startOurs({ audit: new Audit({ policy: parsePolicy(auditPolicy, 'policy'), sinks: [sink] }, systemClock) })
  const found = await auditOf(ours, async (id) => events.filter(({ auditID }) => auditID === id))
  assert.deepEqual(Object.keys(found), Object.keys(recorded))
  for (const [key, expected] of Object.entries(recorded)) {
    const got = found[key] as unknown[]
    assert.deepEqual(lostUpstream.includes(key) ? got.slice(0, 1) : got, expected, key)
  }
})
