/** Runs controllers: shared caches, a queue and workers each, retries, metrics, and an orderly stop. */
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { createEventRecorder } from '#client/events.ts'
import { createInformerFactory } from '#client/informer.ts'
import type { Informer, InformerFactory, InformerOptions } from '#client/informer-types.ts'
import type { Client } from '#client/types.ts'
import type { WorkQueue } from '#client/workqueue.ts'
import { joinMetrics } from './join-metrics.ts'
import { renderMetrics } from './metrics.ts'
import { assertSingleOwners, controllerGraph } from './ownership.ts'
import type { Change, Controller, ControllerContext, Input } from './types.ts'
import { type ControllerMetrics, WorkerPool } from './worker-pool.ts'

export interface ManagerOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly controllers: readonly Controller[]
  /** The client of a controller's own account; absent: all of them share `client`, which the caches always ask by. */
  readonly clientOf?: (account: string) => Client
  /** Shared with others in this process when given. */
  readonly informers?: InformerFactory
  /** As `StartManagerOptions` has them. */
  readonly resyncMs?: number
  readonly startIntervalMs?: number
  /** As the metrics call it; default kube-controller-manager. */
  readonly name?: string
}

export interface Manager {
  /** Resolves after the signal aborted and work under way has ended. */
  run(signal: AbortSignal): Promise<void>
  /** Resolves when all caches have synced and the workers run, but for controllers that are optional. */
  readonly ready: Promise<void>
  graph(): string
  metrics(): readonly ControllerMetrics[]
  /** The metrics in Prometheus' text format. */
  metricsText(): string
}

export function createManager(options: ManagerOptions): Manager {
  const { client: shared, clientOf, clock, log, controllers, informers: given, name: managerName, resyncMs, startIntervalMs = 0 } = options
  assertSingleOwners(controllers)
  const informers = given ?? createInformerFactory(shared, { clock, log: log.named('informers') })
  const ready = Promise.withResolvers<void>()
  const pools: WorkerPool[] = []
  for (const controller of controllers) for (const each of controller.inputs) declare(informers, each)

  function contextOf(controller: Controller, signal: AbortSignal, queue: WorkQueue): ControllerContext {
    const declared = new Set<Informer<any>>(controller.inputs.map(({ resource, scope }) => informers.informer(resource, scope)))
    const { name, account } = controller
    const client = account === undefined || !clientOf ? shared : clientOf(account)
    return {
      client,
      clock,
      log: log.named(name),
      events: createEventRecorder({ client, clock, log: log.named(name), component: controller.eventSource ?? name }),
      cache<T extends KubeObject>(of: ResourceRef<T>, scope?: InformerOptions): Informer<T> {
        const informer = informers.informer(of, scope)
        if (!declared.has(informer)) throw new Error(`${name} reads ${of.plural}, which is not among its inputs`)
        return informer
      },
      enqueue: (key, afterMs = 0) => queue.addAfter(key, afterMs),
      signal,
    }
  }

  return {
    ready: ready.promise,
    async run(signal) {
      for (const controller of controllers) pools.push(new WorkerPool(controller, (queue) => contextOf(controller, signal, queue), clock))
      const aborted = new Promise<void>((resolve) => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve(), { once: true })
      })
      const removals: (() => void)[] = []
      const running: Promise<void>[] = []
      // Each starts when what it reads is there; one kind that cannot be listed does not hold up the others.
      const starting = pools.map((pool, index) => ({ pool, started: begin(pool, index * startIntervalMs) }))
      async function begin(pool: WorkerPool, afterMs: number): Promise<void> {
        if (afterMs > 0) await sleep(clock, afterMs, signal)
        const { inputs, name } = pool.controller
        await Promise.race([aborted, Promise.all(inputs.map(({ resource, scope }) => informers.informer(resource, scope).synced))])
        if (signal.aborted) return
        // What is there already is told at once, and a controller's own notes are made when it starts.
        const run = pool.run()
        for (const each of inputs) removals.push(wake(informers, each, pool))
        void resync(pool)
        running.push(run)
        run.catch((error) => log.error('a controller ended', { controller: name, error }))
      }
      /** What a missed change would have left undone is done in the end. */
      async function resync(pool: WorkerPool): Promise<void> {
        const { inputs, resyncMs: periodMs = resyncMs } = pool.controller
        if (periodMs === undefined) return
        for (;;) {
          await sleep(clock, periodMs * (1 + Math.random()), signal)
          if (signal.aborted) return
          for (const { resource, scope, keys } of inputs)
            for (const each of keys ? informers.informer(resource, scope).list() : []) pool.enqueue(keys!(each, 'update', each, pool.context))
        }
      }
      void informers.start(signal)
      await Promise.all(starting.filter(({ pool }) => !pool.controller.isOptional).map(({ started }) => started))
      ready.resolve()
      await aborted
      for (const remove of removals) remove()
      for (const pool of pools) pool.close()
      await Promise.allSettled(running)
    },
    graph: () => controllerGraph(controllers),
    metrics: () => pools.map((pool) => pool.metrics),
    metricsText: () => {
      const own = controllers.map(({ metrics }) => metrics?.text() ?? '')
      return joinMetrics([
        renderMetrics(
          pools.map((pool) => pool.metrics),
          managerName,
        ),
        ...own,
      ])
    },
  }
}

function declare(informers: InformerFactory, { resource, scope, indexes = {} }: Input): void {
  const informer = informers.informer(resource, scope)
  for (const [name, valuesOf] of Object.entries(indexes)) informer.addIndex(name, valuesOf)
}

/** Lets changes of an input wake its controller. */
function wake(informers: InformerFactory, { resource, scope, keys }: Input, pool: WorkerPool): () => void {
  if (!keys) return () => {}
  const on = (change: Change, object: any, previous?: any) => pool.enqueue(keys(object, change, previous, pool.context))
  return informers.informer(resource, scope).addHandler({
    onAdd: (object) => on('add', object),
    onUpdate: (previous, object) => on('update', object, previous),
    onDelete: (object) => on('delete', object),
  })
}
