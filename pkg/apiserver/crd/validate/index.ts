/** What a definition's schemas, columns and subresources must be (apiextensions' validation.go, structural schemas). */
import type { CustomResourceDefinition } from '#api/gen/apiextensions/v1.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import { type FieldError, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { approvalCondition } from '../conditions.ts'
import { validateDefaults } from './defaults.ts'
import { validateExtensions } from './extensions.ts'
import { validateStructural } from './structural.ts'
import { validateVersion } from './version.ts'

export function validateSchemas(crd: CustomResourceDefinition, old: CustomResourceDefinition | undefined): FieldError[] {
  const errors: FieldError[] = []
  for (const [index, version] of (crd.spec.versions ?? []).entries()) {
    const before = old?.spec.versions.find(({ name }) => name === version.name)
    if (before && semanticEqual(before, version)) continue
    const at = path('spec', 'versions').index(index)
    const schema = version.schema?.openAPIV3Schema
    if (schema) {
      const here = at.child('schema', 'openAPIV3Schema')
      if (schema.nullable) errors.push(forbiddenField(here.child('nullable'), 'nullable cannot be true at the root'))
      const structural = validateStructural(schema, here)
      errors.push(...structural, ...(structural.length === 0 ? validateDefaults(schema, here) : []))
      const extensions = validateExtensions(schema, here)
      errors.push(...extensions)
    }
    errors.push(...validateVersion(version, at))
  }
  return [...errors, ...checkPreserving(crd, old), ...checkApproval(crd, old)]
}

function checkPreserving({ spec }: CustomResourceDefinition, old: CustomResourceDefinition | undefined): FieldError[] {
  if (!spec.preserveUnknownFields || old?.spec.preserveUnknownFields) return []
  const text = 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead'
  return [invalidValue(path('spec', 'preserveUnknownFields'), true, text)]
}

function checkApproval(crd: CustomResourceDefinition, old: CustomResourceDefinition | undefined): FieldError[] {
  const state = approvalCondition(crd)
  if (!state?.message || (old && approvalCondition(old)?.reason === state.reason)) return []
  const name = 'api-approved.kubernetes.io'
  const at = path('metadata', 'annotations').key(name)
  if (state.reason === 'MissingAnnotation') return [required(at, state.message)]
  return state.reason === 'InvalidAnnotation' ? [invalidValue(at, crd.metadata.annotations?.[name], state.message)] : []
}
