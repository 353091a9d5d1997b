/**
 * Every group version that this server serves itself has an APIService without a Service. Upstream: kube-aggregator's
 * autoregister controller, with the built-in groups registered at start and custom resources as they come and go.
 */
import type { APIService } from '#api/gen/apiregistration/v1.ts'
import type { CustomResourceDefinition } from '#api/gen/apiextensions/v1.ts'
import { apiServices, customResourceDefinitions } from '#api/gen/resources.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import { isAlreadyExists, isConflict, isNotFound } from '#apimachinery/status-error.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { WorkQueue } from '#client/workqueue.ts'
import type { Seed } from '../bootstrap/seed.ts'
import type { ReadAccess } from '../cached-reader.ts'
import { builtInPriority, customPriority, registrationGroup } from './priorities.ts'

export const managedLabel = 'kube-aggregator.kubernetes.io/automanaged'
type Mode = 'onstart' | 'true' | 'absent'

interface Wanted {
  readonly mode: Mode
  readonly spec: APIService['spec']
}

export interface LocalServicesOptions extends ReadAccess {
  readonly clock: Clock
  readonly log: Logger
  readonly kinds: { all(): readonly { readonly group: string; readonly version: string; readonly custom?: unknown }[] }
}

/** For a store that has nothing yet: those of the built-in groups. */
export function localServiceSeed(kinds: () => LocalServicesOptions['kinds']): Seed {
  return { of: apiServices, objects: () => [...builtInWanted(kinds().all())].map(([name, wanted]) => objectOf(name, wanted)) as never }
}

function objectOf(name: string, { mode, spec }: Wanted) {
  return { metadata: { name, ...(mode === 'absent' ? {} : { labels: { [managedLabel]: mode } }) }, spec }
}

/** Registers its informers; `start` is for after they have synced, and answers when all is there for the first time. */
export function localServices(options: LocalServicesOptions): { start(signal: AbortSignal): Promise<void> } {
  const { informers, client, clock, log, kinds } = options
  const informer = informers.informer(apiServices)
  const definitions = informers.informer(customResourceDefinitions)
  const queue = new WorkQueue({ clock })
  const synced = new Set<string>()
  let builtIn: ReadonlyMap<string, Wanted> = new Map()
  let atStart: ReadonlySet<string> = new Set()

  const wanted = (name: string): Wanted | undefined => builtIn.get(name) ?? customWanted(name, definitions.list())

  async function reconcile(name: string): Promise<void> {
    const desired = wanted(name)
    const current = informer.get(undefined, name)
    const once = desired?.mode === 'onstart'
    if (!current) {
      if (!desired || (once && synced.has(name))) return
      await client.create(apiServices, objectOf(name, desired)).catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error
      })
      return
    }
    const managed = current.metadata.labels?.[managedLabel]
    if (managed !== 'onstart' && managed !== 'true') return
    if (managed === 'onstart' && (!atStart.has(name) || synced.has(name))) return
    if (!desired) {
      await client.delete(apiServices, { name }, { preconditions: { uid: current.metadata.uid! } })
      return
    }
    if (once && synced.has(name)) return
    if (!semanticEqual(current.spec, desired.spec)) await client.update(apiServices, { ...current, spec: desired.spec })
  }

  async function attempt(name: string): Promise<void> {
    try {
      await reconcile(name)
      synced.add(name)
      queue.forget(name)
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) log.warn('an APIService cannot be registered', { name, error })
      queue.addRateLimited(name)
    }
  }

  return {
    async start(signal) {
      builtIn = builtInWanted(kinds.all())
      atStart = new Set(informer.list().map(({ metadata }) => metadata.name))
      const names = new Set([...atStart, ...builtIn.keys(), ...definitions.list().flatMap(namesOf)])
      await Promise.all([...names].map(attempt))
      const enqueue = ({ metadata }: APIService) => queue.add(metadata.name)
      const enqueueAll = (crd: CustomResourceDefinition) => {
        for (const name of namesOf(crd)) queue.add(name)
      }
      const removers = [
        informer.addHandler({ onAdd: enqueue, onUpdate: (_, each) => enqueue(each), onDelete: enqueue }),
        definitions.addHandler({
          onAdd: enqueueAll,
          onUpdate: (before, crd) => {
            enqueueAll(before)
            enqueueAll(crd)
          },
          onDelete: enqueueAll,
        }),
      ]
      signal.addEventListener(
        'abort',
        () => {
          queue.close()
          for (const remove of removers) remove()
        },
        { once: true },
      )
      void (async () => {
        for (;;) {
          const name = await queue.take()
          if (name === undefined) return
          await attempt(name)
          queue.done(name)
        }
      })()
    },
  }
}

function builtInWanted(kinds: ReturnType<LocalServicesOptions['kinds']['all']>): Map<string, Wanted> {
  const found = new Map<string, Wanted>()
  for (const { group, version, custom } of kinds) {
    const priority = custom === undefined && group !== registrationGroup ? builtInPriority(group, version) : undefined
    if (!priority) continue
    // An APIService of a user's own may take the place of the built-in metrics, and keep it over restarts.
    const mode = group === 'metrics.k8s.io' ? 'absent' : 'onstart'
    found.set(`${version}.${group}`, { mode, spec: specOf(group, version, priority) })
  }
  return found
}

function customWanted(name: string, definitions: readonly CustomResourceDefinition[]): Wanted | undefined {
  const owner = definitions.find(
    (crd) => namesOf(crd).includes(name) && crd.spec.versions.some((each) => each.served && `${each.name}.${crd.spec.group}` === name),
  )
  if (!owner) return undefined
  const version = name.slice(0, name.length - owner.spec.group.length - 1)
  return { mode: 'true', spec: specOf(owner.spec.group, version, customPriority) }
}

function namesOf({ spec }: CustomResourceDefinition): string[] {
  return spec.versions.map(({ name }) => `${name}.${spec.group}`)
}

function specOf(group: string, version: string, priority: { group: number; version: number }): APIService['spec'] {
  return { ...(group ? { group } : {}), version, groupPriorityMinimum: priority.group, versionPriority: priority.version }
}
