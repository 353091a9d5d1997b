/** Takes the place of every source of chance and of the machine's time, so that a seed decides a whole run. */
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import type { Clock } from '#base/clock.ts'
import type { SeededRandom } from '#base/seeded-random.ts'

/** Until the answered function is called; one run at a time in a process. */
export function decideAll(random: SeededRandom, clock: Clock): () => void {
  const before = {
    random: Math.random,
    now: Date.now,
    performanceNow: performance.now,
    uuid: crypto.randomUUID,
    int: crypto.randomInt,
    bytes: crypto.randomBytes,
  }
  const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random.below(256)))
  Math.random = () => random.next()
  Date.now = () => clock.now()
  performance.now = () => clock.now()
  crypto.randomUUID = (() => {
    const hex = bytes(16).toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
  }) as typeof crypto.randomUUID
  crypto.randomInt = ((first: number, second?: number) =>
    second === undefined ? random.below(first) : first + random.below(second - first)) as typeof crypto.randomInt
  crypto.randomBytes = bytes as typeof crypto.randomBytes
  syncBuiltinESMExports()
  return () => {
    Math.random = before.random
    Date.now = before.now
    performance.now = before.performanceNow
    crypto.randomUUID = before.uuid
    crypto.randomInt = before.int
    crypto.randomBytes = before.bytes
    syncBuiltinESMExports()
  }
}
