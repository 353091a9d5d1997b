/**
 * Token cleaner: bootstrap tokens go when their time is over.
 * In: Secrets of kube-system. Out: their deletion. Upstream: pkg/controller/bootstrap (TokenCleaner).
 */
import type { Secret } from '#api/gen/core/v1.ts'
import { secrets } from '#api/gen/resources.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { type Controller, input, output } from '#runtime/types.ts'

const scope = { namespace: 'kube-system', fieldSelector: 'type=bootstrap.kubernetes.io/token' }

export function tokenCleanerController(): Controller {
  return {
    name: 'token-cleaner-controller',
    account: 'token-cleaner',
    eventSource: 'token-cleaner',
    inputs: [input(secrets, { scope, keys: (secret, change) => (change !== 'delete' && expiresAt(secret) !== undefined ? [keyOf(secret)] : []) })],
    outputs: [output(secrets, 'deletion')],
    async reconcile(key, { cache, client, clock }) {
      const secret = cache(secrets, scope).byKey(key)
      const at = secret && expiresAt(secret)
      if (at === undefined) return undefined
      const leftMs = at - clock.now()
      if (leftMs > 0) return { requeueAfterMs: leftMs }
      const { uid, resourceVersion } = secret!.metadata
      try {
        await client.delete(secrets, splitKey(key), { preconditions: { uid, ...(resourceVersion ? { resourceVersion } : {}) } })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
      return undefined
    },
  }
}

/** A time that cannot be read is over. */
function expiresAt({ data, type }: Secret): number | undefined {
  if (type !== 'bootstrap.kubernetes.io/token' || !data?.expiration) return undefined
  const at = Date.parse(Buffer.from(data.expiration, 'base64').toString('utf8'))
  return Number.isNaN(at) ? 0 : at
}
