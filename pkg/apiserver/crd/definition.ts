/** The kind CustomResourceDefinition itself, with the checks and steps that need this folder's knowledge. */
import type { CustomResourceDefinition } from '#api/gen/apiextensions/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { markForCleanup } from './finalizer.ts'
import { validateSchemas } from './validate/index.ts'

export function isCustomResourceDefinition({ group, plural }: ResourceDefinition): boolean {
  return group === 'apiextensions.k8s.io' && plural === 'customresourcedefinitions'
}

export function withSchemaChecks(definition: ResourceDefinition<CustomResourceDefinition>): ResourceDefinition<CustomResourceDefinition> {
  const { create, update } = definition
  return {
    ...definition,
    onDelete: markForCleanup,
    create: {
      ...create,
      validate: (object, context) => [...(create?.validate?.(object, context) ?? []), ...validateSchemas(object, undefined)],
    },
    update: {
      ...update,
      validate: (object, old, context) => [...(update?.validate?.(object, old, context) ?? []), ...validateSchemas(object, old)],
    },
  }
}
