import { FakeClock } from '#base/fake-clock.ts'
import { storeConformance } from '../../conformance.ts'
import { openMemoryStore } from './index.ts'

storeConformance('memory', async () => {
  const clock = new FakeClock()
  return { store: openMemoryStore({ clock }), advance: (durationMs) => clock.advance(durationMs) }
})
