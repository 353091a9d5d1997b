/** Whoever shows no credentials is system:anonymous. Last of the list. */
import type { Authenticator } from '../types.ts'
import { allUnauthenticated, anonymousUser } from './users.ts'

export const anonymousAuthenticator: Authenticator = anonymousAt()

/** Only on these paths, where they are given (AuthenticationConfiguration's anonymous.conditions). */
export function anonymousAt(paths?: readonly string[]): Authenticator {
  return {
    name: 'anonymous',
    async authenticate({ path }) {
      return paths && !paths.includes(path) ? undefined : { name: anonymousUser, groups: [allUnauthenticated] }
    },
  }
}
