/** What a definition's schemas, columns and subresources must be (apiextensions' validation.go, structural schemas). */
import type { CustomResourceDefinition } from '#api/gen/apiextensions/v1.ts'
import type { FieldError } from '#apimachinery/field-error.ts'

export function validateSchemas(_crd: CustomResourceDefinition, _old: CustomResourceDefinition | undefined): FieldError[] {
  return []
}
