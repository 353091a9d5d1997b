/** RuntimeClass. */
import { type RuntimeClass, RuntimeClassSchema } from '#api/gen/node/v1.ts'
import { deprecatedLabel } from '../../core/v1/node-label-warnings.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { validateRuntimeClass, validateRuntimeClassUpdate } from './validate.ts'

export const runtimeClass: ResourceDefinition<RuntimeClass> = {
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  singular: 'runtimeclass',
  namespaced: false,
  schema: RuntimeClassSchema,
  create: { validate: validateRuntimeClass, warnings: selectorWarnings },
  update: {
    validate: validateRuntimeClass,
    validateChange: validateRuntimeClassUpdate,
    looks: ['metadata', 'rules', 'metadata-change', 'changes'],
    warnings: selectorWarnings,
  },
  allowCreateOnUpdate: true,
  columns: [nameColumn(), text('Handler', ({ handler }) => handler, 'What the container runtime calls it.'), ageColumn()],
}

function selectorWarnings({ scheduling }: RuntimeClass): string[] {
  return Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => {
    const message = deprecatedLabel(key)
    return message ? [`scheduling.nodeSelector: ${message}`] : []
  })
}
