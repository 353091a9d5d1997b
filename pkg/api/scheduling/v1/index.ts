/** The kinds of scheduling.k8s.io. */
import type { ResourceDefinition } from '#api/types.ts'
import { priorityClass } from './priority-class.ts'

export const schedulingDefinitions: readonly ResourceDefinition[] = [priorityClass]
