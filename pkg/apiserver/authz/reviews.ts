/** SubjectAccessReview in its three kinds, and SelfSubjectRulesReview: authorization as a service. */
import type { ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec } from '#api/gen/authorization/v1.ts'
import { toCauses } from '#apimachinery/field-error.ts'
import { parseFieldSelector } from '#apimachinery/fields.ts'
import { parseLabelSelector } from '#apimachinery/labels.ts'
import { badRequest, invalid } from '#apimachinery/status-error.ts'
import type { Authorizer, AuthorizerAttributes, UserInfo } from '../types.ts'
import type { VirtualHandler, VirtualHandlers } from '../virtual-types.ts'
import { isReadable, selectorErrors, validateReview } from './review-rules.ts'
import type { RulesOf } from './user-rules.ts'

const apiVersion = 'authorization.k8s.io/v1'

export function accessReviewHandlers(authorizer: Authorizer, rules: RulesOf): VirtualHandlers {
  const review =
    (kind: string, who: (spec: SubjectAccessReviewSpec, asking: UserInfo) => UserInfo): VirtualHandler =>
    async (object: SubjectAccessReview, { user, namespace }) => {
      const spec = object.spec ?? {}
      if (kind === 'LocalSubjectAccessReview' && object.metadata?.namespace && object.metadata.namespace !== namespace)
        throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
      const errors = validateReview(kind, { ...object, spec }, namespace)
      // The kind is not known any more where upstream says this.
      if (errors.length > 0) throw invalid({ group: 'authorization.k8s.io', kind: '' }, '', toCauses(errors))
      const { decision, reason, error } = await authorizer.authorize(attributesOf(who(spec, user), spec))
      const evaluationError = [error ?? '', selectorErrors(spec)].filter((each) => each !== '').join('; ')
      const status = {
        allowed: decision === 'allow',
        ...(decision === 'deny' ? { denied: true } : {}),
        ...(reason ? { reason } : {}),
        ...(evaluationError ? { evaluationError } : {}),
      }
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
    [`${group}/selfsubjectrulesreviews`]: rulesReview(rules),
  }
}

function attributesOf(user: UserInfo, { resourceAttributes, nonResourceAttributes }: SubjectAccessReviewSpec): AuthorizerAttributes {
  const { verb = '', group = '', version = '', resource = '', subresource = '', namespace = '', name = '' } = resourceAttributes ?? {}
  const fieldSelector = selectorText(resourceAttributes?.fieldSelector, parseFieldSelector)
  const labelSelector = selectorText(resourceAttributes?.labelSelector, parseLabelSelector)
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
function selectorText(selector: ResourceAttributes['fieldSelector'], parse: (text: string) => unknown): string {
  if (selector?.rawSelector) return isReadable(selector.rawSelector, parse) ? selector.rawSelector : ''
  return (selector?.requirements ?? [])
    .filter(({ operator, values }) => operator === 'In' && values?.length === 1)
    .map(({ key, values }) => `${key}=${values![0]}`)
    .join(',')
}

function rulesReview(rules: RulesOf): VirtualHandler {
  return async (object: any, { user }) => {
    const namespace = object.spec?.namespace ?? ''
    if (namespace === '') throw badRequest('no namespace on request')
    return { kind: 'SelfSubjectRulesReview', apiVersion, metadata: {}, spec: {}, status: await rules(user, namespace) }
  }
}
