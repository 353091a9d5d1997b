/**
 * Tells when a node sends no new connections to an address any more.
 *
 * A pod that is told to stop while connections still arrive refuses some of them; upstream leaves that race to
 * preStop sleeps. Here the agent knows both sides: the kubelet asks, and waits the few milliseconds until the
 * endpoint controller has marked the address terminating and this node's rules have followed.
 */
import { endpointSlices } from '#api/gen/resources.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { InformerFactory } from '#client/informer-types.ts'
import { EndpointAddresses } from './endpoint-addresses.ts'

export interface DrainOptions {
  readonly informers: InformerFactory
  /** Resolves when what is known now is in the kernel. */
  readonly settled: () => Promise<void>
  readonly clock: Clock
  /** After so long a pod is stopped whatever its endpoints say. */
  readonly limitMs?: number
  readonly nodeName: string
  /** For connections on their way that the process has yet to accept. */
  readonly acceptMs?: number
  /** The same where other nodes serve as well: their rules follow the same event, on a busy machine somewhat later. */
  readonly othersMs?: number
}

/** Registers its informer: call before the factory starts. */
export function createDrain(options: DrainOptions): (address: string) => Promise<void> {
  const { informers, settled, clock, nodeName, limitMs = 2_000, acceptMs = 100, othersMs = 400 } = options
  const waiting = new Set<() => void>()
  const endpoints = new EndpointAddresses(informers.informer(endpointSlices), nodeName, () => {
    for (const look of waiting) look()
  })

  return async (address) => {
    // An endpoint that is terminating already may still be in the rules: the news of it can come before the kubelet asks.
    if (address === '' || !endpoints.isKnown(address)) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = (): void => {
      if (!endpoints.isServed(address)) resolve()
    }
    const timer = clock.after(limitMs, resolve)
    waiting.add(look)
    look()
    await promise
    timer.cancel()
    waiting.delete(look)
    await settled()
    await sleep(clock, endpoints.isAlone() ? acceptMs : othersMs)
  }
}
