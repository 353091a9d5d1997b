/**
 * What kubelet 1.36.1 told of the same pods on the same answers of a runtime, status and events (`recorded.json` says how it was made).
 * Each pod is followed second by second until its status is the recorded one, and on until its events are.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { pod as podDefinition } from '#api/core/v1/pod.ts'
import type { Node, Pod, PodStatus } from '#api/gen/core/v1.ts'
import { configMaps } from '#api/gen/resources.ts'
import { refusal } from '../admission/refusal.ts'
import { type RecordedRuntime, recordedPodIp, replay } from '../testing/recorded-runtime.ts'
import { workerBench } from '../testing/worker-bench.ts'

interface RecordedPod {
  readonly name: string
  /** As it was sent. */
  readonly pod: Pod
  readonly runtime: RecordedRuntime
  readonly status: object
  readonly events: readonly string[]
}

const recorded: { readonly node: object; readonly pods: readonly RecordedPod[] } = JSON.parse(readFileSync(join(import.meta.dirname, 'recorded.json'), 'utf8'))
const patienceSeconds = 400
const node = { metadata: recorded.node, status: recorded.node } as unknown as Node

describe('a pod is told of as kubelet 1.36.1 told of it', () => {
  const others: Pod[] = []
  for (const { name, pod: sent, runtime, status, events } of recorded.pods) {
    const pod = structuredClone({ ...sent, metadata: { ...sent.metadata, namespace: 'default' } })
    podDefinition.defaults?.(pod)
    const rejection = refusal({ pod, node, others: [...others], pressure: [], allowedSysctls: [], hasAppArmor: () => false })
    if (!rejection) others.push(pod)
    test(name, async () => {
      const prepare = ((client) =>
        client.create(configMaps, { metadata: { name: 'cm', namespace: 'default' }, data: { a: '1', b: '2' } } as never)) satisfies NonNullable<
        Parameters<typeof workerBench>[3]
      >['prepare']
      const bench = await workerBench(pod.spec, {}, {}, { rejection, metadata: pod.metadata, runtime: replay(runtime), prepare })
      // Whoever refuses it tells it.
      const told = rejection ? [{ type: 'Warning', ...rejection, fieldPath: undefined }] : []
      const place = (text: string) => withoutLuck(text.replaceAll(bench.rootDir, 'ROOT'))
      const eventsNow = () =>
        [
          ...new Set(
            [...told, ...bench.recorder.events].map(({ type, reason, message, fieldPath }) =>
              place([type, reason, fieldPath, message].filter(Boolean).join(' ')),
            ),
          ),
        ].sort()
      const statusNow = () => JSON.parse(place(JSON.stringify(lines(bench.status()))))
      try {
        let closest: unknown
        for (let second = 0; second < patienceSeconds; second++) {
          closest = closer(status, closest, statusNow())
          if (isDeepStrictEqual(closest, status) && isDeepStrictEqual(eventsNow(), events)) return
          await bench.advance(1)
        }
        assert.deepEqual(closest, status)
        assert.deepEqual(eventsNow(), events)
      } finally {
        await bench.end()
      }
    })
  }
})

/** Which of two is more like the recorded one: what is shown when none is the same. */
function closer(recorded: object, one: unknown, other: unknown): unknown {
  if (one === undefined || isDeepStrictEqual(other, recorded)) return other
  if (isDeepStrictEqual(one, recorded)) return one
  const words = (status: unknown) => JSON.stringify(status).split(/[{},[\]]/)
  const wanted = new Set(words(recorded))
  const distance = (status: unknown) => words(status).filter((word) => !wanted.has(word)).length
  return distance(other) <= distance(one) ? other : one
}

/** Conditions as lines; what the cgroup says of the pod as a whole is left out, as there is none, and what the fake API keeps of a patch's own words. */
function lines({ resources: _, conditions = [], podIPs, ...rest }: PodStatus): object {
  return {
    ...rest,
    ...(podIPs ? { podIPs: podIPs.filter(({ ip }) => ip) } : {}),
    conditions: conditions.map(({ type, status, observedGeneration, reason, message }) =>
      [type, status, observedGeneration, reason, message].filter(Boolean).join(' '),
    ),
  }
}

function withoutLuck(text: string): string {
  return text
    .replace(/\buid-\d+\b/g, 'UID')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UID')
    .replace(/containerd:\/\/container-\d+/g, 'containerd://HEX')
    .replace(/[0-9a-f]{64}/g, 'HEX')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(recordedPodIp, 'POD-IP')
    .replaceAll('192.0.2.1', 'NODE-IP')
    .replace(/in [\d.]+m?s \([\d.]+m?s including waiting\)/g, 'in T (T including waiting)')
}
