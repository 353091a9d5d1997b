/** The kinds of authorization.k8s.io: questions, answered and never stored. */
import {
  LocalSubjectAccessReviewSchema,
  SelfSubjectAccessReviewSchema,
  SelfSubjectRulesReviewSchema,
  SubjectAccessReviewSchema,
} from '#api/gen/authorization/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'

const question = { group: 'authorization.k8s.io', version: 'v1', namespaced: false, verbs: ['create'], virtual: true } as const

export const authorizationDefinitions: readonly ResourceDefinition[] = [
  {
    ...question,
    namespaced: true,
    kind: 'LocalSubjectAccessReview',
    plural: 'localsubjectaccessreviews',
    singular: 'localsubjectaccessreview',
    schema: LocalSubjectAccessReviewSchema,
  },
  {
    ...question,
    kind: 'SelfSubjectAccessReview',
    plural: 'selfsubjectaccessreviews',
    singular: 'selfsubjectaccessreview',
    schema: SelfSubjectAccessReviewSchema,
  },
  { ...question, kind: 'SelfSubjectRulesReview', plural: 'selfsubjectrulesreviews', singular: 'selfsubjectrulesreview', schema: SelfSubjectRulesReviewSchema },
  { ...question, kind: 'SubjectAccessReview', plural: 'subjectaccessreviews', singular: 'subjectaccessreview', schema: SubjectAccessReviewSchema },
]
