/**
 * An in-memory Client for unit tests: what the API server does with any object (names, versions, conflicts, finalizers,
 * status, selectors, watches), without schemas, defaults, validation or admission. What it hands out is frozen
 * in caches (list, watch) and a copy for get, so that a mutation of a shared object fails the test.
 */
import { apiVersionOf, type KubeObject, keyOf, type ObjectKey, type ResourceRef } from '#apimachinery/object.ts'
import { alreadyExists, conflict, methodNotSupported, notFound, StatusError } from '#apimachinery/status-error.ts'
import { type Clock, rfc3339 } from '#base/clock.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { parseFieldSelector } from '#apimachinery/fields.ts'
import { parseSelector } from '../selector.ts'
import type { Client, DeleteOptions, ListOptions, PatchOptions, RawRequest, RawResponse, WriteOptions } from '../types.ts'
import { FakeStore } from './fake-store.ts'
import { jsonPatch, mergePatch, strategicPatch } from './merge.ts'
import { createSubresource, isUnscheduledOrZeroGrace, updateSubresource } from './subresources.ts'

export interface FakeClientOptions {
  readonly clock?: Clock
  /** Objects that are there from the start; each needs apiVersion and kind of `resources`, or use `seed`. */
  readonly request?: (request: RawRequest) => Promise<RawResponse>
}

export interface FakeAction {
  readonly verb: 'create' | 'update' | 'patch' | 'delete'
  readonly resource: string
  readonly subresource?: string | undefined
  readonly key: string
  readonly object?: unknown
}

export interface FakeClient extends Client {
  /** Every write so far, in order. */
  readonly actions: FakeAction[]
  readonly store: FakeStore
  /** Puts objects in as they are (status too), giving uid, version and creation time where absent; answers them frozen. */
  seed<T extends KubeObject>(of: ResourceRef<T>, ...objects: any[]): T[]
  /** What is stored, or undefined. */
  peek<T extends KubeObject>(of: ResourceRef<T>, namespace: string | undefined, name: string): T | undefined
  all<T extends KubeObject>(of: ResourceRef<T>): T[]
}

export function createFakeClient(options: FakeClientOptions = {}): FakeClient {
  const clock = options.clock ?? new FakeClock()
  const store = new FakeStore()
  const actions: FakeAction[] = []
  let serial = 0

  const keyFor = (of: ResourceRef, { namespace, name }: ObjectKey) => (of.namespaced ? `${namespace}/${name}` : name)
  const note = (action: FakeAction): void => void actions.push(action)

  function initialise(of: ResourceRef, object: KubeObject): KubeObject {
    const metadata = object.metadata as any
    serial++
    if (!metadata.name && metadata.generateName) metadata.name = `${metadata.generateName}${serial.toString(36).padStart(5, 'x')}`
    metadata.uid ||= `uid-${serial}`
    metadata.creationTimestamp ||= rfc3339(clock.now())
    metadata.generation ??= 1
    object.apiVersion ??= apiVersionOf(of)
    object.kind ??= of.kind
    if (!of.namespaced) delete metadata.namespace
    return object
  }

  function accepts(of: ResourceRef, { namespace, labelSelector, fieldSelector }: ListOptions): (object: KubeObject) => boolean {
    const labels = labelSelector ? parseSelector(labelSelector) : () => true
    const fields = fieldSelector ? parseFieldSelector(fieldSelector) : undefined
    return (object) => {
      if (of.namespaced && namespace && object.metadata.namespace !== namespace) return false
      if (!labels(object.metadata.labels)) return false
      return fields === undefined || fields.matches(flatFields(object))
    }
  }

  /** Stores a changed object, or removes it when nothing holds a deleted one any longer. */
  function commit(of: ResourceRef, next: KubeObject, previous: KubeObject): KubeObject {
    const { deletionTimestamp, finalizers, deletionGracePeriodSeconds } = next.metadata
    if (deletionTimestamp && !finalizers?.length && !deletionGracePeriodSeconds && !((next as any).spec?.finalizers?.length > 0)) {
      return store.remove(of, keyOf(previous))
    }
    const comparable = { ...next, metadata: { ...next.metadata, resourceVersion: previous.metadata.resourceVersion } }
    if (JSON.stringify(comparable) === JSON.stringify(previous)) return previous
    if (JSON.stringify((next as any).spec) !== JSON.stringify((previous as any).spec)) next.metadata.generation = (previous.metadata.generation ?? 1) + 1
    return store.put(of, next)
  }

  function write(of: ResourceRef, next: any, previous: any, subresource: string | undefined): KubeObject {
    const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation } = previous.metadata
    if (next.metadata.uid && next.metadata.uid !== uid) {
      throw conflict(
        { group: of.group, resource: of.plural },
        previous.metadata.name,
        `Precondition failed: UID in precondition: ${next.metadata.uid}, UID in object meta: ${uid}`,
      )
    }
    Object.assign(next.metadata, { uid, creationTimestamp, generation })
    if (deletionTimestamp) Object.assign(next.metadata, { deletionTimestamp, deletionGracePeriodSeconds })
    if (subresource === undefined) {
      if (previous.status !== undefined) next.status = structuredClone(previous.status)
      return commit(of, next, previous)
    }
    return commit(of, updateSubresource(of, subresource, next, structuredClone(previous)), previous)
  }

  function remove(of: ResourceRef, key: string, deletion: DeleteOptions): void {
    const previous = store.get(of, key)
    const { uid, resourceVersion } = deletion.preconditions ?? {}
    const name = previous.metadata.name
    if ((uid && uid !== previous.metadata.uid) || (resourceVersion && resourceVersion !== previous.metadata.resourceVersion)) {
      throw conflict({ group: of.group, resource: of.plural }, name, 'Precondition failed: UID or resource version does not match')
    }
    const next = structuredClone(previous) as any
    const finalizers = new Set<string>(next.metadata.finalizers ?? [])
    if (deletion.propagationPolicy === 'Orphan') finalizers.add('orphan')
    if (deletion.propagationPolicy === 'Foreground') finalizers.add('foregroundDeletion')
    if (deletion.propagationPolicy === 'Background') for (const each of ['orphan', 'foregroundDeletion']) finalizers.delete(each)
    const graceful = of.plural === 'pods' && of.group === '' && !isUnscheduledOrZeroGrace(next, deletion)
    if (!graceful && finalizers.size === 0 && !(next.spec?.finalizers?.length > 0)) {
      store.remove(of, key)
      return
    }
    if (finalizers.size > 0) next.metadata.finalizers = [...finalizers]
    next.metadata.deletionTimestamp ??= rfc3339(clock.now())
    next.metadata.deletionGracePeriodSeconds = graceful ? (deletion.gracePeriodSeconds ?? next.spec?.terminationGracePeriodSeconds ?? 30) : 0
    if (of.plural === 'namespaces') next.status = { ...next.status, phase: 'Terminating' }
    commit(of, next, previous)
  }

  return {
    actions,
    store,
    seed: (of, ...objects) => objects.map((object) => store.put(of, initialise(of, structuredClone({ ...object, metadata: { ...object.metadata } })))) as any,
    peek: (of, namespace, name) => store.shelf(of).objects.get(keyFor(of, { namespace, name })) as any,
    all: (of) => [...store.shelf(of).objects.values()] as any,

    get: async (of, key) => structuredClone(store.get(of, keyFor(of, key))) as any,

    async list(of, list = {}) {
      const items = [...store.shelf(of).objects.values()].filter(accepts(of, list))
      return { apiVersion: apiVersionOf(of), kind: `${of.kind}List`, metadata: { resourceVersion: String(store.version) }, items: items as any[] }
    },

    async *watch(of, watch = {}) {
      const from = watch.resourceVersion ? Number(watch.resourceVersion) : undefined
      yield* store.watch(of, from, accepts(of, watch), watch.signal)
    },

    async create(of: ResourceRef<any>, draft: any, { subresource, dryRun }: WriteOptions = {}): Promise<any> {
      const object = structuredClone({ ...draft, metadata: { ...draft.metadata } })
      if (subresource) {
        const key = keyFor(of, object.metadata)
        note({ verb: 'create', resource: of.plural, subresource, key, object })
        const parent = store.get(of, key)
        const result = createSubresource(of, subresource, object, structuredClone(parent) as any)
        if (result.remove) remove(of, key, result.remove)
        if (result.parent && !dryRun) commit(of, result.parent, parent)
        return result.answer
      }
      initialise(of, object)
      if (of.namespaced && !object.metadata.namespace) throw methodNotSupported({ group: of.group, resource: of.plural }, 'create without namespace')
      const key = keyOf(object)
      note({ verb: 'create', resource: of.plural, key, object })
      if (of.namespaced) {
        const namespace = store.shelf({ group: '', plural: 'namespaces' } as ResourceRef).objects.get(object.metadata.namespace)
        if (namespace?.metadata.deletionTimestamp) {
          throw new StatusError({
            code: 403,
            reason: 'Forbidden',
            message: `${of.plural} "${object.metadata.name}" is forbidden: unable to create new content in namespace ${object.metadata.namespace} because it is being terminated`,
            details: {
              causes: [{ reason: 'NamespaceTerminating', message: `namespace ${object.metadata.namespace} is being terminated`, field: 'metadata.namespace' }],
            },
          })
        }
      }
      if (store.shelf(of).objects.has(key)) throw alreadyExists({ group: of.group, resource: of.plural }, object.metadata.name)
      if (of.plural === 'namespaces' && of.group === '') {
        object.spec = { finalizers: ['kubernetes'], ...object.spec }
        object.status = { phase: 'Active', ...object.status }
      }
      if (dryRun) return object
      return structuredClone(store.put(of, object))
    },

    async update(of: ResourceRef<any>, draft: any, { subresource }: WriteOptions = {}): Promise<any> {
      const key = keyFor(of, draft.metadata)
      note({ verb: 'update', resource: of.plural, subresource, key, object: draft })
      const previous = store.get(of, key)
      const next = structuredClone(draft)
      next.apiVersion ??= previous.apiVersion
      next.kind ??= previous.kind
      const { resourceVersion } = next.metadata
      if (resourceVersion && resourceVersion !== previous.metadata.resourceVersion) {
        throw conflict(
          { group: of.group, resource: of.plural },
          previous.metadata.name,
          'the object has been modified; please apply your changes to the latest version and try again',
        )
      }
      return structuredClone(write(of, next, previous, subresource))
    },

    async patch(of: ResourceRef<any>, key: ObjectKey, patch: any, { type, subresource }: PatchOptions): Promise<any> {
      const id = keyFor(of, key)
      note({ verb: 'patch', resource: of.plural, subresource, key: id, object: patch })
      const existing = store.shelf(of).objects.get(id)
      if (!existing && type === 'apply') {
        return structuredClone(store.put(of, initialise(of, structuredClone({ ...patch, metadata: { ...patch.metadata, ...key } }))))
      }
      const previous = existing ?? store.get(of, id)
      const base = structuredClone(previous)
      const next = type === 'json' ? jsonPatch(base, patch) : type === 'merge' ? mergePatch(base, patch) : strategicPatch(base, patch)
      if (next.metadata.resourceVersion !== previous.metadata.resourceVersion) {
        throw conflict(
          { group: of.group, resource: of.plural },
          previous.metadata.name,
          'the object has been modified; please apply your changes to the latest version and try again',
        )
      }
      return structuredClone(write(of, structuredClone(next), previous, subresource))
    },

    async delete(of, key, deletion = {}) {
      note({ verb: 'delete', resource: of.plural, key: keyFor(of, key), object: deletion })
      remove(of, keyFor(of, key), deletion)
    },

    async deleteCollection(of, list, deletion = {}) {
      for (const object of [...store.shelf(of).objects.values()].filter(accepts(of, list))) {
        note({ verb: 'delete', resource: of.plural, key: keyOf(object), object: deletion })
        remove(of, keyOf(object), deletion)
      }
    },

    request: (request) => {
      if (options.request) return options.request(request)
      throw notFound({ group: '', resource: 'paths' }, request.path)
    },
    close() {},
  }
}

/** The fields that field selectors of tests name. */
function flatFields(object: any): Record<string, string> {
  return {
    'metadata.name': object.metadata.name ?? '',
    'metadata.namespace': object.metadata.namespace ?? '',
    'spec.nodeName': object.spec?.nodeName ?? '',
    'spec.schedulerName': object.spec?.schedulerName ?? '',
    'status.phase': object.status?.phase ?? '',
    type: object.type ?? '',
  }
}
