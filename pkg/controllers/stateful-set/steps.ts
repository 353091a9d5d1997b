/** What a StatefulSet does next: fill ordinals from the bottom, shrink from the top, update from the top. */
import type { StatefulSet } from '#api/gen/apps/v1.ts'
import type { Pod, PodTemplateSpec } from '#api/gen/core/v1.ts'
import { pods } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import type { ControllerContext } from '#runtime/types.ts'
import { scaledValue } from '../deployment/arithmetic.ts'
import { isPodAvailable, isPodReady } from '../workload/pod-state.ts'
import { revisionHashLabel } from '../workload/revisions.ts'
import { ensureClaimOwners, ensureClaims } from './claims.ts'
import { hasItsClaims, identityLabels, newPod, ordinalOf, podName, podNameLabel, replicasOf, startOrdinal, volumesOf } from './identity.ts'

export interface Revisions {
  readonly current: { readonly name: string; readonly template: PodTemplateSpec }
  readonly update: { readonly name: string; readonly template: PodTemplateSpec }
}

export class Steps {
  readonly #set: StatefulSet
  readonly #byOrdinal: ReadonlyMap<number, Pod>
  readonly #revisions: Revisions
  readonly #context: ControllerContext

  constructor(set: StatefulSet, own: readonly Pod[], revisions: Revisions, context: ControllerContext) {
    this.#set = set
    this.#byOrdinal = new Map(own.map((pod) => [ordinalOf(set, pod), pod]))
    this.#revisions = revisions
    this.#context = context
  }

  async run(): Promise<void> {
    if (!(await this.#fill())) return
    if (!(await this.#shrink())) return
    await this.#update()
  }

  get #ordered(): boolean {
    return (this.#set.spec.podManagementPolicy ?? 'OrderedReady') === 'OrderedReady'
  }

  get #ordinals(): number[] {
    return Array.from({ length: replicasOf(this.#set) }, (_, index) => startOrdinal(this.#set) + index)
  }

  /** True when nothing stands in the way of what comes next. */
  async #fill(): Promise<boolean> {
    let failure: unknown
    for (const ordinal of this.#ordinals) {
      try {
        const settled = await this.#fillOne(ordinal)
        if (!settled && this.#ordered) return false
      } catch (error) {
        if (this.#ordered) throw error
        failure ??= error
      }
    }
    if (failure) throw failure
    return true
  }

  async #fillOne(ordinal: number): Promise<boolean> {
    const pod = this.#byOrdinal.get(ordinal)
    if (!pod) {
      await this.#create(ordinal)
      return false
    }
    const { phase } = pod.status ?? {}
    if (phase === 'Failed' || phase === 'Succeeded') {
      if (!pod.metadata.deletionTimestamp) await this.#delete(pod)
      return false
    }
    await this.#align(pod, ordinal)
    return this.#isHealthy(pod)
  }

  /**
   * One that was adopted gets what makes it itself; claims get the owners that the policy wants. A pod without the volumes of its claims
   * cannot get them any more: that is said, and nothing goes on until somebody deletes it.
   */
  async #align(pod: Pod, ordinal: number): Promise<void> {
    const { name, namespace, uid, labels } = pod.metadata
    const { client, events } = this.#context
    const lacksClaims = !hasItsClaims(this.#set, ordinal, pod)
    try {
      if (lacksClaims) await ensureClaims(this.#set, ordinal, name, this.#context)
      let changed = await ensureClaimOwners(this.#set, ordinal, pod, false, this.#context)
      if (lacksClaims || labels?.[podNameLabel] !== name) {
        const spec = lacksClaims ? { spec: { volumes: volumesOf(this.#set, ordinal, pod.spec.volumes) } } : {}
        await client.patch(pods, { namespace: namespace!, name }, { metadata: { uid, labels: identityLabels(name, ordinal) }, ...spec }, { type: 'merge' })
        changed = true
      }
      if (changed) events.event(this.#set, 'Normal', 'SuccessfulUpdate', `Update Pod ${name} in StatefulSet ${this.#set.metadata.name} successful`)
    } catch (error) {
      const why = (error as Error).message
      events.event(this.#set, 'Warning', 'FailedUpdate', `Update Pod ${name} in StatefulSet ${this.#set.metadata.name} failed error: ${why}`)
      throw error
    }
  }

  async #shrink(): Promise<boolean> {
    const first = startOrdinal(this.#set)
    const last = first + replicasOf(this.#set) - 1
    const condemned = [...this.#byOrdinal].filter(([ordinal]) => ordinal >= 0 && (ordinal < first || ordinal > last)).sort(([a], [b]) => b - a)
    const lowestUnwell = condemned.findLast(([, pod]) => !this.#isHealthy(pod))?.[1]
    for (const [ordinal, pod] of condemned) {
      if (!pod.metadata.deletionTimestamp) {
        // In order, nothing goes while a pod is unwell, but the lowest one that is.
        if (this.#ordered && !this.#isHealthy(pod) && pod !== lowestUnwell) return false
        await ensureClaimOwners(this.#set, ordinal, pod, true, this.#context)
        await this.#delete(pod)
      }
      if (this.#ordered) return false
    }
    return true
  }

  async #update(): Promise<void> {
    const { updateStrategy } = this.#set.spec
    if (updateStrategy?.type === 'OnDelete') return
    const { partition = 0, maxUnavailable } = updateStrategy?.rollingUpdate ?? {}
    const first = startOrdinal(this.#set) + partition
    const fromTop = this.#ordinals.filter((each) => each >= first).reverse()
    if (maxUnavailable === undefined) await this.#updateOne(fromTop)
    else await this.#updateSome(fromTop, Math.max(1, scaledValue(maxUnavailable, replicasOf(this.#set), true)))
  }

  /** The highest that is old goes; nothing more until it is well again. */
  async #updateOne(fromTop: readonly number[]): Promise<void> {
    for (const ordinal of fromTop) {
      const pod = this.#byOrdinal.get(ordinal)
      if (!pod) return
      if (this.#isStale(pod)) return this.#delete(pod)
      if (!this.#isHealthy(pod)) return
    }
  }

  /**
   * Whatever is not available anywhere in the set counts (KEP-961). An old one that is broken may go though the bound is
   * reached: it is not available as it is, and an update that mends it must not wait for it.
   */
  async #updateSome(fromTop: readonly number[], most: number): Promise<void> {
    const unavailable = this.#ordinals.filter((each) => !this.#isAvailable(each)).length
    const stale = fromTop.filter((each) => this.#isStale(this.#byOrdinal.get(each)))
    const broken = stale.filter((each) => !this.#isAvailable(each))
    const well = stale.filter((each) => this.#isAvailable(each)).slice(0, Math.max(0, most - unavailable))
    for (const ordinal of [...broken, ...well]) await this.#delete(this.#byOrdinal.get(ordinal)!)
  }

  #isAvailable(ordinal: number): boolean {
    const pod = this.#byOrdinal.get(ordinal)
    return pod !== undefined && this.#isHealthy(pod)
  }

  #isStale(pod: Pod | undefined): boolean {
    return pod !== undefined && !pod.metadata.deletionTimestamp && pod.metadata.labels?.[revisionHashLabel] !== this.#revisions.update.name
  }

  #isHealthy(pod: Pod): boolean {
    return !pod.metadata.deletionTimestamp && isPodReady(pod) && isPodAvailable(pod, this.#set.spec.minReadySeconds ?? 0, this.#context.clock.now())
  }

  async #create(ordinal: number): Promise<void> {
    const { client, events } = this.#context
    const set = this.#set
    const name = podName(set, ordinal)
    const revision = this.#isOfCurrent(ordinal) ? this.#revisions.current : this.#revisions.update
    await ensureClaims(set, ordinal, name, this.#context)
    try {
      await client.create(pods, newPod(set, revision.template, ordinal, revision.name))
      events.event(set, 'Normal', 'SuccessfulCreate', `Create Pod ${name} in StatefulSet ${set.metadata.name} successful`)
    } catch (error) {
      events.event(set, 'Warning', 'FailedCreate', `Create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${(error as Error).message}`)
      throw error
    }
  }

  /** Below the partition, or not reached by the update yet, a pod comes back as it was. */
  #isOfCurrent(ordinal: number): boolean {
    const { updateStrategy } = this.#set.spec
    if (updateStrategy?.type === 'OnDelete') return false
    const first = startOrdinal(this.#set)
    const partition = updateStrategy?.rollingUpdate?.partition
    return partition === undefined ? ordinal < first + (this.#set.status?.currentReplicas ?? 0) : ordinal < first + partition
  }

  async #delete(pod: Pod): Promise<void> {
    const { client, events } = this.#context
    const { namespace, name, uid } = pod.metadata
    try {
      await client.delete(pods, { namespace, name }, { preconditions: { uid } })
      events.event(this.#set, 'Normal', 'SuccessfulDelete', `Delete Pod ${name} in StatefulSet ${this.#set.metadata.name} successful`)
    } catch (error) {
      if (isNotFound(error)) return
      events.event(
        this.#set,
        'Warning',
        'FailedDelete',
        `Delete Pod ${name} in StatefulSet ${this.#set.metadata.name} failed error: ${(error as Error).message}`,
      )
      throw error
    }
  }
}
