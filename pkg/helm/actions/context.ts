/** From a command to what its action works on. */
import type { Clock } from '#base/clock.ts'
import { type Cluster, withCluster } from '../cluster/connect.ts'
import { createObjectDriver } from '../storage/secrets.ts'
import { createStorage, type Storage } from '../storage/storage.ts'
import { CommandError, type Invocation } from '../types.ts'
import type { ActionContext } from './types.ts'

/** The process waits for its timers: between two looks at the cluster nothing else keeps it. */
const waitingClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const handle = setTimeout(callback, delayMs)
    return { cancel: () => clearTimeout(handle) }
  },
}

export function openStorage({ settings, log }: Invocation, cluster: Cluster, namespace: string): Storage {
  const kinds: Readonly<Record<string, 'secret' | 'configmap'>> = {
    '': 'secret',
    secret: 'secret',
    secrets: 'secret',
    configmap: 'configmap',
    configmaps: 'configmap',
  }
  const kind = kinds[settings.driver]
  if (kind === undefined) {
    if (settings.driver === 'sql' || settings.driver === 'memory')
      throw new CommandError(`HELM_DRIVER=${settings.driver} is not supported here; use secret or configmap`)
    throw new CommandError(`unknown driver ${JSON.stringify(settings.driver)}`)
  }
  return createStorage(createObjectDriver({ client: () => cluster.client(), namespace, kind, debug: (message) => log('DEBUG', message) }))
}

/** `allNamespaces` reads the releases of every namespace. */
export function withContext<T>(
  invocation: Invocation,
  run: (context: ActionContext) => Promise<T>,
  { allNamespaces = false }: { readonly allNamespaces?: boolean } = {},
): Promise<T> {
  return withCluster(invocation, async (cluster) => {
    const namespace = await cluster.namespace()
    return run({
      cluster,
      storage: openStorage(invocation, cluster, allNamespaces ? '' : namespace),
      namespace,
      clock: waitingClock,
      log: invocation.log,
      err: invocation.err,
      signal: invocation.session.signal,
    })
  })
}
