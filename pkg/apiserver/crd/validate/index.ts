/** What a definition's schemas, columns and subresources must be (apiextensions' validation.go, structural schemas). */
import type { CustomResourceDefinition } from '#api/gen/apiextensions/v1.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { approvalCondition } from '../conditions.ts'
import type { Schema } from '../schema/types.ts'
import { validateDefaults } from './defaults.ts'
import { validateExtensions } from './extensions.ts'
import { validateStructural, whyUnreadable } from './structural.ts'
import { validateRoot } from './root.ts'
import { checkColumns, checkDeprecation, checkScale, checkSelectableFields } from './version.ts'

type Version = CustomResourceDefinition['spec']['versions'][number]

const shared = ['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'] as const

/**
 * What all versions say alike is told once, at the paths of upstream's internal type, which then holds it beside the versions:
 * spec.validation, spec.subresources …
 */
export function validateSchemas(crd: CustomResourceDefinition, old: CustomResourceDefinition | undefined): FieldError[] {
  const versions = crd.spec.versions ?? []
  const [first] = versions
  const alike = new Set(shared.filter((key) => versions.every((version) => semanticEqual(version[key], first?.[key]))))
  const isUnchanged = (version: Version) => old?.spec.versions.some((before) => before.name === version.name && semanticEqual(before, version)) === true
  const ofVersions = versions.flatMap((version, index) => {
    if (isUnchanged(version)) return []
    const at = path('spec', 'versions').index(index)
    return [...checkDeprecation(version, at), ...validateParts(version, alike, false, hasStatus(version), at.child('schema'), at)]
  })
  const common =
    first && !versions.every(isUnchanged) ? validateParts(first, alike, true, versions.some(hasStatus), path('spec', 'validation'), path('spec')) : []
  return [...ofVersions, ...common, ...checkPreserving(crd, old), ...checkApproval(crd, old)]
}

function hasStatus({ subresources }: Version): boolean {
  return (subresources?.status ?? null) !== null
}

function validateParts(version: Version, alike: ReadonlySet<string>, wanted: boolean, statusIsDoor: boolean, schemaAt: FieldPath, at: FieldPath): FieldError[] {
  const isMine = (key: (typeof shared)[number]) => alike.has(key) === wanted
  const schema = version.schema?.openAPIV3Schema
  return [
    ...(schema && isMine('schema') ? validateSchema(schema, statusIsDoor, schemaAt.child('openAPIV3Schema')) : []),
    ...(isMine('subresources') ? checkScale(version, at) : []),
    ...(isMine('additionalPrinterColumns') ? checkColumns(version, at) : []),
    ...(isMine('selectableFields') ? checkSelectableFields(version, isMine('schema'), wanted, at) : []),
  ]
}

function validateSchema(schema: Schema, statusIsDoor: boolean, at: FieldPath): FieldError[] {
  const errors = statusIsDoor ? validateRoot(schema, at) : []
  if (schema.nullable) errors.push(forbiddenField(at.child('nullable'), 'nullable cannot be true at the root'))
  const unreadable = whyUnreadable(schema)
  const structural = unreadable === undefined ? validateStructural(schema, at) : []
  if (unreadable === undefined && structural.length === 0) structural.push(...validateDefaults(schema, at))
  const found = [...errors, ...structural, ...validateExtensions(schema, at, unreadable === undefined && structural.length === 0)]
  return found.length === 0 && unreadable !== undefined ? [invalidValue(at, '', unreadable)] : found
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
