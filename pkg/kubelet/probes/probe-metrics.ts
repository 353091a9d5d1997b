/** GET /metrics/probes: how often each probe asked, with which result, and how long it took. */
import type { Pod } from '#api/gen/core/v1.ts'
import { Exposition } from '../stats/exposition.ts'

type Result = 'successful' | 'failed' | 'unknown'
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

interface Line {
  readonly uid: string
  readonly labels: Readonly<Record<string, string>>
  readonly counts: Map<Result, number>
  readonly buckets: number[]
  sum: number
  count: number
}

export class ProbeMetrics {
  readonly #lines = new Map<string, Line>()

  record({ metadata }: Pod, container: string, type: string, result: Result, seconds: number): void {
    const key = `${metadata.uid}/${container}/${type}`
    let line = this.#lines.get(key)
    if (!line) {
      const labels = { container, namespace: metadata.namespace ?? '', pod: metadata.name, pod_uid: metadata.uid, probe_type: type }
      line = { uid: metadata.uid, labels, counts: new Map(), buckets: bounds.map(() => 0), sum: 0, count: 0 }
      this.#lines.set(key, line)
    }
    line.counts.set(result, (line.counts.get(result) ?? 0) + 1)
    line.count++
    line.sum += seconds
    for (const [index, bound] of bounds.entries()) if (seconds <= bound) line.buckets[index]!++
  }

  forget(podUid: string): void {
    for (const [key, { uid }] of this.#lines) if (uid === podUid) this.#lines.delete(key)
  }

  text(): string {
    const text = new Exposition()
      .family('prober_probe_duration_seconds', 'histogram', '[ALPHA] Duration in seconds for a probe response.')
      .family('prober_probe_total', 'counter', '[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.')
    for (const { labels, counts, buckets, sum, count } of this.#lines.values()) {
      const { pod_uid: _uid, ...short } = labels
      for (const [index, bound] of bounds.entries()) text.sample('prober_probe_duration_seconds_bucket', { ...short, le: String(bound) }, buckets[index]!)
      text.sample('prober_probe_duration_seconds_bucket', { ...short, le: '+Inf' }, count)
      text.sample('prober_probe_duration_seconds_sum', short, sum)
      text.sample('prober_probe_duration_seconds_count', short, count)
      for (const [result, times] of counts) text.sample('prober_probe_total', { ...labels, result }, times)
    }
    return text.toString()
  }
}
