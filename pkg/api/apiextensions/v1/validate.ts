/** Validation of custom resource definitions: names, versions and scope; schemas are checked where they are compiled. */
import { type FieldError, type FieldPath, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isDns1035Label, isDns1123Subdomain } from '#apimachinery/names.ts'
import type { CustomResourceDefinition, CustomResourceDefinitionNames, CustomResourceDefinitionSpec } from '#api/gen/apiextensions/v1.ts'
import { complaints, immutable, requiredOneOf } from '../../checks.ts'

const at = path('spec')

export function validateCustomResourceDefinition({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  const errors: FieldError[] = []
  const wanted = `${spec.names.plural ?? ''}.${spec.group ?? ''}`
  if (metadata.name !== wanted) errors.push(invalidValue(path('metadata', 'name'), metadata.name, 'must be spec.names.plural+"."+spec.group'))
  if (!spec.group) errors.push(required(at.child('group')))
  else if (!spec.group.includes('.')) errors.push(invalidValue(at.child('group'), spec.group, 'should be a domain with at least one dot'))
  else errors.push(...complaints(at.child('group'), spec.group, isDns1123Subdomain(spec.group)))
  errors.push(
    ...requiredOneOf(at.child('scope'), spec.scope, ['Cluster', 'Namespaced']),
    ...validateVersions(spec),
    ...validateNames(spec.names, at.child('names')),
  )
  return [...errors, ...validateConversion(spec)]
}

function validateVersions({ versions }: CustomResourceDefinitionSpec): FieldError[] {
  const here = at.child('versions')
  const given = versions ?? []
  const errors: FieldError[] = []
  const names = new Set<string>()
  for (const [position, { name, schema }] of given.entries()) {
    errors.push(...complaints(here.index(position).child('name'), name ?? '', isDns1035Label(name ?? '')))
    names.add(name)
    if (!schema?.openAPIV3Schema) errors.push(required(here.index(position).child('schema', 'openAPIV3Schema')))
  }
  if (names.size !== given.length) errors.push(invalidValue(here, given, 'must contain unique version names'))
  const stored = given.filter(({ storage }) => storage).length
  if (stored !== 1) errors.push(invalidValue(here, given, 'must have exactly one version marked as storage version'))
  return errors
}

function validateNames({ plural, singular, kind, listKind, shortNames }: CustomResourceDefinitionNames, at: FieldPath): FieldError[] {
  const errors = complaints(at.child('plural'), plural ?? '', isDns1035Label(plural ?? ''))
  if (singular) errors.push(...complaints(at.child('singular'), singular, isDns1035Label(singular)))
  for (const [key, value] of [
    ['kind', kind],
    ['listKind', listKind],
  ] as const) {
    const messages = isDns1035Label((value ?? '').toLowerCase())
    errors.push(...messages.map((message) => invalidValue(at.child(key), value ?? '', `may have mixed case, but should otherwise match: ${message}`)))
  }
  for (const [position, name] of (shortNames ?? []).entries()) errors.push(...complaints(at.child('shortNames').index(position), name, isDns1035Label(name)))
  if (kind && kind === listKind) errors.push(invalidValue(at.child('listKind'), listKind, 'kind and listKind may not be the same'))
  return errors
}

function validateConversion({ conversion }: CustomResourceDefinitionSpec): FieldError[] {
  if (!conversion) return []
  const here = at.child('conversion')
  const errors = requiredOneOf(here.child('strategy'), conversion.strategy, ['None', 'Webhook'])
  if (conversion.strategy === 'Webhook') {
    if (!conversion.webhook?.clientConfig) errors.push(required(here.child('webhookClientConfig'), 'required when strategy is set to Webhook'))
    else if ((conversion.webhook.conversionReviewVersions ?? []).length === 0) errors.push(required(here.child('conversionReviewVersions')))
  }
  return errors
}

export function validateCustomResourceDefinitionUpdate(object: CustomResourceDefinition, old: CustomResourceDefinition): FieldError[] {
  const errors = validateCustomResourceDefinition(object)
  const established = old.status.conditions?.some(({ type, status }) => type === 'Established' && status === 'True')
  if (established)
    errors.push(
      ...immutable(at.child('scope'), object.spec.scope, old.spec.scope),
      ...immutable(at.child('names', 'kind'), object.spec.names.kind, old.spec.names.kind),
    )
  errors.push(
    ...immutable(at.child('group'), object.spec.group, old.spec.group),
    ...immutable(at.child('names', 'plural'), object.spec.names.plural, old.spec.names.plural),
  )
  const served = new Set((object.spec.versions ?? []).map(({ name }) => name))
  for (const [position, version] of (old.status.storedVersions ?? []).entries()) {
    if (!served.has(version))
      errors.push(
        invalidValue(
          path('status', 'storedVersions').index(position),
          version,
          `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`,
        ),
      )
  }
  return errors
}
