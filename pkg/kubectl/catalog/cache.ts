/**
 * Discovery kept on disk, as client-go's cached discovery does: ~/.kube/cache/discovery/HOST_PORT, for six hours.
 *
 * A word or kind that the kept catalog does not know is no failure yet: `StaleCatalog` asks for it to be read again.
 */
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CommandError } from '../errors.ts'
import { createCatalog } from './catalog.ts'
import type { Catalog } from './types.ts'

const maxAgeMs = 6 * 3_600_000
const maxBytes = 16 << 20
const layout = 1

/** What was looked up is not in the kept catalog; a fresh one may have it. */
export class StaleCatalog extends Error {}

export interface CatalogPlace {
  readonly dir: string
  readonly file: string
}

/** Where the catalog of a server is kept; undefined when there is no home for it, or no folder named. */
export function catalogPlace(
  server: string,
  cacheDir: string,
  { home, cwd }: { readonly home: string | undefined; readonly cwd: string },
): CatalogPlace | undefined {
  const base = cacheDir.startsWith('$HOME') ? home && join(home, cacheDir.slice('$HOME'.length)) : cacheDir && resolve(cwd, cacheDir)
  if (!base) return undefined
  const host = server
    .replace(/^https?:\/\//, '')
    .replace(/\/$/, '')
    .replace(/[^A-Za-z0-9.-]/g, '_')
  const dir = join(base, 'discovery', host)
  return { dir, file: join(dir, 'k8ts-catalog.json') }
}

export function readKept(
  { file }: CatalogPlace,
  { now = Date.now(), warn }: { readonly now?: number; readonly warn?: (text: string) => void } = {},
): Catalog | undefined {
  try {
    const { mtimeMs, size } = statSync(file)
    if (now - mtimeMs > maxAgeMs || mtimeMs > now + 60_000 || size > maxBytes) return undefined
    const kept = JSON.parse(readFileSync(file, 'utf8'))
    if (kept.layout !== layout || !Array.isArray(kept.resources) || !Array.isArray(kept.groupVersions)) return undefined
    return doubting(createCatalog({ resources: kept.resources, groupVersions: kept.groupVersions, failures: new Map() }, warn))
  } catch {
    return undefined
  }
}

/** A cache that cannot be written costs time, nothing else. What is incomplete is not kept. */
export function keep({ dir, file }: CatalogPlace, { resources, groupVersions, failures }: Catalog): void {
  if (failures.size > 0) return
  try {
    mkdirSync(dir, { recursive: true, mode: 0o750 })
    const fresh = `${file}.${process.pid}`
    writeFileSync(fresh, JSON.stringify({ layout, resources, groupVersions }), { mode: 0o640 })
    renameSync(fresh, file)
  } catch {
    // A home that may not be written to.
  }
}

function doubting(catalog: Catalog): Catalog {
  return {
    ...catalog,
    resolve(text) {
      try {
        return catalog.resolve(text)
      } catch (error) {
        throw error instanceof CommandError ? new StaleCatalog(text) : error
      }
    },
    byKind(apiVersion, kind) {
      const found = catalog.byKind(apiVersion, kind)
      if (!found) throw new StaleCatalog(`${apiVersion} ${kind}`)
      return found
    },
  }
}
