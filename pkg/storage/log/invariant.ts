import { StoreFailedError } from '../types.ts'

/** Checked in production: a store that is wrong about itself must stop writing. */
export function invariant(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new StoreFailedError(`store invariant broken: ${message()}`)
}
