import { closeSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreFailedError } from '../../types.ts'

/** "K8ts", in the file's header, so that no other program's database is taken for ours. */
const applicationId = 0x4b387473
/** Of the tables below. A newer program may change an older layout; an older one must not touch a newer. */
export const layoutVersion = 1

const tables = `
  CREATE TABLE log (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    create_revision INTEGER NOT NULL,
    previous_revision INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    value BLOB NOT NULL
  ) STRICT;
  CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO meta VALUES ('compacted_revision', 0);
`

/** Opens the file for this process alone, tables made. A commit is durable when the write-ahead log has been synced after it. */
export function openDatabase(path: string): DatabaseSync {
  createPrivately(path)
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    // Large pages suit rows of 1 to 5 KB: measured, in speed as in size.
    database.exec('PRAGMA page_size = 16384')
    // The exclusive lock is the kernel's: it goes with the process, however that ends. It also spares the shared-memory file.
    database.exec('PRAGMA locking_mode = EXCLUSIVE')
    const mode = database.prepare('PRAGMA journal_mode = WAL').get()?.journal_mode
    if (mode !== 'wal') throw new StoreFailedError(`${path}: no write-ahead log on this file system (journal mode is ${mode})`)
    // The tables are durable before anything else is.
    database.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON')
    database.exec('PRAGMA wal_autocheckpoint = 500; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY')
    prepareLayout(database, path)
    syncDirectory(path)
    // SQLite would sync the log in each commit and keep the whole process waiting. `SqliteJournal` syncs it beside the process's other
    // work, and nothing is acknowledged before that. Checkpoints still sync the log before, and the database after.
    database.exec('PRAGMA synchronous = NORMAL')
    return database
  } catch (error) {
    database.close()
    throw asOpenError(error, path)
  }
}

function prepareLayout(database: DatabaseSync, path: string): void {
  // Writing takes the lock now and not at the first put.
  database.exec('BEGIN EXCLUSIVE')
  const version = pragma(database, 'user_version')
  const application = pragma(database, 'application_id')
  const objects = Number(database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()!.count)
  if (version === 0 && application === 0 && objects === 0) {
    database.exec(`${tables} PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${layoutVersion}`)
  } else if (application !== applicationId) {
    throw new StoreFailedError(`${path} is not a k8ts store`)
  } else if (version > layoutVersion) {
    throw new StoreFailedError(`${path} has storage layout ${version}; this program knows layouts up to ${layoutVersion}: use a newer k8ts`)
  } else if (version < 1) {
    throw new StoreFailedError(`${path} has an unknown storage layout ${version}`)
  }
  database.exec('COMMIT')
}

function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()![name])
}

/** The cluster's state is its owner's alone; SQLite gives the log beside it the same mode. */
function createPrivately(path: string): void {
  try {
    // Only ever a new file: closing a descriptor of one that is open here would drop its lock.
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw asOpenError(error, path)
  }
}

/** A new file's name is durable only when its directory is synced. */
function syncDirectory(path: string): void {
  const directory = openSync(dirname(path), 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}

/** SQLite's primary result codes. */
const busy = 5
const locked = 6
const notDatabase = 26

function asOpenError(error: unknown, path: string): Error {
  if (error instanceof StoreFailedError) return error
  const code = Number((error as { errcode?: number }).errcode ?? 0) & 0xff
  if (code === busy || code === locked) return new StoreFailedError(`${path} is in use by another process`, error)
  if (code === notDatabase) return new StoreFailedError(`${path} is not a k8ts store`, error)
  return new StoreFailedError(`cannot open ${path}: ${(error as Error).message}`, error)
}
