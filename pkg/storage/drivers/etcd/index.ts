/** An etcd (3.4 or newer) over gRPC: for several API servers on several machines. */
import type { Clock } from '#base/clock.ts'
import type { Store } from '../../types.ts'
import { connect, type EtcdTls } from './connection.ts'
import { EtcdStore } from './etcd-store.ts'

export interface EtcdStoreConfig {
  /** `http://HOST:PORT` or `https://HOST:PORT`. */
  readonly endpoints: readonly string[]
  /** Before every key, so that several clusters can share an etcd; "" by default, as the keys begin with /registry. */
  readonly prefix?: string
  readonly tls?: EtcdTls
}

export async function openEtcdStore({ endpoints, prefix = '', tls }: EtcdStoreConfig, options: { readonly clock?: Clock } = {}): Promise<Store> {
  const connection = await connect(endpoints, tls)
  try {
    return await new EtcdStore(connection, { prefix, ...options }).start()
  } catch (error) {
    connection.close()
    throw error
  }
}
