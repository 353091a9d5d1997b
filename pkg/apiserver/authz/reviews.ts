/** SubjectAccessReview in its three kinds, and SelfSubjectRulesReview: authorization as a service. */
import type { ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec } from '#api/gen/authorization/v1.ts'
import { type FieldError, invalidValue, path, toCauses } from '#apimachinery/field-error.ts'
import { badRequest, invalid } from '#apimachinery/status-error.ts'
import { isNodeUser } from '../authn/users.ts'
import type { Authorizer, AuthorizerAttributes, UserInfo } from '../types.ts'
import type { VirtualHandler, VirtualHandlers } from '../virtual-types.ts'
import type { RuleResolver } from './rule-resolver.ts'

const apiVersion = 'authorization.k8s.io/v1'

export function accessReviewHandlers(authorizer: Authorizer, resolver: RuleResolver): VirtualHandlers {
  const review =
    (kind: string, who: (spec: SubjectAccessReviewSpec, asking: UserInfo) => UserInfo): VirtualHandler =>
    async (object: SubjectAccessReview, { user, namespace }) => {
      const spec = object.spec ?? {}
      check(kind, spec)
      if (kind === 'LocalSubjectAccessReview' && spec.resourceAttributes?.namespace !== namespace)
        throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`)
      const { decision, reason } = await authorizer.authorize(attributesOf(who(spec, user), spec))
      const status = { allowed: decision === 'allow', ...(decision === 'deny' ? { denied: true } : {}), ...(reason ? { reason } : {}) }
      return { ...object, apiVersion, kind, status }
    }
  const named = (spec: SubjectAccessReviewSpec): UserInfo => ({
    name: spec.user ?? '',
    ...(spec.uid ? { uid: spec.uid } : {}),
    groups: spec.groups ?? [],
    ...(spec.extra ? { extra: spec.extra } : {}),
  })
  const group = 'authorization.k8s.io'
  return {
    [`${group}/subjectaccessreviews`]: review('SubjectAccessReview', named),
    [`${group}/localsubjectaccessreviews`]: review('LocalSubjectAccessReview', named),
    [`${group}/selfsubjectaccessreviews`]: review('SelfSubjectAccessReview', (_, asking) => asking),
    [`${group}/selfsubjectrulesreviews`]: rulesReview(resolver),
  }
}

function check(kind: string, spec: SubjectAccessReviewSpec): void {
  const errors: FieldError[] = []
  const at = path('spec')
  if (spec.resourceAttributes && spec.nonResourceAttributes)
    errors.push(invalidValue(at.child('nonResourceAttributes'), 'null', 'cannot be specified in combination with resourceAttributes'))
  if (!spec.resourceAttributes && !spec.nonResourceAttributes)
    errors.push(invalidValue(at.child('resourceAttributes'), 'null', 'exactly one of nonResourceAttributes or resourceAttributes must be specified'))
  if (kind !== 'SelfSubjectAccessReview' && !spec.user && !spec.groups?.length)
    errors.push(invalidValue(at.child('user'), spec.user ?? '', 'at least one of user or group must be specified'))
  if (kind === 'LocalSubjectAccessReview' && spec.nonResourceAttributes)
    errors.push(invalidValue(at.child('nonResourceAttributes'), 'null', 'disallowed on this kind of request'))
  if (errors.length > 0) throw invalid({ group: 'authorization.k8s.io', kind }, '', toCauses(errors))
}

function attributesOf(user: UserInfo, { resourceAttributes, nonResourceAttributes }: SubjectAccessReviewSpec): AuthorizerAttributes {
  const { verb = '', group = '', version = '', resource = '', subresource = '', namespace = '', name = '' } = resourceAttributes ?? {}
  const fieldSelector = selectorText(resourceAttributes?.fieldSelector)
  const labelSelector = selectorText(resourceAttributes?.labelSelector)
  return {
    user,
    verb: resourceAttributes ? verb : (nonResourceAttributes?.verb ?? ''),
    isResourceRequest: resourceAttributes !== undefined,
    path: nonResourceAttributes?.path ?? '',
    group,
    version: version || '*',
    resource,
    subresource,
    namespace,
    name,
    ...(fieldSelector ? { fieldSelector } : {}),
    ...(labelSelector ? { labelSelector } : {}),
  }
}

/** Only equalities, which are all that authorizers use; what is left out can only lead to a refusal. */
function selectorText(selector: ResourceAttributes['fieldSelector']): string {
  if (selector?.rawSelector) return selector.rawSelector
  return (selector?.requirements ?? [])
    .filter(({ operator, values }) => operator === 'In' && values?.length === 1)
    .map(({ key, values }) => `${key}=${values![0]}`)
    .join(',')
}

function rulesReview(resolver: RuleResolver): VirtualHandler {
  return async (object: any, { user }) => {
    const namespace = object.spec?.namespace ?? ''
    if (namespace === '') throw badRequest('no namespace on request')
    const resourceRules: object[] = []
    const nonResourceRules: object[] = []
    const errors: string[] = []
    for await (const { rules } of resolver.rulesFor(user, namespace, errors))
      for (const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } of rules) {
        if (resources?.length)
          resourceRules.push({
            verbs: [...verbs],
            apiGroups: [...(apiGroups ?? [])],
            resources: [...resources],
            ...(resourceNames?.length ? { resourceNames: [...resourceNames] } : {}),
          })
        if (nonResourceURLs?.length) nonResourceRules.push({ verbs: [...verbs], nonResourceURLs: [...nonResourceURLs] })
      }
    const ofNode = isNodeUser(user)
    if (ofNode) errors.push('node authorizer does not support user rule resolution')
    const status = { resourceRules, nonResourceRules, incomplete: errors.length > 0, ...(errors.length > 0 ? { evaluationError: errors.join(', ') } : {}) }
    return { ...object, apiVersion, kind: 'SelfSubjectRulesReview', status }
  }
}
