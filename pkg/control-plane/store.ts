/** Where a control plane's objects are: memory, a directory, or an etcd cluster. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { writeAtomically } from '#cluster/pki/atomic-file.ts'
import { openStore, type OpenStoreOptions } from '#storage/open.ts'
import type { Store } from '#storage/types.ts'
import type { ControlPlaneOptions } from './types.ts'

export function openControlPlaneStore({ dataDir, etcd }: Pick<ControlPlaneOptions, 'dataDir' | 'etcd'>, options: OpenStoreOptions): Promise<Store> {
  if (etcd) return openStore({ kind: 'etcd', ...etcd }, options)
  if (dataDir === undefined) return openStore({ kind: 'memory' }, options)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  return openStore({ kind: 'sqlite', path: join(dataDir, 'state.db') }, options)
}

/** Secrets on disk are sealed, as in a whole cluster. */
export function encryptionKeyFile(pkiDir: string): string {
  const path = join(pkiDir, 'encryption.key')
  if (!existsSync(path)) writeAtomically(path, randomBytes(32).toString('base64'))
  return path
}
