/** The kinds of coordination.k8s.io. */
import type { ResourceDefinition } from '#api/types.ts'
import { lease } from './lease.ts'

export const coordinationDefinitions: readonly ResourceDefinition[] = [lease]
