/** What an authorization webhook is asked, and its conditions see: the spec of a SubjectAccessReview. */
import type { LabelSelectorRequirement } from '#apimachinery/gen/meta-v1.ts'
import { parseFieldSelector } from '#apimachinery/fields.ts'
import { parseLabelSelector, type Requirement, SelectorError } from '#apimachinery/labels.ts'
import type { AuthorizerAttributes } from '../types.ts'

interface Selector {
  readonly requirements: readonly LabelSelectorRequirement[]
}

export interface ReviewSpec {
  readonly resourceAttributes?: Readonly<Record<string, string | Selector>>
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string }
  readonly user?: string
  readonly groups?: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
  readonly uid?: string
}

export function reviewSpecOf({ user, ...attributes }: AuthorizerAttributes): ReviewSpec {
  const { name, uid, groups, extra } = user
  const who = {
    ...(name === '' ? {} : { user: name }),
    ...(groups.length > 0 ? { groups: [...groups] } : {}),
    ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
    ...(uid ? { uid } : {}),
  }
  const { isResourceRequest, path, verb, fieldSelector = '', labelSelector = '' } = attributes
  if (!isResourceRequest) return { nonResourceAttributes: { ...(path === '' ? {} : { path }), ...(verb === '' ? {} : { verb }) }, ...who }
  const names = ['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'] as const
  const byField = requirementsOf(fieldSelector, fieldRequirements)
  const byLabel = requirementsOf(labelSelector, labelRequirements)
  return {
    resourceAttributes: {
      ...Object.fromEntries(names.filter((each) => attributes[each] !== '').map((each) => [each, attributes[each]])),
      ...(byField.length > 0 ? { fieldSelector: { requirements: byField } } : {}),
      ...(byLabel.length > 0 ? { labelSelector: { requirements: byLabel } } : {}),
    },
    ...who,
  }
}

/** What cannot be read narrows nothing. */
function requirementsOf(text: string, parse: (text: string) => LabelSelectorRequirement[]): LabelSelectorRequirement[] {
  if (text === '') return []
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof SelectorError) return []
    throw error
  }
}

const fieldRequirements = (text: string): LabelSelectorRequirement[] =>
  parseFieldSelector(text).requirements.map(({ field, operator, value }) => ({ key: field, operator: operator === '=' ? 'In' : 'NotIn', values: [value] }))

const operators: Partial<Record<Requirement['operator'], string>> = {
  '=': 'In',
  '==': 'In',
  in: 'In',
  '!=': 'NotIn',
  notin: 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
}

const labelRequirements = (text: string): LabelSelectorRequirement[] =>
  parseLabelSelector(text).requirements.flatMap(({ key, operator, values }) => {
    const name = operators[operator]
    return name === undefined ? [] : [{ key, operator: name, ...(values.length > 0 ? { values: [...values] } : {}) }]
  })
