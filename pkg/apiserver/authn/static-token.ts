/** Tokens of a file: a line each of `token,user,uid,"group1,group2"` (docs: "Static token file"). */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { UserInfo } from '../types.ts'
import type { TokenAuthenticator } from './types.ts'

export interface StaticToken {
  readonly token: string
  readonly user: UserInfo
}

/** Throws an Error. The last line of a token counts. */
export function parseTokenFile(text: string, path = 'FILE'): StaticToken[] {
  const tokens = new Map<string, StaticToken>()
  for (const [token = '', name = '', uid = '', groups] of csvRecords(text, path)) {
    if (token !== '') tokens.set(token, { token, user: { name, uid, groups: groups === undefined ? [] : groups.split(',') } })
  }
  return [...tokens.values()]
}

/** As Go's encoding/csv reads them, of at least three columns each. */
function csvRecords(text: string, path: string): string[][] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => {
      const fields = csvFields(line, number)
      if (fields.length < 3) throw new Error(`token file '${path}' must have at least 3 columns (token, user name, user uid), found ${fields.length}`)
      return fields
    })
}

function csvFields(line: string, number: number): string[] {
  const fields: string[] = []
  for (let at = 0; at <= line.length; ) {
    if (line[at] !== '"') {
      const end = line.indexOf(',', at) < 0 ? line.length : line.indexOf(',', at)
      const quote = line.slice(at, end).indexOf('"')
      if (quote >= 0) throw new Error(`parse error on line ${number}, column ${at + quote + 1}: bare " in non-quoted-field`)
      fields.push(line.slice(at, end))
      at = end + 1
      continue
    }
    const quoted = /^"((?:[^"]|"")*)"(?=,|$)/.exec(line.slice(at))
    if (!quoted) {
      const closed = /^"(?:[^"]|"")*"(?!")/.exec(line.slice(at))
      throw new Error(`parse error on line ${number}, column ${closed ? at + closed[0].length : line.length + 1}: extraneous or missing " in quoted-field`)
    }
    fields.push(quoted[1]!.replaceAll('""', '"'))
    at += quoted[0].length + 1
  }
  return fields
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
