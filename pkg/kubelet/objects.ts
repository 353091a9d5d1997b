/**
 * ConfigMaps, Secrets, claims … that pods refer to. Each is watched by name while some pod refers to it, so that a change is
 * known at once and an idle node asks for nothing (upstream's "Watch" manager).
 */
import { apiVersionOf, type KubeObject, type ObjectKey, type ResourceRef } from '#apimachinery/object.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { Reflector } from '#client/reflector.ts'
import type { Client } from '#client/types.ts'
import type { ObjectSource } from './types.ts'

interface Watched {
  object: KubeObject | undefined
  synced: boolean
  readonly ready: Promise<void>
  readonly users: Set<string>
  readonly stop: AbortController
}

/** The next pod of a Job or a rollout often wants what the last one had: until then the watch stays. */
const lingerMs = 30_000
const maxLingering = 50

export interface WatchedObjectsOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  /** Of each pod that refers to an object that changed. */
  readonly onChange: (podUid: string) => void
}

export class WatchedObjects implements ObjectSource {
  readonly #options: WatchedObjectsOptions
  readonly #watched = new Map<string, Watched>()

  constructor(options: WatchedObjectsOptions) {
    this.#options = options
  }

  async get<T extends KubeObject>(of: ResourceRef<T>, key: ObjectKey, podUid: string): Promise<T | undefined> {
    const { client } = this.#options
    const id = `${of.plural}/${key.namespace ?? ''}/${key.name}`
    let watched = this.#watched.get(id)
    if (watched?.synced) {
      watched.users.add(podUid)
      // Not there as far as the watch knows: it may have been made this instant, before the pod that wants it.
      if (watched.object) return watched.object as T
    }
    // The first look is a plain read, so that a missing permission is an error and not a silent wait.
    const object = await client.get(of, key).catch((error) => {
      if (error?.code === 404) return undefined
      throw error
    })
    watched = this.#watched.get(id)
    if (!watched) {
      watched = this.#watch(of, key, podUid)
      this.#watched.set(id, watched)
    }
    watched.users.add(podUid)
    return object
  }

  release(podUid: string): void {
    const { clock } = this.#options
    for (const [id, watched] of this.#watched) {
      if (!watched.users.delete(podUid) || watched.users.size > 0) continue
      clock.after(this.#watched.size > maxLingering ? 0 : lingerMs, () => {
        if (watched.users.size > 0 || this.#watched.get(id) !== watched) return
        watched.stop.abort()
        this.#watched.delete(id)
      })
    }
  }

  #watch<T extends KubeObject>(of: ResourceRef<T>, { namespace, name }: ObjectKey, podUid: string): Watched {
    const { client, clock, log, signal, onChange } = this.#options
    const stop = new AbortController()
    let markReady = () => {}
    const watched: Watched = {
      object: undefined,
      synced: false,
      ready: new Promise((resolve) => {
        markReady = resolve
      }),
      users: new Set([podUid]),
      stop,
    }
    const set = (object: T | undefined): void => {
      const changed = watched.synced && watched.object?.metadata.resourceVersion !== object?.metadata.resourceVersion
      if (object) {
        object.apiVersion ??= apiVersionOf(of)
        object.kind ??= of.kind
      }
      watched.object = object
      watched.synced = true
      markReady()
      if (changed) for (const uid of watched.users) onChange(uid)
    }
    const reflector = new Reflector<T>({
      client,
      resource: of,
      clock,
      log,
      ...(namespace ? { namespace } : {}),
      fieldSelector: `metadata.name=${name}`,
      store: {
        replace: (objects) => set(objects.find(({ metadata }) => metadata.name === name)),
        apply: ({ type, object }) => {
          if (object.metadata.name === name) set(type === 'DELETED' ? undefined : object)
        },
      },
    })
    void reflector.run(AbortSignal.any([signal, stop.signal])).catch((error) => log.warn('watch of an object ended', { name, error }))
    return watched
  }
}
