/** Webhooks of all configurations, in the order in which they are asked: by the configuration's name, then as listed. */
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { cachedReader, type ReadAccess } from '../../cached-reader.ts'
import type { Webhook } from './invoke.ts'

type Configuration<W> = KubeObject & { webhooks?: W[] }

export interface Sourced<W> {
  readonly webhook: W
  readonly configuration: string
  /** Of its configuration and place. */
  readonly id: string
}

export function webhookSource<W extends Webhook>(access: ReadAccess, of: ResourceRef<Configuration<W>>): () => Promise<readonly Sourced<W>[]> {
  const reader = cachedReader(access, of)
  let from: readonly Configuration<W>[] = []
  let hooks: readonly Sourced<W>[] = []
  return async () => {
    const configurations = await reader.list()
    if (!sameItems(configurations, from)) {
      from = configurations
      hooks = [...configurations]
        .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
        .flatMap(({ metadata, webhooks }) =>
          (webhooks ?? []).map((webhook, index) => ({ webhook, configuration: metadata.name, id: `${metadata.name}/${webhook.name}/${index}` })),
        )
    }
    return hooks
  }
}

/** Whether nothing was added, changed or taken away. */
export function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index])
}
