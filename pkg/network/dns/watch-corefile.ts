/** Follows the ConfigMap kube-system/coredns, which says whom to ask outside the cluster. */
import type { ConfigMap } from '#api/gen/core/v1.ts'
import { configMaps } from '#api/gen/resources.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { Client } from '#client/types.ts'
import { type Forwarding, parseCorefile } from './corefile.ts'

const place = { namespace: 'kube-system', name: 'coredns' } as const
/** Names of the cluster must not wait for a ConfigMap that cannot be read. */
const patienceMs = 2_000

export interface CorefileOptions {
  /** May read that ConfigMap (Role kube-system/k8ts:dns). */
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** Undefined when there is none. */
  readonly changed: (forwarding: Forwarding | undefined) => void
}

/** Resolves when it has been read, or after a while. One that cannot be understood changes nothing. */
export async function watchCorefile({ client, clock, log, signal, changed }: CorefileOptions): Promise<void> {
  const factory = createInformerFactory(client, { clock, log })
  const informer = factory.informer(configMaps, { namespace: place.namespace, fieldSelector: `metadata.name=${place.name}` })
  // A client that does not know the selector would answer all: mind the name.
  const put = ({ metadata, data }: ConfigMap) => {
    if (metadata.name !== place.name || metadata.namespace !== place.namespace) return
    try {
      const forwarding = parseCorefile(data?.Corefile ?? '')
      if (forwarding.ignored.length > 0) log.warn('parts of the Corefile have no effect', { ignored: forwarding.ignored.join('; ') })
      changed(forwarding)
    } catch (error) {
      log.error('the Corefile of ConfigMap kube-system/coredns cannot be read; what was before stays', { error })
    }
  }
  informer.addHandler({
    onAdd: put,
    onUpdate: (_, map) => put(map),
    onDelete: ({ metadata }) => {
      if (metadata.name === place.name && metadata.namespace === place.namespace) changed(undefined)
    },
  })
  const reading = factory.start(signal).catch((error) => log.warn('cannot read ConfigMap kube-system/coredns', { error }))
  await Promise.race([reading, sleep(clock, patienceMs, signal)])
}
