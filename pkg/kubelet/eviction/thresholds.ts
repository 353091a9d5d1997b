/** Which thresholds are met, and what that means for the node and for its pods. Pure. */
import { Quantity } from '#apimachinery/quantity.ts'
import { bytes } from '../runtime/resources.ts'
import type { Observation, Observations, PressureCondition, Signal, StarvedResource, Thresholds } from './types.ts'

export interface MetThreshold {
  readonly signal: Signal
  /** As it is told: what was configured, or the bytes that a percentage comes to. */
  readonly amount: Quantity
  readonly observed: Observation
}

export const conditionOf: Readonly<Record<Signal, PressureCondition>> = {
  'memory.available': 'MemoryPressure',
  'nodefs.available': 'DiskPressure',
  'nodefs.inodesFree': 'DiskPressure',
  'imagefs.available': 'DiskPressure',
  'imagefs.inodesFree': 'DiskPressure',
  'pid.available': 'PIDPressure',
}

export const resourceOf: Readonly<Record<Signal, StarvedResource>> = {
  'memory.available': 'memory',
  'nodefs.available': 'ephemeral-storage',
  'nodefs.inodesFree': 'inodes',
  'imagefs.available': 'ephemeral-storage',
  'imagefs.inodesFree': 'inodes',
  'pid.available': 'pids',
}

/** Memory first: it hurts soonest. */
const order: readonly Signal[] = ['memory.available', 'nodefs.available', 'nodefs.inodesFree', 'imagefs.available', 'imagefs.inodesFree', 'pid.available']

/** With `margins`, a signal must be so far above its threshold not to count. */
export function thresholdsMet(thresholds: Thresholds, observations: Observations, margins: Thresholds = {}): MetThreshold[] {
  const met: MetThreshold[] = []
  for (const signal of order) {
    const text = thresholds[signal]
    const observed = observations.get(signal)
    if (text === undefined || !observed) continue
    const threshold = quantityOf(text, observed.capacity)
    const margin = margins[signal] === undefined ? 0 : quantityOf(margins[signal], observed.capacity)
    if (observed.available < threshold + margin)
      met.push({ signal, amount: text.endsWith('%') ? Quantity.of(threshold, 'BinarySI') : Quantity.parse(text), observed })
  }
  return met
}

export function quantityOf(text: string, capacity: number): number {
  // Upstream keeps a percentage in single precision, and multiplies in double: the same bytes come out.
  return text.endsWith('%') ? Math.floor(capacity * Math.fround(Number(text.slice(0, -1)) / 100)) : bytes(text)
}

/** A condition holds on for a while after it was last seen, so that a node does not swing. */
export class PressureConditions {
  readonly #seenAt = new Map<PressureCondition, number>()
  readonly #transitionMs: number

  constructor(transitionMs: number) {
    this.#transitionMs = transitionMs
  }

  observe(met: readonly MetThreshold[], nowMs: number): void {
    for (const { signal } of met) this.#seenAt.set(conditionOf[signal], nowMs)
  }

  current(nowMs: number): PressureCondition[] {
    return [...this.#seenAt].filter(([, at]) => nowMs - at < this.#transitionMs).map(([condition]) => condition)
  }
}
