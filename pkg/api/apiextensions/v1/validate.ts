/** Validation of custom resource definitions: names, versions and scope; schemas are checked where they are compiled. */
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { isDns1035Label, isDns1123Subdomain } from '#apimachinery/names.ts'
import {
  type CustomResourceDefinition,
  type CustomResourceDefinitionNames,
  type CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersionSchema,
} from '#api/gen/apiextensions/v1.ts'
import { validateClientConfig } from '../../admissionregistration/v1/validate-client-config.ts'
import { complaints, immutable, requiredOneOf, requiredText } from '../../checks.ts'
import { internalForm } from '../../internal-form.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { caBundleError } from './ca-bundle.ts'

const at = path('spec')

export function validateCustomResourceDefinition(crd: CustomResourceDefinition): FieldError[] {
  return validateDefinition(crd, undefined)
}

function validateDefinition({ metadata, spec, status }: CustomResourceDefinition, old: CustomResourceDefinition | undefined): FieldError[] {
  const wanted = `${spec.names.plural ?? ''}.${spec.group ?? ''}`
  return [
    // A name is never changed.
    ...(old || !metadata.name || metadata.name === wanted
      ? []
      : [invalidValue(path('metadata', 'name'), metadata.name, 'must be spec.names.plural+"."+spec.group')]),
    ...validateGroup(spec.group ?? '', at.child('group')),
    ...requiredOneOf(at.child('scope'), spec.scope, ['Cluster', 'Namespaced']),
    ...validateVersions(spec),
    ...(['plural', 'singular', 'kind', 'listKind'] as const).flatMap((key) => requiredText(at.child('names', key), spec.names[key])),
    ...validateNames(spec.names, at.child('names')),
    ...validateConversion(spec, old),
    ...validateStoredVersions(status?.storedVersions ?? [], spec.versions ?? [], path('status', 'storedVersions')),
  ]
}

function validateGroup(group: string, at: FieldPath): FieldError[] {
  if (group === '') return [required(at)]
  const errors = together(at, group, isDns1123Subdomain(group))
  return errors.length > 0 || group.includes('.') ? errors : [invalidValue(at, group, 'should be a domain with at least one dot')]
}

/** All that is wrong with a name in one error. */
function together(at: FieldPath, value: string, messages: readonly string[], before = ''): FieldError[] {
  return messages.length === 0 ? [] : [invalidValue(at, value, before + messages.join(','))]
}

function validateVersions({ versions, preserveUnknownFields }: CustomResourceDefinitionSpec): FieldError[] {
  const here = at.child('versions')
  const given = versions ?? []
  const errors: FieldError[] = []
  for (const [position, { schema }] of given.entries()) {
    if (!schema?.openAPIV3Schema) errors.push(required(here.index(position).child('schema', 'openAPIV3Schema')))
  }
  if (preserveUnknownFields && given.some(({ schema }) => hasDefaults(schema?.openAPIV3Schema)))
    errors.push(invalidValue(at.child('preserveUnknownFields'), true, 'must be false in order to use defaults in the schema'))
  for (const [position, { name = '' }] of given.entries()) errors.push(...together(here.index(position).child('name'), name, isDns1035Label(name)))
  if (new Set(given.map(({ name }) => name)).size !== given.length)
    errors.push(invalidValue(here, internalVersions(given), 'must contain unique version names'))
  const stored = given.filter(({ storage }) => storage).length
  if (stored !== 1) errors.push(invalidValue(here, internalVersions(given), 'must have exactly one version marked as storage version'))
  const [first] = given
  if (first?.name) errors.push(...together(at.child('version'), first.name, isDns1035Label(first.name)))
  return errors
}

const shared = ['Schema', 'Subresources', 'AdditionalPrinterColumns', 'SelectableFields'] as const

/** As upstream's internal type prints them: what all have alike stands elsewhere. */
function internalVersions(versions: CustomResourceDefinitionSpec['versions']): object[] {
  const forms = versions.map((version) => internalForm(CustomResourceDefinitionVersionSchema, version) as Record<string, unknown>)
  for (const name of shared) {
    if (forms.every((form) => semanticEqual(form[name], forms[0]![name]))) for (const form of forms) form[name] = null
  }
  return forms
}

function hasDefaults(schema: unknown): boolean {
  if (typeof schema !== 'object' || schema === null) return false
  return Object.entries(schema).some(([key, value]) => (key === 'default' && value !== null) || hasDefaults(value))
}

/** What is not there is told elsewhere: in status it need not be. */
function validateNames(names: Partial<CustomResourceDefinitionNames>, at: FieldPath): FieldError[] {
  const { plural, singular, kind, listKind, shortNames, categories } = names
  const mixed = 'may have mixed case, but should otherwise match: '
  return [
    ...(plural ? together(at.child('plural'), plural, isDns1035Label(plural)) : []),
    ...(singular ? together(at.child('singular'), singular, isDns1035Label(singular)) : []),
    ...(kind ? together(at.child('kind'), kind, isDns1035Label(kind.toLowerCase()), mixed) : []),
    ...(listKind ? together(at.child('listKind'), listKind, isDns1035Label(listKind.toLowerCase()), mixed) : []),
    ...(shortNames ?? []).flatMap((name, position) => together(at.child('shortNames').index(position), name, isDns1035Label(name))),
    ...(kind && kind === listKind ? [invalidValue(at.child('listKind'), listKind, 'kind and listKind may not be the same')] : []),
    ...(categories ?? []).flatMap((name, position) => together(at.child('categories').index(position), name, isDns1035Label(name))),
  ]
}

const reviewVersions = ['v1', 'v1beta1']

/** Upstream's paths are those of its internal type, which has no `webhook` in between. */
function validateConversion({ conversion, preserveUnknownFields }: CustomResourceDefinitionSpec, old: CustomResourceDefinition | undefined): FieldError[] {
  if (!conversion) return []
  const { strategy, webhook } = conversion
  const here = at.child('conversion')
  const [clientAt, versionsAt] = [here.child('webhookClientConfig'), here.child('conversionReviewVersions')]
  const errors: FieldError[] = []
  if (strategy !== 'None' && preserveUnknownFields)
    errors.push(invalidValue(here.child('strategy'), strategy, 'must be None if spec.preserveUnknownFields is true'))
  errors.push(...requiredOneOf(here.child('strategy'), strategy, ['None', 'Webhook']))
  if (strategy !== 'Webhook') {
    const text = 'should not be set when strategy is not set to Webhook'
    if (webhook?.clientConfig) errors.push(forbiddenField(clientAt, text))
    if (webhook?.conversionReviewVersions?.length) errors.push(forbiddenField(versionsAt, text))
    return errors
  }
  const client = webhook?.clientConfig
  if (!client) errors.push(required(clientAt, 'required when strategy is set to Webhook'))
  else {
    errors.push(...validateClientConfig(client, clientAt))
    const wrong = client.caBundle && !mayBeWrong(old) ? caBundleError(client.caBundle) : undefined
    if (wrong) errors.push(invalidValue(clientAt.child('caBundle'), client.caBundle, wrong))
  }
  return [...errors, ...validateReviewVersions(webhook?.conversionReviewVersions ?? [], versionsAt, mustKnowVersion(old))]
}

/** A wrong bundle may come before the definition is established, and stay. */
function mayBeWrong(old: CustomResourceDefinition | undefined): boolean {
  if (!old || !isEstablished(old)) return true
  const before = old.spec.conversion?.webhook?.clientConfig?.caBundle
  return before !== undefined && before !== '' && caBundleError(before) !== undefined
}

function mustKnowVersion(old: CustomResourceDefinition | undefined): boolean {
  const before = old?.spec.conversion?.webhook?.conversionReviewVersions ?? []
  return before.length === 0 || before.some((each) => reviewVersions.includes(each))
}

function validateReviewVersions(versions: readonly string[], at: FieldPath, mustKnow: boolean): FieldError[] {
  if (versions.length === 0) return [required(at)]
  const errors = versions.flatMap((version, position) => {
    const here = at.index(position)
    return versions.indexOf(version) < position ? [invalidValue(here, version, 'duplicate version')] : complaints(here, version, isDns1035Label(version))
  })
  const isKnown = versions.some((each) => reviewVersions.includes(each))
  return mustKnow && !isKnown ? [...errors, invalidValue(at, versions, `must include at least one of ${reviewVersions.join(', ')}`)] : errors
}

function validateStoredVersions(stored: readonly string[], versions: CustomResourceDefinitionSpec['versions'], at: FieldPath): FieldError[] {
  if (stored.length === 0) return [invalidValue(at, null, 'must have at least one stored version')]
  // Each name stands for one version: a second of that name finds it taken.
  const missing = versions.filter(
    ({ name, storage }, position) => storage && (!stored.includes(name) || versions.findIndex((each) => each.name === name) < position),
  )
  return [
    ...missing.map(({ name }) => invalidValue(at, stored, `must have the storage version ${name}`)),
    ...stored.flatMap((version, position) => {
      if (versions.some(({ name }) => name === version)) return []
      const text = `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`
      return [invalidValue(at.index(position), version, text)]
    }),
  ]
}

function isEstablished({ status }: CustomResourceDefinition): boolean {
  return status?.conditions?.some((each) => each.type === 'Established' && each.status === 'True') === true
}

export function validateCustomResourceDefinitionUpdate(object: CustomResourceDefinition, old: CustomResourceDefinition): FieldError[] {
  const errors = validateDefinition(object, old)
  if (isEstablished(old))
    errors.push(
      ...immutable(at.child('scope'), object.spec.scope, old.spec.scope),
      ...immutable(at.child('names', 'kind'), object.spec.names.kind, old.spec.names.kind),
    )
  return [
    ...errors,
    ...immutable(at.child('group'), object.spec.group, old.spec.group),
    ...immutable(at.child('names', 'plural'), object.spec.names.plural, old.spec.names.plural),
  ]
}

export function validateCustomResourceDefinitionStatus({ status }: CustomResourceDefinition): FieldError[] {
  return validateNames(status.acceptedNames ?? {}, path('status', 'acceptedNames'))
}
