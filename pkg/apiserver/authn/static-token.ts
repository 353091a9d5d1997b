/** Tokens of a file: a line each of `token,user,uid,"group1,group2"` (docs: "Static token file"). */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { UserInfo } from '../types.ts'
import type { TokenAuthenticator } from './types.ts'

export interface StaticToken {
  readonly token: string
  readonly user: UserInfo
}

export function parseTokenFile(text: string): StaticToken[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line, index) => {
      const [token, name, uid, groups] = csvFields(line)
      if (!token || !name || uid === undefined) throw new Error(`token file line ${index + 1} must have at least 3 columns (token, user name, user uid)`)
      return { token, user: { name, uid, groups: groups ? groups.split(',').map((each) => each.trim()) : [] } }
    })
}

function csvFields(line: string): string[] {
  return [...line.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/g)]
    .filter((match) => match[0] !== '')
    .map((match) => match[1]?.replaceAll('""', '"') ?? (match[2] ?? '').trim())
}

export function staticTokenAuthenticator(tokens: readonly StaticToken[]): TokenAuthenticator {
  // Compared by digest, so that neither the look-up nor its time tells of a token's beginning.
  const digests = tokens.map(({ token, user }) => ({ digest: sha256(token), user }))
  return {
    name: 'static-token',
    async authenticateToken(token) {
      const digest = sha256(token)
      const found = digests.find((each) => timingSafeEqual(each.digest, digest))
      return found ? { user: found.user } : undefined
    },
  }
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
