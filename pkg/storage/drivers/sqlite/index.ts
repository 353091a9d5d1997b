/** One file, one process: what `k8ts up` uses. Durable against kill -9 and loss of power (write-ahead log, synced at every commit). */
import { LogStore, type LogStoreOptions } from '../../log/log-store.ts'
import type { Store } from '../../types.ts'
import { openDatabase } from './layout.ts'
import { SqliteJournal } from './sqlite-journal.ts'

export interface SqliteStoreConfig {
  readonly path: string
}

export async function openSqliteStore({ path }: SqliteStoreConfig, options: LogStoreOptions = {}): Promise<Store> {
  const database = openDatabase(path)
  try {
    return new LogStore(new SqliteJournal(database), options)
  } catch (error) {
    database.close()
    throw error
  }
}
