/**
 * Keeps the default objects, follows what is configured, and tells of schemas whose level does not exist. Upstream: the
 * flowcontrol rest storage's bootstrap and the configController.
 */
import type { FlowSchema, PriorityLevelConfiguration } from '#api/gen/flowcontrol/v1.ts'
import { flowSchemas, priorityLevelConfigurations } from '#api/gen/resources.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import type { ResourceRef } from '#apimachinery/object.ts'
import { isAlreadyExists, isConflict, isNotFound } from '#apimachinery/status-error.ts'
import { type Clock, rfc3339, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Client } from '#client/types.ts'
import type { Seed } from '../bootstrap/seed.ts'
import type { ReadAccess } from '../cached-reader.ts'
import { autoUpdateAnnotation, mandatory, suggested } from './defaults.ts'
import type { FlowControl } from './index.ts'

export interface FlowControlControllerOptions extends ReadAccess {
  readonly clock: Clock
  readonly log: Logger
  readonly flowControl: FlowControl
}

const ensureMs = 60_000
/** Who writes the objects, and who their status: they are in managedFields. */
const producer = 'api-priority-and-fairness-config-producer-v1'
const consumer = 'api-priority-and-fairness-config-consumer-v1'

/** Registers its informers; `start` is for after they have synced. */
export function flowControlController(options: FlowControlControllerOptions): { start(signal: AbortSignal): void } {
  const { informers, client, clock, log, flowControl } = options
  const schemas = informers.informer(flowSchemas)
  const levels = informers.informer(priorityLevelConfigurations)
  let pending = false

  async function reconcile(): Promise<void> {
    flowControl.configure(schemas.list(), levels.list())
    for (const schema of schemas.list()) {
      try {
        await tellDangling(client, schema, levels.get(undefined, schema.spec.priorityLevelConfiguration.name) !== undefined, clock.now())
      } catch (error) {
        if (!isConflict(error) && !isNotFound(error)) log.warn('the status of a FlowSchema cannot be written', { name: schema.metadata.name, error })
      }
    }
  }
  return {
    start(signal) {
      const changed = (): void => {
        if (pending || signal.aborted) return
        pending = true
        setImmediate(() => {
          pending = false
          if (!signal.aborted) void reconcile()
        })
      }
      const handler = { onAdd: changed, onUpdate: changed, onDelete: changed }
      const removers = [schemas.addHandler(handler), levels.addHandler(handler)]
      signal.addEventListener('abort', () => removers.forEach((remove) => void remove()), { once: true })
      flowControl.start(signal)
      changed()
      void (async () => {
        for (;;) {
          await sleep(clock, ensureMs, signal)
          if (signal.aborted) return
          await ensureFlowControlObjects(client).catch((error: unknown) => log.warn('the flow control objects cannot be ensured', { error }))
        }
      })()
    },
  }
}

const asCreated = ({ metadata, spec }: FlowSchema | PriorityLevelConfiguration) => ({ metadata, spec })

/** For a store that has nothing yet. */
export const flowControlSeeds: readonly Seed[] = [
  { of: priorityLevelConfigurations, manager: producer, objects: () => [...mandatory.levels, ...suggested.levels].map(asCreated) as never },
  { of: flowSchemas, manager: producer, objects: () => [...mandatory.schemas, ...suggested.schemas].map(asCreated) as never },
]

/** Makes what is missing; puts mandatory objects right, and suggested ones that are not their owner's own by now. */
export async function ensureFlowControlObjects(client: Client): Promise<void> {
  const ensureAll = async <T extends FlowSchema | PriorityLevelConfiguration>(of: ResourceRef<T>, fixed: readonly T[], free: readonly T[]): Promise<void> => {
    const { items } = await client.list(of)
    const current = new Map(items.map((each) => [each.metadata.name, each]))
    await Promise.all([
      ...fixed.map((each) => ensure(client, of, each, current.get(each.metadata.name), true)),
      ...free.map((each) => ensure(client, of, each, current.get(each.metadata.name), false)),
    ])
  }
  await ensureAll(priorityLevelConfigurations, mandatory.levels, suggested.levels)
  await ensureAll(flowSchemas, mandatory.schemas, suggested.schemas)
}

async function ensure<T extends FlowSchema | PriorityLevelConfiguration>(
  client: Client,
  of: ResourceRef<T>,
  wanted: T,
  current: T | undefined,
  always: boolean,
): Promise<void> {
  try {
    if (!current) {
      await client.create(of, asCreated(wanted) as never, { fieldManager: producer })
      return
    }
    const annotation = current.metadata.annotations?.[autoUpdateAnnotation]
    // Without a word on it, an object that was never changed is still ours.
    const automatic = always || (annotation === 'true' || annotation === 'false' ? annotation === 'true' : current.metadata.generation === 1)
    const annotations = { ...current.metadata.annotations, [autoUpdateAnnotation]: String(automatic) }
    const spec = automatic && !coveredBy(wanted.spec, current.spec) ? wanted.spec : current.spec
    if (spec === current.spec && annotation === String(automatic)) return
    await client.update(of, { ...current, metadata: { ...current.metadata, annotations }, spec } as never, { fieldManager: producer })
  } catch (error) {
    if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error
  }
}

/** Equal but for what defaulting added. */
function coveredBy(wanted: unknown, current: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null || typeof current !== 'object' || current === null) return semanticEqual(wanted, current)
  if (Array.isArray(wanted)) return Array.isArray(current) && wanted.length === current.length && wanted.every((each, at) => coveredBy(each, current[at]))
  return Object.entries(wanted).every(([key, value]) => coveredBy(value, (current as Record<string, unknown>)[key]))
}

async function tellDangling(client: Client, schema: FlowSchema, exists: boolean, nowMs: number): Promise<void> {
  const before = schema.status.conditions?.find(({ type }) => type === 'Dangling')
  const status = exists ? 'False' : 'True'
  if (before?.status === status) return
  const what = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(schema.spec.priorityLevelConfiguration.name)}`
  const condition = {
    type: 'Dangling',
    status,
    reason: exists ? 'Found' : 'NotFound',
    message: exists ? `${what} and it exists` : `${what} but there is no such object`,
    lastTransitionTime: rfc3339(nowMs),
  }
  const { name } = schema.metadata
  const patch = { apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind: 'FlowSchema', metadata: { name }, status: { conditions: [condition] } }
  await client.patch(flowSchemas, { name }, patch, { type: 'apply', subresource: 'status', fieldManager: consumer, force: true })
}
