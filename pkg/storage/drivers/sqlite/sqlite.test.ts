import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeClock } from '#base/fake-clock.ts'
import { storeConformance } from '../../conformance.ts'
import type { LogStoreOptions } from '../../log/log-store.ts'
import { openSqliteStore } from './index.ts'

for (const [name, options] of [
  ['sqlite', {}],
  // With hardly any memory of events every resumed watch reads the table.
  ['sqlite without recent events', { maxRecentEvents: 2 }],
] satisfies [string, LogStoreOptions][]) {
  storeConformance(
    name,
    async () => {
      const clock = new FakeClock()
      const directory = mkdtempSync(join(tmpdir(), 'k8ts-store-'))
      const path = join(directory, 'state.db')
      const store = await openSqliteStore({ path }, { clock, ...options })
      return {
        store,
        advance: (durationMs) => clock.advance(durationMs),
        async reopen() {
          await store.close()
          return openSqliteStore({ path }, { clock, ...options })
        },
        dispose: () => rmSync(directory, { recursive: true }),
      }
    },
    { modelSteps: 500 },
  )
}
