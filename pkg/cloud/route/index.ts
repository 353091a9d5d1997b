/**
 * Route controller: the cloud's network knows the way to each node's pods; a node that has none is told so by its condition NetworkUnavailable.
 * In: nodes, the provider's routes. Out: routes, that condition. Upstream: cloud-provider's controllers/route.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Node, NodeCondition } from '#api/gen/core/v1.ts'
import { nodes } from '#api/gen/resources.ts'
import { rfc3339 } from '#base/clock.ts'
import { type Controller, type ControllerContext, input, output, type ReconcileResult } from '#runtime/types.ts'
import type { CloudSettings, Route, Routes } from '../types.ts'
import { planRoutes, podCidrsOf } from './plan.ts'

const key = 'routes'
/** However many nodes come and go. */
const leastPauseMs = 10_000
const atOnce = 200

export function routeController({ provider: { routes }, clusterCidrs = [] }: CloudSettings): Controller | undefined {
  if (!routes || clusterCidrs.length === 0) return undefined
  let lastMs = Number.NEGATIVE_INFINITY
  return {
    name: 'node-route-controller',
    account: 'route-controller',
    eventSource: 'route_controller',
    workers: 1,
    inputs: [
      input(nodes, {
        keys: (node, _change, previous) => {
          const same =
            previous && isDeepStrictEqual(podCidrsOf(previous), podCidrsOf(node)) && isDeepStrictEqual(previous.status?.addresses, node.status?.addresses)
          return same ? [] : [key]
        },
      }),
    ],
    outputs: [output(nodes, 'condition NetworkUnavailable')],
    async reconcile(_key, context): Promise<ReconcileResult | undefined> {
      const waitMs = lastMs + leastPauseMs - context.clock.now()
      if (waitMs > 0) return { requeueAfterMs: waitMs }
      lastMs = context.clock.now()
      await reconcileRoutes(routes, clusterCidrs, context)
      return undefined
    },
  }
}

async function reconcileRoutes(routes: Routes, clusterCidrs: readonly string[], context: ControllerContext): Promise<void> {
  const all = context.cache(nodes).list()
  const present = await routes.list().catch((error: Error) => {
    throw new Error(`error listing routes: ${error.message}`, { cause: error })
  })
  const { remove, create } = planRoutes(all, present, clusterCidrs)
  const failures: unknown[] = []
  // First those that go: one that is to change is deleted and made anew.
  await each(remove, (route) => removeRoute(routes, route, context), failures)
  const without = new Set<string>()
  await each(
    create,
    async ({ node, route }) => {
      try {
        await createRoute(routes, node, route, context)
      } catch (error) {
        without.add(node.metadata.name)
        throw error
      }
    },
    failures,
  )
  await each(all, (node) => setCondition(node, podCidrsOf(node).length > 0 && !without.has(node.metadata.name), context), failures)
  if (failures.length > 0) throw failures[0]
}

/** So many at a time; what fails does not hold up the others. */
async function each<T>(list: readonly T[], act: (item: T) => Promise<void>, failures: unknown[]): Promise<void> {
  for (let first = 0; first < list.length; first += atOnce) {
    const ends = await Promise.allSettled(list.slice(first, first + atOnce).map(act))
    for (const end of ends) if (end.status === 'rejected') failures.push(end.reason)
  }
}

async function removeRoute(routes: Routes, route: Route, { log }: ControllerContext): Promise<void> {
  log.info('deleting a route', { route: route.name, destination: route.destinationCidr })
  await routes.delete(route)
}

async function createRoute(routes: Routes, { metadata: { name, uid } }: Node, route: Route, { clock, events }: ControllerContext): Promise<void> {
  const startMs = clock.now()
  try {
    await routes.create(uid, route)
  } catch (error) {
    const took = `${clock.now() - startMs}ms`
    const message = `Could not create route ${uid} ${route.destinationCidr} for node ${name} after ${took}: ${(error as Error).message}`
    events.event({ apiVersion: 'v1', kind: 'Node', name, uid }, 'Warning', 'FailedToCreateRoute', message)
    throw error
  }
}

const withRoute = { status: 'False', reason: 'RouteCreated', message: 'RouteController created a route' }
const withoutRoute = { status: 'True', reason: 'NoRouteCreated', message: 'RouteController failed to create a route' }

async function setCondition({ metadata, status }: Node, hasRoute: boolean, { client, clock }: ControllerContext): Promise<void> {
  const wanted = hasRoute ? withRoute : withoutRoute
  const current = status?.conditions?.find(({ type }) => type === 'NetworkUnavailable')
  if (current?.status === wanted.status && current.reason === wanted.reason) return
  const now = rfc3339(clock.now())
  const condition: NodeCondition = { type: 'NetworkUnavailable', ...wanted, lastHeartbeatTime: now, lastTransitionTime: now }
  await client.patch(nodes, { name: metadata.name }, { status: { conditions: [condition] } }, { type: 'strategic', subresource: 'status' })
}
