/** PodDisruptionBudget. */
import { type PodDisruptionBudget, PodDisruptionBudgetSchema } from '#api/gen/policy/v1.ts'
import { nameIsPathSegment } from '#apimachinery/names.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, integer, nameColumn, text } from '../../columns.ts'
import { startFresh, updateSpec, updateStatus } from '../../doors.ts'
import { validateDisruptionBudget, validateDisruptionBudgetStatus } from './validate.ts'

export const podDisruptionBudget: ResourceDefinition<PodDisruptionBudget> = {
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  singular: 'poddisruptionbudget',
  shortNames: ['pdb'],
  namespaced: true,
  schema: PodDisruptionBudgetSchema,
  // A path's segment is all that is asked of it.
  validateName: nameIsPathSegment,
  create: { prepare: startFresh(PodDisruptionBudgetSchema), validate: validateDisruptionBudget },
  update: { looks: ['rules'], prepare: updateSpec, validate: validateDisruptionBudget },
  status: { looks: ['rules'], prepare: updateStatus, validate: validateDisruptionBudgetStatus },
  columns: [
    nameColumn(),
    text('Min Available', ({ spec }) => (spec.minAvailable === undefined ? 'N/A' : String(spec.minAvailable)), 'How many pods must stay.'),
    text('Max Unavailable', ({ spec }) => (spec.maxUnavailable === undefined ? 'N/A' : String(spec.maxUnavailable)), 'How many pods may be missing.'),
    integer('Allowed Disruptions', ({ status }) => status.disruptionsAllowed ?? 0, 'How many pods may be evicted now.'),
    ageColumn(),
  ],
}
