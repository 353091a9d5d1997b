/** --server-side: "auto" keeps to what the release before did. */
import type { Release } from '../release/release.ts'

/** Throws for any other word. */
export function serverSideOf(option: string, before: Release['applyMethod']): boolean {
  if (option === 'auto') return before === 'ssa'
  if (option === 'true' || option === 'false') return option === 'true'
  throw new Error(`invalid/unknown release server-side apply method: ${option}`)
}
