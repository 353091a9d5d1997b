/** What reviews of access must be (pkg/apis/authorization/validation), and what of their selectors cannot be read. */
import { type LocalSubjectAccessReview, NonResourceAttributesSchema, type ResourceAttributes, type SubjectAccessReviewSpec } from '#api/gen/authorization/v1.ts'
import { internalForm } from '#api/internal-form.ts'
import { type FieldError, type FieldPath, forbiddenField, invalidValue, path, required } from '#apimachinery/field-error.ts'
import { parseFieldSelector } from '#apimachinery/fields.ts'
import { ObjectMetaSchema } from '#apimachinery/gen/meta-v1.ts'
import { parseLabelSelector } from '#apimachinery/labels.ts'
import { isQualifiedName } from '#apimachinery/names.ts'
import type { StructSchema } from '#apimachinery/schema/types.ts'

const at = path('spec')

export function validateReview(kind: string, review: LocalSubjectAccessReview, namespace: string): FieldError[] {
  const { spec, metadata = {} as LocalSubjectAccessReview['metadata'] } = review
  const { resourceAttributes, nonResourceAttributes } = spec
  const isLocal = kind === 'LocalSubjectAccessReview'
  const ofPath = internalForm(NonResourceAttributesSchema, nonResourceAttributes)
  const errors: FieldError[] = []
  if (resourceAttributes && nonResourceAttributes)
    errors.push(invalidValue(at.child('nonResourceAttributes'), ofPath, 'cannot be specified in combination with resourceAttributes'))
  if (!resourceAttributes && !nonResourceAttributes)
    errors.push(invalidValue(at.child('resourceAttributes'), null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified'))
  if (kind !== 'SelfSubjectAccessReview' && !spec.user && !spec.groups?.length)
    errors.push(invalidValue(at.child('user'), spec.user ?? '', 'at least one of user or group must be specified'))
  errors.push(...validateSelectors(resourceAttributes))
  const { managedFields: _, namespace: own, ...rest } = metadata
  if (Object.values(isLocal ? rest : { own, ...rest }).some((each) => each !== undefined && each !== ''))
    errors.push(invalidValue(path('metadata'), inOrder(ObjectMetaSchema, metadata), isLocal ? 'must be empty except for namespace' : 'must be empty'))
  if (isLocal && resourceAttributes && (resourceAttributes.namespace ?? '') !== namespace)
    errors.push(invalidValue(path('spec.resourceAttributes.namespace'), resourceAttributes.namespace ?? '', 'must match metadata.namespace'))
  if (isLocal && nonResourceAttributes) errors.push(invalidValue(path('spec.nonResourceAttributes'), ofPath, 'disallowed on this kind of request'))
  return errors
}

/** Fields in the order in which Go has them. */
function inOrder({ byName }: StructSchema, value: object): object {
  const entries = [...byName.values()].flatMap(({ name, type }) => {
    const each = (value as Record<string, unknown>)[name]
    if (each === undefined) return []
    if (type.kind !== 'list' || type.element.kind !== 'struct') return [[name, each]]
    const { element } = type
    return [[name, (each as object[]).map((item) => inOrder(element as StructSchema, item))]]
  })
  return Object.fromEntries(entries)
}

type Selector = NonNullable<ResourceAttributes['fieldSelector']>

function validateSelectors(attributes: ResourceAttributes | undefined): FieldError[] {
  const here = path('spec.resourceAttributes')
  const selectors = (['fieldSelector', 'labelSelector'] as const).map((key) => [key, attributes?.[key]] as const)
  return selectors.flatMap(([key, selector]) => (selector ? validateSelector(selector, here.child(key), key === 'labelSelector') : []))
}

function validateSelector({ rawSelector, requirements = [] }: Selector, at: FieldPath, ofLabels: boolean): FieldError[] {
  const errors: FieldError[] = []
  if (rawSelector && requirements.length > 0)
    errors.push(invalidValue(at.child('rawSelector'), rawSelector, 'may not specified at the same time as requirements'))
  if (!rawSelector && requirements.length === 0)
    errors.push(required(at.child('requirements'), `when ${at} is specified, requirements or rawSelector is required`))
  return [...errors, ...requirements.flatMap((each, position) => validateRequirement(each, at.child('requirements').index(position), ofLabels))]
}

function validateRequirement(
  { key = '', operator, values = [] }: NonNullable<Selector['requirements']>[number],
  at: FieldPath,
  ofLabels: boolean,
): FieldError[] {
  const keyAt = at.child('key')
  const ofKey = ofLabels ? isQualifiedName(key).map((message) => invalidValue(keyAt, key, message)) : key === '' ? [required(keyAt, 'must be specified')] : []
  const ofValues = validateValues(operator, values, at.child('values'))
  return ofLabels ? [...ofValues, ...ofKey] : [...ofKey, ...ofValues]
}

function validateValues(operator: string, values: readonly string[], at: FieldPath): FieldError[] {
  if ((operator === 'In' || operator === 'NotIn') && values.length === 0) return [required(at, "must be specified when `operator` is 'In' or 'NotIn'")]
  if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0)
    return [forbiddenField(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
  return []
}

const labelOperators = ['In', 'NotIn', 'Exists', 'DoesNotExist']

/** What is said of selectors that were passed over, or in part. */
export function selectorErrors({ resourceAttributes }: SubjectAccessReviewSpec): string {
  const { fieldSelector, labelSelector } = resourceAttributes ?? {}
  const said = [
    ignored('fieldSelector', fieldSelector, parseFieldSelector, ({ operator, values }) => ['In', 'NotIn'].includes(operator) && values?.length === 1),
    ignored('labelSelector', labelSelector, parseLabelSelector, ({ operator }) => labelOperators.includes(operator)),
  ]
  return said.filter((each) => each !== '').join('; ')
}

function ignored(
  name: string,
  selector: Selector | undefined,
  parse: (text: string) => unknown,
  isRead: (requirement: NonNullable<Selector['requirements']>[number]) => boolean,
): string {
  const { rawSelector, requirements = [] } = selector ?? {}
  const here = `spec.resourceAttributes.${name}`
  if (rawSelector) return isReadable(rawSelector, parse) ? '' : `${here} ignored due to parse error`
  const read = requirements.filter(isRead).length
  if (read === requirements.length) return ''
  return `${here} ${read === 0 ? '' : 'partially '}ignored due to parse error`
}

export function isReadable(text: string, parse: (text: string) => unknown): boolean {
  try {
    parse(text)
    return true
  } catch {
    return false
  }
}
