/**
 * Keeps a store like the server's: list, then watch from there, for ever (client-go's Reflector).
 * A watch that breaks is taken up again where it broke; one that is too old (410) lists again.
 */
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { apiVersionOf } from '#apimachinery/object.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { Backoff } from './backoff.ts'
import type { InformerOptions } from './informer-types.ts'
import type { Client, WatchEvent } from './types.ts'

export interface ReflectorStore<T> {
  /** The whole truth as of `resourceVersion`. */
  replace(objects: readonly T[], resourceVersion: string): void
  apply(event: WatchEvent<T>): void
  /** What it will keep of an object, so that a long list is never held whole. */
  keep?(object: T): T
}

export interface ReflectorOptions<T extends KubeObject> extends InformerOptions {
  readonly client: Client
  readonly resource: ResourceRef<T>
  readonly store: ReflectorStore<T>
  readonly clock: Clock
  readonly log: Logger
  readonly metadataOnly?: boolean
  readonly random?: () => number
}

const minWatchSeconds = 300
const pageSize = 500

export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>
  readonly #backoff: Backoff
  readonly #random: () => number
  #resourceVersion = ''

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
    this.#random = options.random ?? Math.random
    this.#backoff = new Backoff({ clock: options.clock, random: this.#random })
  }

  get resourceVersion(): string {
    return this.#resourceVersion
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, resource } = this.#options
    while (!signal.aborted) {
      try {
        await this.#list(signal)
        await this.#watch(signal)
      } catch (error) {
        if (signal.aborted) return
        // What nobody but an administrator can mend is said aloud: whoever waits for this cache is not ready, and would not say why.
        if (isRefusal(error)) log.warn('cannot be listed and watched; will be tried again', { resource: resource.plural, error })
        else log.debug('list or watch ended', { resource: resource.plural, error })
        await sleep(clock, this.#backoff.next(), signal)
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, resource, store, namespace, labelSelector, fieldSelector, metadataOnly } = this.#options
    const scope = selectors({ namespace, labelSelector, fieldSelector, metadataOnly })
    const items: T[] = []
    const take = (page: readonly T[]): void => {
      for (const item of page) items.push(store.keep?.(item) ?? item)
    }
    // The newest, in pages: all at once ('0', from the server's cache) may be longer than a string can be.
    let page = await client.list(resource, { ...scope, limit: pageSize })
    const version = page.metadata.resourceVersion ?? ''
    take(page.items)
    while (page.metadata.continue && !signal.aborted) {
      page = await client.list(resource, { ...scope, limit: pageSize, continue: page.metadata.continue })
      take(page.items)
    }
    if (signal.aborted) return
    this.#resourceVersion = version
    store.replace(items, version)
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, clock, log, resource, store, namespace, labelSelector, fieldSelector, metadataOnly } = this.#options
    const apiVersion = apiVersionOf(resource)
    while (!signal.aborted) {
      const startedAt = clock.now()
      let events = 0
      try {
        const watch = client.watch(resource, {
          ...selectors({ namespace, labelSelector, fieldSelector, metadataOnly }),
          resourceVersion: this.#resourceVersion,
          allowWatchBookmarks: true,
          timeoutSeconds: Math.floor(minWatchSeconds * (1 + this.#random())),
          signal,
        })
        for await (const event of watch) {
          events++
          const { object } = event
          if (event.type !== 'BOOKMARK') {
            object.apiVersion ??= apiVersion
            object.kind ??= resource.kind
            store.apply(event)
          }
          this.#resourceVersion = object.metadata.resourceVersion
        }
      } catch (error) {
        if (signal.aborted) return
        if (!isTransient(error)) throw error
        log.debug('watch broke', { resource: resource.plural, error })
        await sleep(clock, this.#backoff.next(), signal)
        continue
      }
      // One that ends at once and empty is a sick server: do not spin on it.
      if (events === 0 && clock.now() - startedAt < 1000) await sleep(clock, this.#backoff.next(), signal)
    }
  }
}

/** Worth trying the same watch again: no answer, an overloaded or a failing server. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof StatusError)) return false
  return error.code === 429 || error.code === 503 || error.code === 504 || (error.code === 500 && error.reason !== 'Expired')
}

/** An answer that asking again does not change: no right to it, no such resource. A version that is gone only asks for another list. */
function isRefusal(error: unknown): boolean {
  return error instanceof StatusError && error.code >= 400 && error.code < 500 && error.code !== 410 && !isTransient(error)
}

function selectors(of: InformerOptions & { metadataOnly?: boolean | undefined }): InformerOptions & { metadataOnly?: boolean } {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined))
}
