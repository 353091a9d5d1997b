/** What happens to a pod once it has its node: what plugins make ready, then the binding, by an extender or by the API. */
import { pods } from '#api/gen/resources.ts'
import type { Extender } from './extender/extender.ts'
import type { Found } from './framework/find-node.ts'
import { duringWait } from './framework/during.ts'
import type { Cycle, Handle, Profile } from './framework/types.ts'
import type { SchedulerMetrics } from './metrics.ts'
import type { StatusWriter } from './pod-status.ts'

interface Parts {
  readonly status: StatusWriter
  readonly metrics: SchedulerMetrics
  readonly extenders: readonly Extender[]
}

export class Binder {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Resolves when the pod is bound and its Event is recorded; fails with where it came up. */
  async bind(profile: Profile, cycle: Cycle, { node, run }: Found, handle: Handle): Promise<void> {
    const { status, metrics } = this.#parts
    const { pod } = cycle.pod
    // Once it is bound, nothing may say any more that it waits, nor where for.
    const telling = status.pending(cycle.pod.key)
    if (telling) await telling
    const working = profile.plugins.filter(({ plugin }) => {
      const state = run.states.get(plugin.name)
      return state !== undefined && plugin.preBind && (plugin.willPreBind?.(state, cycle) ?? true)
    })
    // Autoscalers should know where a pod goes while its volumes and devices are made ready (NominatedNodeNameForExpectation).
    if (working.length > 0 && pod.status?.nominatedNodeName !== node.name) await status.nominate(pod, node.name)
    const preBinding = performance.now()
    for (const { plugin } of working) {
      const state = run.states.get(plugin.name)
      await duringWait(`running PreBind plugin "${plugin.name}"`, plugin.preBind!(state, cycle, node, handle))
    }
    const begun = performance.now()
    if (working.length > 0) metrics.extensionPoint('PreBind', profile.schedulerName, 'Success', (begun - preBinding) / 1000)
    if (!(await this.#bindByExtender(cycle, node.name))) {
      const { namespace, name, uid } = pod.metadata
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { namespace, name, uid }, target: { apiVersion: 'v1', kind: 'Node', name: node.name } }
      await duringWait('running Bind plugin "DefaultBinder"', handle.client.create(pods, binding as any, { subresource: 'binding' }))
    }
    metrics.extensionPoint('Bind', profile.schedulerName, 'Success', (performance.now() - begun) / 1000)
    const note = `Successfully assigned ${cycle.pod.key} to ${node.name}`
    handle.events.record(pod, { type: 'Normal', reason: 'Scheduled', action: 'Binding', note })
  }

  /** Whether one that binds is there and did it; one that may be ignored leaves it to the rest when it fails. */
  async #bindByExtender({ pod: info }: Cycle, nodeName: string): Promise<boolean> {
    for (const extender of this.#parts.extenders) {
      if (!extender.config.bindVerb || !extender.isInterested(info)) continue
      try {
        await extender.bind(info.pod, nodeName)
        return true
      } catch (error) {
        if (!extender.config.ignorable) throw error
      }
    }
    return false
  }
}
