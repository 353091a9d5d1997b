/** What `seed.ts` would make, made beforehand: the bundle has this module with its texts (`tools/record-seeds.ts`), the sources have none. */
import type { PreparedSeeds } from './seed.ts'

export const preparedSeeds: PreparedSeeds | undefined = undefined
