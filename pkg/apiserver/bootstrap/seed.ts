/**
 * What every new cluster has, put into an empty store all at once, as its creation through the API would leave it: that
 * way takes a new server longer than everything else it does. What is missing later is made through the API. In the bundle
 * all that a new server writes is prepared as text (`prepared-seeds.ts`): to make it is half of a first start.
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
  /** What no other cluster has. */
  readonly own?: (() => Promise<readonly Seed[]>) | undefined
  /** Written in place of the seeds, where it is known. */
  readonly prepared?: (() => Promise<PreparedSeeds | undefined>) | undefined
}

/** The text of every object of a new cluster by its key, with stand-ins for what is another in every cluster. */
export type PreparedSeeds = Readonly<Record<string, string>>

/** In prepared texts: the object's UID, and the time and day at which it is written. */
export const standIns = { uid: '00000000-0000-4000-8000-000000000000', time: '2001-02-03T04:05:06Z', day: '2001-02-03' } as const

const ofNetwork = /^\/registry\/(?:core\/services|networking\.k8s\.io\/(?:servicecidrs|ipaddresses))\//

/** For a cluster of another range for Services, or whose API server has an address for others: these are made as they must be. */
export function withoutNetwork(prepared: PreparedSeeds): PreparedSeeds {
  return Object.fromEntries(Object.entries(prepared).filter(([key]) => !ofNetwork.test(key)))
}

/** Does nothing when the store holds anything. Answers whether every object has been written: what another server wrote meanwhile stays as it is. */
export async function seedEmptyStore(seeds: readonly Seed[], options: SeedOptions): Promise<boolean> {
  const { store, transformer, clock } = options
  if (seeds.length === 0 || (await store.count(registryPrefix)) > 0) return false
  const prepared = await options.prepared?.()
  const own = (await options.own?.()) ?? []
  const writes: Promise<WriteResult>[] = []
  const write = (objects: Iterable<[key: string, bytes: Buffer]>): void => {
    for (const [key, bytes] of objects) writes.push(store.put(key, transformer.seal(key, bytes), { expectRevision: 0 }))
  }
  write(prepared ? filledIn(prepared, clock.now()) : encoded(seeds, options))
  write(encoded(own, options))
  return (await Promise.all(writes)).every(({ ok }) => ok)
}

function* filledIn(prepared: PreparedSeeds, nowMs: number): Generator<[key: string, bytes: Buffer]> {
  const time = rfc3339(nowMs)
  const day = time.slice(0, standIns.day.length)
  for (const [key, text] of Object.entries(prepared))
    yield [key, Buffer.from(text.replace(standIns.uid, randomUUID()).replaceAll(standIns.time, time).replaceAll(standIns.day, day))]
}

function* encoded(seeds: readonly Seed[], options: SeedOptions): Generator<[key: string, bytes: Buffer]> {
  for (const { of, objects, manager = apiServerName } of seeds) {
    const view = options.viewOf(of)
    if (!view) continue
    for (const given of objects()) {
      const object = made(view.definition, given, manager, options)
      const key = view.key(object.metadata.namespace ?? '', object.metadata.name)
      yield [key, view.encode(object)]
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
