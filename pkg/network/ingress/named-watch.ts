/** Just the Secrets and ConfigMaps that Ingresses name: one watch each, so that nobody else's are ever read. */
import type { ConfigMap, Secret } from '#api/gen/core/v1.ts'
import { configMaps, secrets } from '#api/gen/resources.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { Client } from '#client/types.ts'

/** More than this of a kind are not watched; each costs the API server a watch. */
const limit = 1000

export interface NamedWatchOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
}

export class NamedWatch<T extends KubeObject, V> {
  readonly #ref: ResourceRef<T>
  readonly #decode: (object: T) => V
  readonly #client: Client
  readonly #clock: Clock
  readonly #log: Logger
  readonly #watched = new Map<string, { stop: AbortController; values: V | undefined }>()

  constructor(ref: ResourceRef<T>, decode: (object: T) => V, { client, clock, log }: NamedWatchOptions) {
    this.#ref = ref
    this.#decode = decode
    this.#client = client
    this.#clock = clock
    this.#log = log
  }

  get(key: string): V | undefined {
    return this.#watched.get(key)?.values
  }

  /** Watches these ("namespace/name") and no others. Resolves when what is new among them has been read, or after a while. */
  async keep(wanted: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    for (const [key, { stop }] of this.#watched) {
      if (wanted.has(key)) continue
      stop.abort()
      this.#watched.delete(key)
    }
    const reads: Promise<void>[] = []
    for (const key of wanted) {
      if (this.#watched.has(key)) continue
      if (this.#watched.size >= limit) {
        this.#log.warn('Ingresses name too many; this one is not read', { kind: this.#ref.kind, name: key })
        break
      }
      reads.push(this.#watch(key, signal))
    }
    await Promise.race([Promise.all(reads), sleep(this.#clock, 2_000, signal)])
  }

  #watch(key: string, signal: AbortSignal): Promise<void> {
    const [namespace = '', name = ''] = key.split('/')
    const entry: { stop: AbortController; values: V | undefined } = { stop: new AbortController(), values: undefined }
    this.#watched.set(key, entry)
    const factory = createInformerFactory(this.#client, { clock: this.#clock, log: this.#log })
    const informer = factory.informer(this.#ref, { namespace, fieldSelector: `metadata.name=${name}` })
    // A client that does not know the selector would answer all: mind the name.
    const put = (object: T) => {
      if (object.metadata.name === name && object.metadata.namespace === namespace) entry.values = this.#decode(object)
    }
    informer.addHandler({
      onAdd: put,
      onUpdate: (_, object) => put(object),
      onDelete: (object) => {
        if (object.metadata.name === name) entry.values = undefined
      },
    })
    return factory
      .start(AbortSignal.any([signal, entry.stop.signal]))
      .catch((error) => this.#log.warn('cannot read what an Ingress names', { kind: this.#ref.kind, name: key, error }))
  }
}

export function watchSecrets(options: NamedWatchOptions): NamedWatch<Secret, Readonly<Record<string, Buffer>>> {
  return new NamedWatch(secrets, decode, options)
}

export function watchConfigMaps(options: NamedWatchOptions): NamedWatch<ConfigMap, Readonly<Record<string, string>>> {
  return new NamedWatch(configMaps, ({ data = {} }) => data as Record<string, string>, options)
}

function decode({ data = {} }: Secret): Readonly<Record<string, Buffer>> {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, Buffer.from(value ?? '', 'base64')]))
}
