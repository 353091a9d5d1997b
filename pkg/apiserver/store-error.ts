/** What a client is told when the store refuses: upstream's codes and words for etcd in the same straits. */
import { StatusError, serviceUnavailable, timeout, tooManyRequests } from '#apimachinery/status-error.ts'
import { StorageFullError, StoreClosedError, StoreOverloadedError, StoreUnavailableError } from '#storage/types.ts'

/** Undefined for what is no failure of the store. */
export function fromStoreError(error: unknown): StatusError | undefined {
  if (error instanceof StorageFullError) {
    return new StatusError({
      code: 500,
      reason: '',
      message: 'etcdserver: mvcc: database space exceeded: the disk of the data directory is full',
      cause: error,
    })
  }
  if (error instanceof StoreOverloadedError) return tooManyRequests('Too many requests, please try again later.', 1)
  if (error instanceof StoreUnavailableError) return timeout('etcdserver: request timed out')
  if (error instanceof StoreClosedError) return serviceUnavailable('the server is shutting down')
  return undefined
}
