/**
 * What every new cluster has, put into an empty store all at once, as its creation through the API would leave it: that
 * way takes a new server longer than everything else it does. What is missing later is made through the API. In the bundle
 * it is prepared as text (`prepared-seeds.ts`): to make it is a third of a first start.
 */
import { randomUUID } from 'node:crypto'
import type { ResourceDefinition } from '#api/types.ts'
import { normalize } from '#apimachinery/codec/decode.ts'
import { apiVersionOf, type KubeObject, type ResourceRef } from '#apimachinery/object.ts'
import { type Clock, rfc3339 } from '#base/clock.ts'
import type { Store, WriteResult } from '#storage/types.ts'
import type { Transformer } from '../registry/object-store.ts'
import type { FieldTracker, ServedKinds } from '../registry/operation.ts'
import type { View } from '../registry/view.ts'
import { registryPrefix } from '../watchcache/cache-hub.ts'

export const apiServerName = 'kube-apiserver'

export interface Seed {
  readonly of: ResourceRef
  readonly objects: () => readonly Partial<KubeObject>[]
  /** Who is said to have written them; absent: the server. */
  readonly manager?: string
}

export interface SeedOptions {
  readonly store: Store
  readonly transformer: Transformer
  readonly viewOf: (of: ResourceRef) => View | undefined
  readonly fields: FieldTracker
  readonly kinds: ServedKinds
  readonly clock: Clock
  readonly featureGates: ReadonlySet<string>
  /** What the seeds have come to before, where that is known; undefined: it is not. */
  readonly prepared?: (() => Promise<PreparedSeeds | undefined>) | undefined
  /** Told of what is written. */
  readonly seeded?: ((key: string, text: string) => void) | undefined
}

/** The text of every seed by its key, with stand-ins for what is another in every cluster. */
export type PreparedSeeds = Readonly<Record<string, string>>

/** In prepared texts: the object's UID, and the time at which it is written. */
export const standIns = { uid: '00000000-0000-4000-8000-000000000000', time: '2001-02-03T04:05:06Z' } as const

/** Does nothing when the store holds anything. Answers whether every object has been written: what another server wrote meanwhile stays as it is. */
export async function seedEmptyStore(seeds: readonly Seed[], options: SeedOptions): Promise<boolean> {
  const { store, transformer, clock } = options
  if (seeds.length === 0 || (await store.count(registryPrefix)) > 0) return false
  const prepared = await options.prepared?.()
  const writes: Promise<WriteResult>[] = []
  for (const [key, bytes] of prepared ? filledIn(prepared, clock.now()) : encoded(seeds, options))
    writes.push(store.put(key, transformer.seal(key, bytes), { expectRevision: 0 }))
  return (await Promise.all(writes)).every(({ ok }) => ok)
}

function* filledIn(prepared: PreparedSeeds, nowMs: number): Generator<[key: string, bytes: Buffer]> {
  const time = rfc3339(nowMs)
  for (const [key, text] of Object.entries(prepared)) yield [key, Buffer.from(text.replace(standIns.uid, randomUUID()).replaceAll(standIns.time, time))]
}

function* encoded(seeds: readonly Seed[], options: SeedOptions): Generator<[key: string, bytes: Buffer]> {
  for (const { of, objects, manager = apiServerName } of seeds) {
    const view = options.viewOf(of)
    if (!view) continue
    for (const given of objects()) {
      const object = made(view.definition, given, manager, options)
      const key = view.key(object.metadata.namespace ?? '', object.metadata.name)
      const bytes = view.encode(object)
      options.seeded?.(key, bytes.toString())
      yield [key, bytes]
    }
  }
}

/** The steps of a create, without those that would find nothing to say of what is our own. */
function made(definition: ResourceDefinition, given: Partial<KubeObject>, manager: string, { fields, kinds, clock, featureGates }: SeedOptions): KubeObject {
  const nowMs = clock.now()
  const object = normalize<KubeObject>(definition.schema, given)
  object.kind = definition.kind
  object.apiVersion = apiVersionOf(definition)
  definition.defaults?.(object)
  fields.track(definition, object, undefined, { manager, subresource: '', nowMs, kinds })
  object.metadata.uid = randomUUID()
  object.metadata.creationTimestamp = rfc3339(nowMs)
  definition.create?.prepare?.(object, { now: nowMs, namespace: object.metadata.namespace ?? '', subresource: '', featureGates })
  return object
}
