/** All of Sprig's functions but those of the operating system, which no program here hands to templates. */
import type { GoFunction } from '../types.ts'
import { cryptoFunctions } from './crypto.ts'
import { dateFunctions } from './dates.ts'
import { defaultFunctions } from './defaults.ts'
import { dictFunctions } from './dicts.ts'
import { listFunctions } from './lists.ts'
import { numberFunctions } from './numbers.ts'
import { pathFunctions } from './paths.ts'
import { regexpFunctions } from './regexps.ts'
import { semverFunctions } from './semver.ts'
import { stringFunctions } from './strings.ts'
import { urlFunctions } from './urls.ts'

/** `now`: the clock, in nanoseconds since 1970. */
export function sprigFunctions(now: () => bigint = () => BigInt(Date.now()) * 1_000_000n): Map<string, GoFunction> {
  const all = {
    ...stringFunctions,
    ...numberFunctions,
    ...listFunctions,
    ...dictFunctions,
    ...defaultFunctions,
    ...cryptoFunctions,
    ...dateFunctions(now),
    ...pathFunctions,
    ...regexpFunctions,
    ...semverFunctions,
    ...urlFunctions,
  }
  return new Map(Object.entries(all))
}
