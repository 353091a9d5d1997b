/** Nothing outlives the process: for tests and the simulator. */
import { LogStore, type LogStoreOptions } from '../../log/log-store.ts'
import type { Store } from '../../types.ts'
import { MemoryJournal } from './memory-journal.ts'

export function openMemoryStore(options: LogStoreOptions = {}): Store {
  return new LogStore(new MemoryJournal(), options)
}
