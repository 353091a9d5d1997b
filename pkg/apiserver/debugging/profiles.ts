/** Profiles of this process by V8's own sampling. One at a time: the sampler is the process's. */
import { type HeapProfiler, type Profiler, Session } from 'node:inspector/promises'
import { type Clock, sleep } from '#base/clock.ts'
import { encodePprof, type Frame, type Sample } from './pprof.ts'

export interface ProfileOptions {
  readonly clock: Clock
  readonly durationMs: number
  readonly signal: AbortSignal
}

/** Microseconds between samples: a hundred a second, as Go's. */
const cpuIntervalUs = 10_000
const heapIntervalBytes = 32 * 1024

let isBusy = false

/** Undefined: another profile is being made. */
export type ProfileOf = (options: ProfileOptions) => Promise<Buffer | undefined>

function exclusive(work: (session: Session, options: ProfileOptions) => Promise<Buffer>): ProfileOf {
  return async (options) => {
    if (isBusy) return undefined
    isBusy = true
    const session = new Session()
    try {
      session.connect()
      return await work(session, options)
    } finally {
      session.disconnect()
      isBusy = false
    }
  }
}

export const cpuProfile = exclusive(async (session, { clock, durationMs, signal }) => {
  const startedAtMs = clock.now()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: cpuIntervalUs })
  await session.post('Profiler.start')
  await sleep(clock, durationMs, signal)
  const { profile } = await session.post('Profiler.stop')
  const types = [
    { type: 'samples', unit: 'count' },
    { type: 'cpu', unit: 'nanoseconds' },
  ]
  const period = { type: 'cpu', unit: 'nanoseconds', value: cpuIntervalUs * 1000 }
  return encodePprof({ types, samples: cpuSamples(profile), startedAtMs, durationMs, period })
})

export const allocationProfile = exclusive(async (session, { clock, durationMs, signal }) => {
  const startedAtMs = clock.now()
  await session.post('HeapProfiler.enable')
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: heapIntervalBytes,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  })
  await sleep(clock, durationMs, signal)
  const { profile } = await session.post('HeapProfiler.stopSampling')
  const types = [{ type: 'alloc_space', unit: 'bytes' }]
  const period = { type: 'space', unit: 'bytes', value: heapIntervalBytes }
  return encodePprof({ types, samples: [...heapSamples(profile.head, [])], startedAtMs, durationMs, period })
})

const frameOf = ({ functionName, url, lineNumber }: { functionName: string; url: string; lineNumber: number }): Frame => ({ functionName, url, lineNumber })
/** What V8 adds of its own, of which idle time is most. */
const isOwn = (name: string): boolean => ['(root)', '(idle)', '(program)'].includes(name)

function cpuSamples({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Sample[] {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const counts = new Map<number, { count: number; us: number }>()
  for (const [index, id] of samples.entries()) {
    const found = counts.get(id) ?? { count: 0, us: 0 }
    counts.set(id, { count: found.count + 1, us: found.us + (timeDeltas[index] ?? 0) })
  }
  return [...counts].flatMap(([id, { count, us }]) => {
    const stack: Frame[] = []
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const { callFrame } = byId.get(at)!
      if (!isOwn(callFrame.functionName)) stack.push(frameOf(callFrame))
    }
    return stack.length === 0 ? [] : [{ stack, values: [count, us * 1000] }]
  })
}

function* heapSamples({ callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode, above: readonly Frame[]): Generator<Sample> {
  const stack = isOwn(callFrame.functionName) ? above : [frameOf(callFrame), ...above]
  if (selfSize > 0 && stack.length > 0) yield { stack, values: [selfSize] }
  for (const child of children) yield* heapSamples(child, stack)
}
