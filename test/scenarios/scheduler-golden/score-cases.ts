/** Random clusters whose scores were written down, and what is kept of each pod that was placed there. */
import { readFileSync } from 'node:fs'
import type { RandomCluster } from './random-cluster.ts'
import { randomCluster } from './random-cluster.ts'

/** Several profiles: every argument of a plugin that scores. */
export const profilesFile = readFileSync(new URL('profiles.yaml', import.meta.url), 'utf8')

export const scoreCases: Readonly<Record<string, RandomCluster>> = {
  'default profile': randomCluster(1, 24, 60, 60, [], 'random'),
  'profiles of a file': randomCluster(2, 24, 60, 75, ['default-scheduler', 'least', 'most', 'ratio', 'falling'], 'random'),
}

/** Node, or what was said instead; and by plugin what it gave each node that would do, its weight included, in the nodes' order. */
export interface Scored {
  readonly node?: string
  readonly message?: string
  readonly scores?: Readonly<Record<string, readonly number[]>>
  /** The nodes that would do, by their place; absent: the one node. */
  readonly feasible?: readonly number[]
}
