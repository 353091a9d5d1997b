import { nodes, pods, secrets, serviceAccounts } from '#api/gen/resources.ts'
import { cachedReader, liveGet, type ReadAccess } from '../cached-reader.ts'
import type { TokenGetters } from './types.ts'

/** Look-ups over informers, falling back to the server. Create before the informers start. */
export function tokenGetters(access: ReadAccess): TokenGetters {
  const serviceAccountReader = cachedReader(access, serviceAccounts)
  const podReader = cachedReader(access, pods)
  const nodeReader = cachedReader(access, nodes)
  return {
    serviceAccount: (namespace, name) => serviceAccountReader.get(namespace, name),
    pod: (namespace, name) => podReader.get(namespace, name),
    // No cache of every Secret for the few tokens that are bound to one.
    secret: (namespace, name) => liveGet(access.client, secrets, namespace, name),
    node: (name) => nodeReader.get(undefined, name),
    noteUse: ({ metadata: { namespace, name, uid } }, day) => {
      const labels = { 'kubernetes.io/legacy-token-last-used': day }
      // The next use will try again.
      access.client.patch(secrets, { namespace, name }, { metadata: { uid, labels } }, { type: 'merge' }).catch(() => {})
    },
  }
}
