/** The conditions of a CustomResourceDefinition. */
import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from '#api/gen/apiextensions/v1.ts'
import { rfc3339 } from '#base/clock.ts'

type Condition = CustomResourceDefinitionCondition
export type NewCondition = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

export function isTrue({ status }: CustomResourceDefinition, type: string): boolean {
  return status.conditions?.some((each) => each.type === type && each.status === 'True') === true
}

/** The list with the condition in it; its time moves when its status does. */
export function withCondition(conditions: readonly Condition[] | null | undefined, next: NewCondition, now: number): Condition[] {
  const list = conditions ?? []
  const before = list.find(({ type }) => type === next.type)
  const lastTransitionTime = before && before.status === next.status ? before.lastTransitionTime : rfc3339(now)
  const condition: Condition = { ...next, ...(lastTransitionTime ? { lastTransitionTime } : {}) }
  return before ? list.map((each) => (each === before ? { ...each, ...condition } : each)) : [...list, condition]
}

export const established: NewCondition = {
  type: 'Established',
  status: 'True',
  reason: 'InitialNamesAccepted',
  message: 'the initial names have been accepted',
}

export const notEstablished: NewCondition = { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }

const approval = 'api-approved.kubernetes.io'

/** Groups of Kubernetes itself are for definitions that its maintainers approved. */
export function approvalCondition({ metadata, spec }: CustomResourceDefinition): NewCondition | undefined {
  if (!isProtectedGroup(spec.group)) return undefined
  const type = 'KubernetesAPIApprovalPolicyConformant'
  const value = metadata.annotations?.[approval]
  if (value?.startsWith('unapproved')) return { type, status: 'False', reason: 'UnapprovedAnnotation', message: `not approved: ${JSON.stringify(value)}` }
  if (value && URL.canParse(value)) return { type, status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${value}` }
  if (value) return { type, status: 'False', reason: 'InvalidAnnotation', message: invalidApproval }
  return { type, status: 'False', reason: 'MissingAnnotation', message: missingApproval }
}

export function isProtectedGroup(group: string): boolean {
  return ['k8s.io', 'kubernetes.io'].some((suffix) => group === suffix || group.endsWith(`.${suffix}`))
}

export const missingApproval = `protected groups must have approval annotation "${approval}", see https://github.com/kubernetes/enhancements/pull/1111`
export const invalidApproval = `protected groups must have approval annotation "${approval}" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`
