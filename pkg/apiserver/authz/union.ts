import { aggregateText } from '#apimachinery/field-error.ts'
import { mastersGroup } from '../authn/users.ts'
import type { Authorizer } from '../types.ts'

/** system:masters may do anything, whatever the rules say. */
export const mastersAuthorizer: Authorizer = {
  name: 'system:masters',
  authorize: ({ user }) => (user.groups.includes(mastersGroup) ? { decision: 'allow', reason: '' } : { decision: 'no-opinion', reason: '' }),
}

/** The first that allows or denies decides; otherwise the reasons, a line each. */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  return {
    name: 'union',
    async authorize(attributes) {
      const reasons: string[] = []
      const errors: string[] = []
      for (const authorizer of authorizers) {
        const asked = authorizer.authorize(attributes)
        const decision = asked instanceof Promise ? await asked : asked
        if (decision.decision !== 'no-opinion') return decision
        if (decision.reason !== '') reasons.push(decision.reason)
        if (decision.error !== undefined) errors.push(decision.error)
      }
      return { decision: 'no-opinion', reason: reasons.join('\n'), ...(errors.length > 0 ? { error: aggregateText(errors) } : {}) }
    },
  }
}
