/** Where clusters live that were made with a --data-dir of their own: a link by name, so that --name alone finds them again. */
import { existsSync, mkdirSync, readlinkSync, renameSync, rmdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { checkName, configPath, defaultDataDir } from './config.ts'

/** Beside the default data directories, not in one: each of those is a cluster's own. */
const defaultRecords = `${defaultDataDir()}.names`

/** What is at its default place needs no record, and makes an older one untrue. */
export function recordDataDir(name: string, dataDir: string, records = defaultRecords): void {
  const link = linkOf(name, records)
  if (dataDir === defaultDataDir(name)) {
    rmSync(link, { force: true })
    return
  }
  mkdirSync(records, { recursive: true, mode: 0o700 })
  const fresh = `${link}.${process.pid}`
  rmSync(fresh, { force: true })
  symlinkSync(dataDir, fresh)
  renameSync(fresh, link)
}

/** The directory that was told for a name, whether or not a cluster is still in it. */
export function recordedDataDir(name: string, records = defaultRecords): string | undefined {
  try {
    return readlinkSync(linkOf(name, records))
  } catch (error) {
    // Whoever may not look there knows of no record.
    if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

/** The record of this cluster, but not one of another of its name; nothing is left where it was the last. */
export function forgetDataDir(name: string, dataDir: string, records = defaultRecords): void {
  if (recordedDataDir(name, records) !== dataDir) return
  rmSync(linkOf(name, records), { force: true })
  try {
    rmdirSync(records)
  } catch {
    // Other clusters have records there.
  }
}

/** Where the cluster of this name is: where it was made, as long as it is there, else its default place. */
export function dataDirNamed(name: string, records = defaultRecords): string {
  const recorded = recordedDataDir(name, records)
  return recorded !== undefined && existsSync(configPath(recorded)) ? recorded : defaultDataDir(name)
}

function linkOf(name: string, records: string): string {
  checkName(name)
  return join(records, name)
}
