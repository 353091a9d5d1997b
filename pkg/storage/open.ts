import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { openMemoryStore } from './drivers/memory/index.ts'
import type { EtcdStoreConfig } from './drivers/etcd/index.ts'
import type { Store } from './types.ts'

export type StoreConfig =
  | { readonly kind: 'memory' }
  /** `path` is a file in a directory that is there. */
  | { readonly kind: 'sqlite'; readonly path: string }
  | ({ readonly kind: 'etcd' } & EtcdStoreConfig)

export interface OpenStoreOptions {
  readonly clock?: Clock
  readonly logger?: Logger
}

/** Opens a store of any driver. */
export async function openStore(config: StoreConfig, options: OpenStoreOptions = {}): Promise<Store> {
  switch (config.kind) {
    case 'memory':
      return openMemoryStore(options)
    case 'sqlite':
      return (await import('./drivers/sqlite/index.ts')).openSqliteStore(config, options)
    // Loaded when asked for: gRPC is large.
    case 'etcd':
      return (await import('./drivers/etcd/index.ts')).openEtcdStore(config, options)
  }
}
