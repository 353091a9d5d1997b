/** The authorizer of a server that was given none: system:masters may do everything, nobody else anything. */
import type { Authorizer } from './types.ts'

export const mastersOnly: Authorizer = {
  name: 'masters',
  authorize: ({ user }) => (user.groups.includes('system:masters') ? { decision: 'allow', reason: 'superuser' } : { decision: 'no-opinion', reason: '' }),
}
