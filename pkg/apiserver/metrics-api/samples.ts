/** What the kubelets last said of cpu and memory, asked for when someone asks us: nobody who looks, nothing that polls. */
import type { Clock } from '#base/clock.ts'
import { sleep } from '#base/clock.ts'
import type { Client } from '#client/types.ts'
import { type NodeSample, parseSample } from './parse.ts'

/** metrics-server's --metric-resolution: within it an answer is repeated. */
const freshMs = 15_000
/** A rate over more than this says nothing about now. */
const longestWindowMs = 120_000
/** Between the two looks that a first rate needs. */
const firstWindowMs = 1_000
const timeoutMs = 8_000

export interface NodeWindow {
  readonly previous?: NodeSample
  readonly latest: NodeSample
}

export interface Samples {
  /** Two looks at each node that answers, by its name. */
  windows(nodeNames: readonly string[]): Promise<ReadonlyMap<string, NodeWindow>>
}

export function createSamples(client: Client, clock: Clock): Samples {
  const known = new Map<string, NodeWindow>()
  const running = new Map<string, Promise<void>>()

  async function look(node: string): Promise<void> {
    const path = `/api/v1/nodes/${encodeURIComponent(node)}/proxy/metrics/resource`
    const response = await client.request({ method: 'GET', path, signal: AbortSignal.timeout(timeoutMs) })
    if (response.status !== 200) return
    const latest = parseSample(await response.text(), clock.now())
    const before = known.get(node)?.latest
    const usable = before && latest.atMs > before.atMs && latest.atMs - before.atMs <= longestWindowMs
    known.set(node, usable ? { previous: before, latest } : { latest })
  }

  async function refresh(node: string): Promise<void> {
    const window = known.get(node)
    if (window?.previous && clock.now() - window.latest.atMs < freshMs) return
    await look(node)
    if (!known.get(node) || known.get(node)?.previous) return
    await sleep(clock, firstWindowMs)
    await look(node)
  }

  return {
    async windows(nodeNames) {
      const wanted = new Set(nodeNames)
      await Promise.all(
        [...wanted].map((node) => {
          const shared =
            running.get(node) ??
            refresh(node)
              .catch(() => {})
              .finally(() => running.delete(node))
          running.set(node, shared)
          return shared
        }),
      )
      const now = clock.now()
      const found = new Map<string, NodeWindow>()
      // A node that does not answer any more has no usage, rather than an old one.
      for (const [node, window] of known) {
        if (now - window.latest.atMs > longestWindowMs) known.delete(node)
        else if (wanted.has(node)) found.set(node, window)
      }
      return found
    },
  }
}
