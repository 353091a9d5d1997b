/**
 * Follows CustomResourceDefinitions: decides on their names, has the registry serve their versions, tells in their
 * status how they fare, and clears up after those that are deleted. Upstream: apiextensions-apiserver's handler, and
 * its naming, establishing, approval and finalizing controllers.
 */
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { CustomResourceDefinition } from '#api/gen/apiextensions/v1.ts'
import { customResourceDefinitions } from '#api/gen/resources.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { isConflict, isNotFound } from '#apimachinery/status-error.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { Client } from '#client/types.ts'
import { approvalCondition, established, isTrue, notEstablished, withCondition } from './conditions.ts'
import { cleanUp, cleanupFinalizer } from './finalizer.ts'
import { type Convert, definitionsOf, type ServingState } from './kind.ts'
import { decideNames } from './names.ts'

export interface Serving {
  add(definition: ResourceDefinition): Promise<void>
  /** Something that discovery shows of it changed. */
  changed(definition: ResourceDefinition): void
  remove(group: string, version: string, plural: string): void
}

export interface CustomResourcesOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  readonly serving: Serving
  /** How the definition's versions are converted; undefined when they differ in name alone. */
  readonly converter: (crd: CustomResourceDefinition) => Convert | undefined
}

interface Served {
  /** What was served is served again only when this changed. */
  readonly basis: unknown
  readonly definitions: readonly ResourceDefinition[]
  readonly state: ServingState
}

const retryMs = 1000

export class CustomResources {
  readonly #options: CustomResourcesOptions
  readonly #served = new Map<string, Served>()
  /** The newest known of each, ahead of the informer where this controller wrote it. */
  readonly #known = new Map<string, CustomResourceDefinition>()
  readonly #waiting = new Set<string>()
  #wake: (() => void) | undefined

  constructor(options: CustomResourcesOptions) {
    this.#options = options
  }

  /** Serves what is defined already, then follows changes. */
  async start(): Promise<void> {
    const { client, clock, log, signal } = this.#options
    const { items } = await client.list(customResourceDefinitions)
    for (const crd of items) this.#known.set(crd.metadata.name, crd)
    for (const crd of items) await this.#attempt(crd.metadata.name)
    const informers = createInformerFactory(client, { clock, log })
    informers.informer(customResourceDefinitions).addHandler({
      onAdd: (crd) => this.#saw(crd),
      onUpdate: (_, crd) => this.#saw(crd),
      onDelete: (crd) => this.#forget(crd),
    })
    void informers.start(signal).catch((error: unknown) => log.warn('custom resource definitions cannot be followed', { error }))
    void this.#run()
  }

  #saw(crd: CustomResourceDefinition): void {
    const known = this.#known.get(crd.metadata.name)
    if (!known || known.metadata.uid !== crd.metadata.uid || Number(crd.metadata.resourceVersion) > Number(known.metadata.resourceVersion)) {
      this.#known.set(crd.metadata.name, crd)
    }
    this.#enqueue(crd.metadata.name)
  }

  #forget(crd: CustomResourceDefinition): void {
    const known = this.#known.get(crd.metadata.name)
    if (known && known.metadata.uid !== crd.metadata.uid) return
    this.#known.delete(crd.metadata.name)
    this.#enqueue(crd.metadata.name)
    this.#enqueueGroup(crd)
  }

  /** Names may have become free. */
  #enqueueGroup({ spec, metadata }: CustomResourceDefinition): void {
    for (const other of this.#known.values()) {
      if (other.spec.group === spec.group && other.metadata.name !== metadata.name && !isTrue(other, 'NamesAccepted')) this.#enqueue(other.metadata.name)
    }
  }

  #enqueue(name: string): void {
    this.#waiting.add(name)
    this.#wake?.()
    this.#wake = undefined
  }

  /** One at a time: decisions on names depend on one another. */
  async #run(): Promise<void> {
    const { signal } = this.#options
    signal.addEventListener('abort', () => this.#wake?.(), { once: true })
    while (!signal.aborted) {
      const next = this.#waiting.values().next()
      if (next.done) {
        await new Promise<void>((resolve) => (this.#wake = resolve))
        continue
      }
      this.#waiting.delete(next.value)
      await this.#attempt(next.value)
    }
  }

  async #attempt(name: string): Promise<void> {
    const { log, clock, signal } = this.#options
    try {
      await this.#reconcile(name)
    } catch (error) {
      if (signal.aborted || isConflict(error) || isNotFound(error)) return
      log.warn(`the definition ${name} cannot be served as it should`, { error })
      void sleep(clock, retryMs, signal).then(() => this.#enqueue(name))
    }
  }

  async #reconcile(name: string): Promise<void> {
    const crd = this.#known.get(name)
    if (!crd) return this.#unserve(name)
    const { accepted, condition } = decideNames(crd, this.#known.values())
    const now = this.#options.clock.now()
    const named = { ...crd, status: { ...crd.status, acceptedNames: accepted } }
    const isEstablished = isTrue(crd, 'Established') || condition.status === 'True'
    // Served before it says so: who waits for Established may go on at once.
    if (isEstablished) await this.#serve(named)
    let conditions = withCondition(crd.status.conditions, condition, now)
    if (!isTrue(crd, 'Established')) conditions = withCondition(conditions, isEstablished ? established : notEstablished, now)
    const approved = approvalCondition(crd)
    if (approved) conditions = withCondition(conditions, approved, now)
    const changed = !semanticEqual(crd.status.acceptedNames, accepted) || !semanticEqual(crd.status.conditions ?? [], conditions)
    if (changed) {
      await this.#writeStatus({ ...crd, status: { ...crd.status, acceptedNames: accepted, conditions } })
      this.#enqueueGroup(crd)
    }
    if (crd.metadata.deletionTimestamp && crd.metadata.finalizers?.includes(cleanupFinalizer)) await this.#finalize(name)
  }

  async #finalize(name: string): Promise<void> {
    const { client, clock, signal } = this.#options
    const crd = this.#known.get(name)
    if (!crd) return
    const progress = { type: 'Terminating', status: 'True', reason: 'InstanceDeletionInProgress', message: 'CustomResource deletion is in progress' } as const
    const conditions = withCondition(crd.status.conditions, progress, clock.now())
    let current = crd
    if (!semanticEqual(crd.status.conditions, conditions)) current = await this.#writeStatus({ ...crd, status: { ...crd.status, conditions } })
    const remaining = await cleanUp(client, current)
    if (remaining > 0) {
      void sleep(clock, retryMs, signal).then(() => this.#enqueue(name))
      return
    }
    const done = { type: 'Terminating', status: 'False', reason: 'InstanceDeletionCompleted', message: 'removed all instances' } as const
    current = await this.#writeStatus({ ...current, status: { ...current.status, conditions: withCondition(current.status.conditions, done, clock.now()) } })
    const finalizers = (current.metadata.finalizers ?? []).filter((each) => each !== cleanupFinalizer)
    // Not remembered: the informer tells what became of it, which may be its end.
    await client.update(customResourceDefinitions, { ...current, metadata: { ...current.metadata, finalizers } })
  }

  async #writeStatus(crd: CustomResourceDefinition): Promise<CustomResourceDefinition> {
    const written = await this.#options.client.update(customResourceDefinitions, crd, { subresource: 'status' })
    this.#known.set(written.metadata.name, written)
    return written
  }

  async #serve(crd: CustomResourceDefinition): Promise<void> {
    const { serving, converter } = this.#options
    const { name } = crd.metadata
    const basis = { spec: crd.spec, names: crd.status.acceptedNames }
    const terminating = isTrue(crd, 'Terminating')
    const before = this.#served.get(name)
    if (before && semanticEqual(before.basis, basis)) {
      if (before.state.terminating === terminating) return
      before.state.terminating = terminating
      for (const definition of before.definitions) serving.changed(definition)
      return
    }
    const state = { terminating }
    const definitions = definitionsOf(crd, converter(crd), state)
    for (const definition of definitions) await serving.add(definition)
    const kept = new Set(definitions.map(({ version }) => version))
    for (const { group, version, plural } of before?.definitions ?? []) if (!kept.has(version)) serving.remove(group, version, plural)
    this.#served.set(name, { basis, definitions, state })
  }

  #unserve(name: string): void {
    for (const { group, version, plural } of this.#served.get(name)?.definitions ?? []) this.#options.serving.remove(group, version, plural)
    this.#served.delete(name)
  }
}
