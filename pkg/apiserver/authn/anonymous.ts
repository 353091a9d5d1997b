/** Whoever shows no credentials is system:anonymous. Last of the list. */
import type { Authenticator } from '../types.ts'
import { allUnauthenticated, anonymousUser } from './users.ts'

export const anonymousAuthenticator: Authenticator = {
  name: 'anonymous',
  async authenticate() {
    return { name: anonymousUser, groups: [allUnauthenticated] }
  },
}
