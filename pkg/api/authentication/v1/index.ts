/** The kinds of authentication.k8s.io: questions, answered and never stored. */
import { SelfSubjectReviewSchema, TokenReviewSchema } from '#api/gen/authentication/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'

const question = { group: 'authentication.k8s.io', version: 'v1', namespaced: false, verbs: ['create'], virtual: true } as const

export const authenticationDefinitions: readonly ResourceDefinition[] = [
  { ...question, kind: 'SelfSubjectReview', plural: 'selfsubjectreviews', singular: 'selfsubjectreview', schema: SelfSubjectReviewSchema },
  { ...question, kind: 'TokenReview', plural: 'tokenreviews', singular: 'tokenreview', schema: TokenReviewSchema },
]
