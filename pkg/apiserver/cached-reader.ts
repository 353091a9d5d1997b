/**
 * Reads for authorizers and admission plugins: from the informer's cache, and from the server itself while the cache
 * has not synced or does not have the object yet, so that what was just created is found.
 */
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import type { Client } from '#client/types.ts'

export interface ReadAccess {
  readonly informers: InformerFactory
  /** The in-process client of the API server itself. */
  readonly client: Client
}

export interface CachedReader<T extends KubeObject> {
  /** Cache first, then the server; undefined when neither has it. */
  get(namespace: string | undefined, name: string): Promise<T | undefined>
  /** What the cache has. */
  cached(namespace: string | undefined, name: string): T | undefined
  /** The server's present state. */
  getLive(namespace: string | undefined, name: string): Promise<T | undefined>
  /** The cache alone once it has synced, else the server. */
  list(namespace?: string): Promise<readonly T[]>
}

/** Registers the informer: call before the factory starts. */
export function cachedReader<T extends KubeObject>({ informers, client }: ReadAccess, of: ResourceRef<T>): CachedReader<T> {
  const informer = informers.informer(of)
  const getLive = (namespace: string | undefined, name: string): Promise<T | undefined> => liveGet(client, of, namespace, name)
  const cached = (namespace: string | undefined, name: string): T | undefined => informer.get(of.namespaced ? namespace : undefined, name)
  return {
    cached,
    getLive,
    async get(namespace, name) {
      return cached(namespace, name) ?? (await getLive(namespace, name))
    },
    async list(namespace) {
      return informer.hasSynced ? informer.list(namespace) : (await client.list(of, { namespace })).items
    },
  }
}

/** The server's present state of one object; undefined when there is none. */
export async function liveGet<T extends KubeObject>(client: Client, of: ResourceRef<T>, namespace: string | undefined, name: string): Promise<T | undefined> {
  try {
    return await client.get(of, { namespace, name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
