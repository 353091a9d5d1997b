/** Claims that another server tells (OpenID Connect Core 1.0, 5.6.2): the groups, where the token says who knows them. */
import type { Claims } from './claims.ts'
import { type FetchText, RefusedError } from './keys.ts'
import { untrustedIssuer, type Verify } from './verify.ts'

export interface DistributedClaimsOptions {
  readonly claim: string
  /** Who has signed what the other server tells need not be the token's issuer. */
  readonly verifierOf: (issuer: string) => Verify
  readonly fetch: FetchText
}

interface Source {
  readonly endpoint?: string
  readonly access_token?: string
}

/** Adds the claim, if it is told elsewhere. Throws an Error. */
export function distributedClaims({ claim, verifierOf, fetch }: DistributedClaimsOptions): (claims: Claims) => Promise<void> {
  const verifiers = new Map<string, Verify>()
  return async (claims) => {
    const names = claims._claim_names as Readonly<Record<string, string>> | undefined
    if (Object.hasOwn(claims, claim) || names === undefined) return
    const sources = claims._claim_sources as Readonly<Record<string, Source>> | undefined
    if (sources === undefined) throw new Error('oidc: no claim sources')
    const name = names[claim]
    if (name === undefined) return
    const source = sources[name]
    if (!source) throw new Error(`id token _claim_names contained a source ${name} missing in _claims_sources`)
    const { endpoint = '', access_token: token = '' } = source
    if (endpoint === '') return
    const answer = await told(`while getting distributed claim ${JSON.stringify(claim)}`, () =>
      fetch(endpoint, token === '' ? {} : { authorization: `Bearer ${token}` }),
    )
    const issuer = untrustedIssuer(answer)
    if (issuer === undefined) throw new Error(`getting untrusted issuer from endpoint ${endpoint} failed for claim ${JSON.stringify(claim)}: malformed token`)
    const verify = verifiers.get(issuer) ?? verifierOf(issuer)
    verifiers.set(issuer, verify)
    const found = await told('verify distributed claim token', () => verify(answer))
    if (!Object.hasOwn(found, claim)) throw new Error(`jwt returned by distributed claim endpoint ${JSON.stringify(endpoint)} did not contain claim: ${claim}`)
    claims[claim] = found[claim]
  }
}

async function told<T>(what: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    const why = error instanceof RefusedError ? `error while getting distributed claim JWT: ${error.message}` : (error as Error).message
    throw new Error(`${what}: ${why}`, { cause: error })
  }
}
