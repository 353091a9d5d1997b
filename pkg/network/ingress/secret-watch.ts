/** Just the Secrets that Ingresses name: one watch each, so that nobody else's are ever read. */
import type { Secret } from '#api/gen/core/v1.ts'
import { secrets } from '#api/gen/resources.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { Client } from '#client/types.ts'

type Values = Readonly<Record<string, Buffer>>

/** More Secrets than this are not watched; each costs the API server a watch. */
const limit = 1000

export class SecretWatch {
  readonly #client: Client
  readonly #clock: Clock
  readonly #log: Logger
  readonly #watched = new Map<string, { stop: AbortController; values: Values | undefined }>()

  constructor(client: Client, clock: Clock, log: Logger) {
    this.#client = client
    this.#clock = clock
    this.#log = log
  }

  get(key: string): Values | undefined {
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
        this.#log.warn('too many Secrets are named by Ingresses; this one is not read', { secret: key })
        break
      }
      reads.push(this.#watch(key, signal))
    }
    await Promise.race([Promise.all(reads), sleep(this.#clock, 2_000, signal)])
  }

  #watch(key: string, signal: AbortSignal): Promise<void> {
    const [namespace = '', name = ''] = key.split('/')
    const entry: { stop: AbortController; values: Values | undefined } = { stop: new AbortController(), values: undefined }
    this.#watched.set(key, entry)
    const factory = createInformerFactory(this.#client, { clock: this.#clock, log: this.#log })
    const informer = factory.informer(secrets, { namespace, fieldSelector: `metadata.name=${name}` })
    // A client that does not know the selector would answer all: mind the name.
    const put = (secret: Secret) => {
      if (secret.metadata.name === name && secret.metadata.namespace === namespace) entry.values = decode(secret)
    }
    informer.addHandler({
      onAdd: put,
      onUpdate: (_, secret) => put(secret),
      onDelete: (secret) => {
        if (secret.metadata.name === name) entry.values = undefined
      },
    })
    return factory.start(AbortSignal.any([signal, entry.stop.signal])).catch((error) => this.#log.warn('cannot read a Secret', { secret: key, error }))
  }
}

function decode({ data = {} }: Secret): Values {
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, Buffer.from(value ?? '', 'base64')]))
}
