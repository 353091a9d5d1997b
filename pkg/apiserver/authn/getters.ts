import { nodes, pods, secrets, serviceAccounts } from '#api/gen/resources.ts'
import { cachedReader, type ReadAccess } from '../cached-reader.ts'
import type { TokenGetters } from './types.ts'

/** Look-ups over informers, falling back to the server. Create before the informers start. */
export function tokenGetters(access: ReadAccess): TokenGetters {
  const serviceAccountReader = cachedReader(access, serviceAccounts)
  const podReader = cachedReader(access, pods)
  const secretReader = cachedReader(access, secrets)
  const nodeReader = cachedReader(access, nodes)
  return {
    serviceAccount: (namespace, name) => serviceAccountReader.get(namespace, name),
    pod: (namespace, name) => podReader.get(namespace, name),
    secret: (namespace, name) => secretReader.get(namespace, name),
    node: (name) => nodeReader.get(undefined, name),
  }
}
