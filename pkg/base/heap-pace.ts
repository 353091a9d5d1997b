/**
 * V8's `--optimize-for-size` only while a process idles. With it a heap stays as small as it can be, and a process that works spends
 * half of its time on collections (bench/fleet.bench.ts); without it an idle one holds a fifth more.
 */
import { PerformanceObserver, performance } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import type { Clock } from './clock.ts'

export interface Heap {
  /** Calls back with the number of collections since the last call, as they happen. */
  onCollections(listener: (count: number) => void): void
  /** The share of its time that the process has worked since the last call, from 0 to 1. */
  utilization(): number
  favourSize(isFavoured: boolean): void
}

/** So many collections within five seconds are work; a start has half as many. */
const busyCollections = 100
const windowMs = 5000
/** A process that works less than this over so long idles. */
const idleUtilization = 0.1
const idleMs = 10_000

/** For a process that was started with `--optimize-for-size`; goes on as long as it lives, and costs an idle one nothing. */
export function paceHeap(clock: Clock, heap: Heap = ownHeap()): void {
  let isWorking = false
  let since = clock.now()
  let collections = 0
  const untilIdle = (): void => {
    clock.after(idleMs, () => {
      if (heap.utilization() >= idleUtilization) return untilIdle()
      isWorking = false
      heap.favourSize(true)
    })
  }
  heap.onCollections((count) => {
    if (isWorking) return
    if (clock.now() - since > windowMs) {
      since = clock.now()
      collections = 0
    }
    collections += count
    if (collections < busyCollections) return
    isWorking = true
    collections = 0
    heap.utilization()
    heap.favourSize(false)
    untilIdle()
  })
}

function ownHeap(): Heap {
  let before = performance.eventLoopUtilization()
  return {
    onCollections(listener) {
      new PerformanceObserver((list) => listener(list.getEntries().length)).observe({ entryTypes: ['gc'] })
    },
    utilization() {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, before)
      before = now
      return utilization
    },
    favourSize: (isFavoured) => setFlagsFromString(isFavoured ? '--optimize-for-size' : '--no-optimize-for-size'),
  }
}
