/** Authentication put together: the authenticators in upstream's order, the token issuer, and the handlers of reviews and tokens. */
import { type Clock, systemClock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { ReadAccess } from '../cached-reader.ts'
import type { Authenticator } from '../types.ts'
import type { VirtualHandlers } from '../virtual-types.ts'
import { anonymousAt, anonymousAuthenticator } from './anonymous.ts'
import { bearerTokenAuthenticator, unionTokenAuthenticator } from './bearer-token.ts'
import { bootstrapTokenAuthenticator } from './bootstrap-token.ts'
import { tokenGetters } from './getters.ts'
import { requestHeaderAuthenticator } from './request-header.ts'
import { selfSubjectReviewHandler, tokenReviewHandler } from './reviews.ts'
import { serviceAccountTokenAuthenticator } from './service-account-token.ts'
import { jwks, openIdConfiguration } from './signing-keys.ts'
import { type StaticToken, staticTokenAuthenticator } from './static-token.ts'
import { defaultIssuer, TokenIssuer } from './token-issuer.ts'
import { tokenRequestHandler } from './token-request.ts'
import type { TokenAuthenticator } from './types.ts'
import { unionAuthenticator } from './union.ts'
import { x509Authenticator } from './x509.ts'

/** Of kubeadm's --requestheader-allowed-names: who may speak for others. */
export const proxyNames = ['front-proxy-client']

export interface AuthenticationOptions extends ReadAccess {
  /** PEM of the service-account signing key (`pki.serviceAccount.privateKey`). */
  readonly serviceAccountKey: string
  /** Default https://kubernetes.default.svc.cluster.local. */
  readonly issuer?: string
  /** Default: the issuer. */
  readonly apiAudiences?: readonly string[]
  /** "https://HOST:PORT" under which jwks is reached; default: the issuer. */
  readonly externalUrl?: string
  /** PEM of the cluster's CA: only its client certificates name users. Needed when the listener trusts the front proxy's too. */
  readonly clientCa?: string
  /** PEM of the front-proxy CA; absent: no request-header authentication. */
  readonly frontProxyCa?: string
  readonly staticTokens?: readonly StaticToken[]
  /** Issuers and webhooks, asked after the server's own tokens. */
  readonly tokenAuthenticators?: (apiAudiences: readonly string[]) => readonly TokenAuthenticator[]
  /** Default true; paths: only there. */
  readonly anonymous?: boolean | readonly string[]
  readonly clock?: Clock
  readonly log?: Logger
}

export interface Authentication {
  readonly authenticator: Authenticator
  readonly tokens: TokenAuthenticator
  readonly issuer: TokenIssuer
  /** tokenreviews, selfsubjectreviews, serviceaccounts/token. */
  readonly virtual: VirtualHandlers
  /** Bodies of GET paths that are no resources. */
  readonly documents: Readonly<Record<string, { readonly contentType: string; readonly body: string }>>
}

export function createAuthentication(options: AuthenticationOptions): Authentication {
  const { serviceAccountKey, issuer: issuerUrl = defaultIssuer, clientCa, frontProxyCa, staticTokens = [], anonymous = true, clock, log } = options
  const apiAudiences = options.apiAudiences ?? [issuerUrl]
  const withClock = clock ? { clock } : {}
  const getters = tokenGetters(options)
  const issuer = new TokenIssuer({ privateKey: serviceAccountKey, issuer: issuerUrl, ...withClock })
  const tokens = unionTokenAuthenticator([
    ...(staticTokens.length > 0 ? [staticTokenAuthenticator(staticTokens)] : []),
    serviceAccountTokenAuthenticator({ publicKeys: [serviceAccountKey], issuers: [issuerUrl], apiAudiences, getters, ...withClock }),
    bootstrapTokenAuthenticator({ getSecret: getters.secret, ...withClock }),
    ...(options.tokenAuthenticators?.(apiAudiences) ?? []),
  ])
  const now = clock ? () => clock.now() : Date.now
  const authenticator = unionAuthenticator([
    ...(frontProxyCa ? [requestHeaderAuthenticator({ ca: frontProxyCa, allowedNames: proxyNames, now })] : []),
    x509Authenticator({ now, ...(clientCa ? { ca: clientCa } : {}) }),
    bearerTokenAuthenticator(tokens, log),
    ...(anonymous === true ? [anonymousAuthenticator] : anonymous === false ? [] : [anonymousAt(anonymous)]),
  ])
  const jwksUri = `${options.externalUrl ?? issuerUrl}/openid/v1/jwks`
  return {
    authenticator,
    tokens,
    issuer,
    virtual: {
      'authentication.k8s.io/tokenreviews': tokenReviewHandler(tokens, apiAudiences),
      'authentication.k8s.io/selfsubjectreviews': selfSubjectReviewHandler(options.clock ?? systemClock),
      '/serviceaccounts/token': tokenRequestHandler({ issuer, getters, apiAudiences, ...withClock }),
    },
    documents: {
      '/.well-known/openid-configuration': { contentType: 'application/json', body: JSON.stringify(openIdConfiguration(issuerUrl, jwksUri, [issuer.key])) },
      '/openid/v1/jwks': { contentType: 'application/jwk-set+json', body: JSON.stringify(jwks([issuer.key])) },
    },
  }
}
