/** PriorityClass. */
import { type PriorityClass, PriorityClassSchema } from '#api/gen/scheduling/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, integer, nameColumn, text, truth } from '../../columns.ts'
import { startAtGenerationOne } from '../../doors.ts'
import { validatePriorityClass, validatePriorityClassUpdate } from './validate.ts'

export const priorityClass: ResourceDefinition<PriorityClass> = {
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  singular: 'priorityclass',
  shortNames: ['pc'],
  namespaced: false,
  schema: PriorityClassSchema,
  defaults: (object) => {
    object.preemptionPolicy ??= 'PreemptLowerPriority'
  },
  create: { prepare: startAtGenerationOne, validate: validatePriorityClass },
  update: { validate: validatePriorityClassUpdate },
  allowUnconditionalUpdate: true,
  columns: [
    nameColumn(),
    integer('Value', ({ value }) => value ?? 0, 'The priority; higher goes first.'),
    truth('Global-Default', ({ globalDefault }) => globalDefault ?? false, 'Whether pods without a class get this one.'),
    ageColumn(),
    text('PreemptionPolicy', ({ preemptionPolicy }) => preemptionPolicy ?? '', 'Whether its pods push others off a node.'),
  ],
}
