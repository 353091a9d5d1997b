import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { crashRun, killOverAndOver } from '../../conformance/crash.ts'

const run = crashRun(4)

test(`a writer killed ${run.rounds} times loses nothing it acknowledged, leaves nothing half, and watches resume without a gap (seed ${run.seed})`, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'k8ts-crash-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const writes = await killOverAndOver({ config: { kind: 'sqlite', path: join(directory, 'state.db') }, ownsRevisions: true }, run)
  t.diagnostic(`${writes} acknowledged writes`)
})
