/** How much a directory takes, looked up again only after a while: a walk of the disk is dear. */
import type { Clock } from '#base/clock.ts'
import { usedBytes } from '../eviction/observe.ts'

const maxRemembered = 5000

export function rememberedTreeBytes(clock: Clock, periodMs: number): (path: string) => Promise<number> {
  const known = new Map<string, { readonly bytes: Promise<number>; readonly at: number }>()
  return (path) => {
    const before = known.get(path)
    if (before && clock.now() - before.at < periodMs) return before.bytes
    const bytes = usedBytes(path)
    known.delete(path)
    known.set(path, { bytes, at: clock.now() })
    if (known.size > maxRemembered) known.delete(known.keys().next().value!)
    return bytes
  }
}
