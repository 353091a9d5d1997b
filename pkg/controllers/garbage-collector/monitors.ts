/** Watches every kind that can be watched and deleted, by metadata only; follows discovery as kinds come and go. */
import { apiVersionOf, type KubeObject } from '#apimachinery/object.ts'
import { type DiscoveredResource, discover } from '#client/discovery.ts'
import { CachedInformer } from '#client/informer.ts'
import type { ControllerContext } from '#runtime/types.ts'

/** Written all the time and owned by nobody. */
const ignored = new Set(['events', 'events.events.k8s.io'])

export interface MonitorHandler {
  observe(resource: DiscoveredResource, object: KubeObject): void
  remove(resource: DiscoveredResource, object: KubeObject): void
}

export class Monitors {
  readonly #context: ControllerContext
  readonly #handler: MonitorHandler
  readonly #running = new Map<string, { readonly informer: CachedInformer<KubeObject>; readonly stop: AbortController }>()
  #resources: readonly DiscoveredResource[] = []

  constructor(context: ControllerContext, handler: MonitorHandler) {
    this.#context = context
    this.#handler = handler
  }

  /** The resource of a kind, in whichever version is served. */
  resourceOf(apiVersion: string, kind: string): DiscoveredResource | undefined {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
    return this.#resources.find((each) => each.kind === kind && each.group === group)
  }

  get synced(): boolean {
    return [...this.#running.values()].every(({ informer }) => informer.hasSynced)
  }

  /** Brings what is watched in line with what is served. Answers false when some of it could not be discovered. */
  async sync(): Promise<boolean> {
    const { resources, failures } = await discover(this.#context.client)
    const wanted = new Map<string, DiscoveredResource>()
    for (const each of resources) {
      const name = each.group === '' ? each.plural : `${each.plural}.${each.group}`
      const watchable = each.verbs.includes('delete') && each.verbs.includes('list') && each.verbs.includes('watch')
      if (watchable && !ignored.has(name)) wanted.set(`${name}/${each.version}`, each)
    }
    this.#resources = resources
    for (const [key, { stop }] of this.#running) {
      // A group that could not be discovered now has not thereby ceased to be.
      const failed = [...failures.keys()].some((groupVersion) => key.endsWith(groupVersion.replace(/^([^/]*)\/(.*)$/, '.$1/$2')))
      if (wanted.has(key) || failed) continue
      stop.abort()
      this.#running.delete(key)
    }
    for (const [key, resource] of wanted) if (!this.#running.has(key)) this.#start(key, resource)
    return failures.size === 0
  }

  #start(key: string, resource: DiscoveredResource): void {
    const { client, clock, log, signal } = this.#context
    const informer = new CachedInformer<KubeObject>(client, resource, {}, { clock, log, metadataOnly: true, keep: skeleton })
    const typed = (object: KubeObject): KubeObject => ({ ...object, apiVersion: apiVersionOf(resource), kind: resource.kind })
    informer.addHandler({
      onAdd: (object) => this.#handler.observe(resource, typed(object)),
      onUpdate: (_before, object) => this.#handler.observe(resource, typed(object)),
      onDelete: (object) => this.#handler.remove(resource, object),
    })
    const stop = new AbortController()
    this.#running.set(key, { informer, stop })
    void informer.run(AbortSignal.any([signal, stop.signal]))
  }
}

/** Of each object the collector keeps no more than it needs. */
function skeleton({ metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, ownerReferences, finalizers, deletionTimestamp } = metadata
  return { metadata: { name, namespace, uid, resourceVersion, ownerReferences, finalizers, deletionTimestamp } }
}
