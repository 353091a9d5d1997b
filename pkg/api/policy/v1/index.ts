/** The kinds of policy. */
import type { ResourceDefinition } from '#api/types.ts'
import { podDisruptionBudget } from './pod-disruption-budget.ts'

export const policyDefinitions: readonly ResourceDefinition[] = [podDisruptionBudget]
