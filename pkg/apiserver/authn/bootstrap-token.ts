/** Bootstrap tokens: `ID.SECRET`, kept in Secrets kube-system/bootstrap-token-ID (docs: "Authenticating with Bootstrap Tokens"). */
import { timingSafeEqual } from 'node:crypto'
import type { Secret } from '#api/gen/core/v1.ts'
import { type Clock, systemClock } from '#base/clock.ts'
import type { TokenAuthenticator } from './types.ts'

const tokenForm = /^([a-z0-9]{6})\.([a-z0-9]{16})$/
const groupForm = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/
const defaultGroup = 'system:bootstrappers'

export interface BootstrapTokenOptions {
  readonly getSecret: (namespace: string, name: string) => Promise<Secret | undefined>
  readonly clock?: Clock
}

export function bootstrapTokenAuthenticator({ getSecret, clock = systemClock }: BootstrapTokenOptions): TokenAuthenticator {
  return {
    name: 'bootstrap-token',
    async authenticateToken(token) {
      const match = tokenForm.exec(token)
      if (!match) return undefined
      const [, id, secretPart] = match as unknown as [string, string, string]
      const secret = await getSecret('kube-system', `bootstrap-token-${id}`)
      if (!secret || secret.metadata.deletionTimestamp || secret.type !== 'bootstrap.kubernetes.io/token') return undefined
      const value = (key: string): string => Buffer.from(secret.data?.[key] ?? '', 'base64').toString()
      const expected = Buffer.from(value('token-secret'))
      const given = Buffer.from(secretPart)
      if (expected.length !== given.length || !timingSafeEqual(expected, given) || value('token-id') !== id) return undefined
      const expiration = value('expiration')
      if (expiration !== '' && !(Date.parse(expiration) > clock.now())) return undefined
      if (value('usage-bootstrap-authentication') !== 'true') return undefined
      const extra = value('auth-extra-groups')
        .split(',')
        .filter((each) => each !== '')
      // One bad group voids the token, as upstream has it.
      if (!extra.every((each) => groupForm.test(each))) return undefined
      return { user: { name: `system:bootstrap:${id}`, groups: [defaultGroup, ...extra] } }
    },
  }
}
