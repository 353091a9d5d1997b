import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { FakeClock } from '#base/fake-clock.ts'
import { loadAuthenticationConfiguration, validateAuthenticationConfiguration } from '../configuration.ts'
import { InvalidTokenError } from '../types.ts'
import { webhookTokenAuthenticator } from '../webhook-token.ts'
import { oidcAuthenticator } from './index.ts'
import type { JwtAuthenticatorConfig } from './types.ts'

const issuer = 'https://issuer.example.com'
const clock = new FakeClock()
const keyPair = await generateKeyPair('RS256')
const otherPair = await generateKeyPair('RS256')
const jwk = { ...(await exportJWK(keyPair.publicKey)), kid: 'k1', alg: 'RS256' }

function server() {
  const asked: string[] = []
  const keys: object[] = [jwk]
  const fetch = async (url: string): Promise<unknown> => {
    asked.push(url)
    return url.endsWith('/jwks') ? { keys } : { issuer, jwks_uri: `${issuer}/jwks` }
  }
  return { asked, keys, fetch }
}

function token(claims: object, options: { audience?: string; kid?: string; key?: CryptoKey; seconds?: number } = {}): Promise<string> {
  const now = Math.floor(clock.now() / 1000)
  return new SignJWT({ sub: 'jane', ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: options.kid ?? 'k1' })
    .setIssuer(issuer)
    .setAudience(options.audience ?? 'kubernetes')
    .setIssuedAt(now)
    .setExpirationTime(now + (options.seconds ?? 60))
    .sign(options.key ?? keyPair.privateKey)
}

const base: JwtAuthenticatorConfig = {
  issuer: { url: issuer, audiences: ['kubernetes'] },
  claimMappings: { username: { claim: 'sub', prefix: 'oidc:' }, groups: { claim: 'roles', prefix: 'g:' } },
}
const authenticator = (config: Partial<JwtAuthenticatorConfig> = {}, from = server()) =>
  oidcAuthenticator({ config: { ...base, ...config }, clock, fetch: from.fetch })

test('a good token names its user and groups, with their prefixes', async () => {
  const found = await authenticator().authenticateToken(await token({ roles: ['a', 'b'] }))
  assert.deepEqual(found?.user, { name: 'oidc:jane', groups: ['g:a', 'g:b'] })
  assert.deepEqual((await authenticator().authenticateToken(await token({ roles: 'one' })))?.user.groups, ['g:one'])
})

test('what is not its own is left to others, and what is wrong is refused', async () => {
  const one = authenticator()
  assert.equal(await one.authenticateToken('no.jwt'), undefined)
  assert.equal(
    await oidcAuthenticator({ config: { ...base, issuer: { url: 'https://other', audiences: ['a'] } }, clock, fetch: server().fetch }).authenticateToken(
      await token({}),
    ),
    undefined,
  )
  const rows: [Promise<string>, RegExp][] = [
    [token({}, { audience: 'else' }), /^oidc: verify token: oidc: expected audience "kubernetes" got \["else"\]$/],
    [token({}, { seconds: -5 }), /^oidc: verify token: oidc: token is expired \(Token Expiry: 2025-12-31 23:59:55 \+0000 UTC\)$/],
    [token({}, { key: otherPair.privateKey }), /^oidc: verify token: failed to verify signature: failed to verify id token signature$/],
    [token({}, { kid: 'unknown' }), /failed to verify id token signature$/],
    [token({ roles: [{}] }), /parse groups claim "roles": json: cannot unmarshal array into Go value of type string/],
  ]
  for (const [text, message] of rows)
    await assert.rejects(one.authenticateToken(await text), (error) => error instanceof InvalidTokenError && message.test(error.message))
  await assert.rejects(
    authenticator({ claimMappings: { username: { claim: 'email', prefix: '' } } }).authenticateToken(await token({ email: 'a@b', email_verified: false })),
    /oidc: email not verified/,
  )
})

test('a new key is found, and made-up ones do not have the issuer asked each time', async () => {
  const from = server()
  const one = authenticator({}, from)
  await one.authenticateToken(await token({}))
  assert.equal(from.asked.length, 2)
  for (let count = 0; count < 5; count++) await assert.rejects(one.authenticateToken(await token({}, { kid: `x${count}` })))
  assert.equal(from.asked.length, 2)
  from.keys.push({ ...(await exportJWK(otherPair.publicKey)), kid: 'k2', alg: 'RS256' })
  await clock.advance(11_000)
  assert.ok(await one.authenticateToken(await token({}, { kid: 'k2', key: otherPair.privateKey })))
  assert.equal(from.asked.length, 4)
})

test('expressions map and check claims, and the user that comes of them', async () => {
  const config: Partial<JwtAuthenticatorConfig> = {
    claimMappings: {
      username: { expression: '"ext:" + claims.sub' },
      groups: { expression: 'claims.roles.split(",")' },
      uid: { expression: 'claims.id' },
      extra: [{ key: 'example.com/tenant', valueExpression: 'claims.tenant' }],
    },
    claimValidationRules: [{ expression: 'claims.tenant == "t1"', message: 'wrong tenant' }],
    userValidationRules: [{ expression: '!user.username.startsWith("system:")', message: 'reserved' }],
  }
  const found = await authenticator(config).authenticateToken(await token({ roles: 'a,b', id: 'u7', tenant: 't1' }))
  assert.deepEqual(found?.user, { name: 'ext:jane', groups: ['a', 'b'], uid: 'u7', extra: { 'example.com/tenant': ['t1'] } })
  await assert.rejects(
    authenticator(config).authenticateToken(await token({ roles: 'a', id: 'u', tenant: 't2' })),
    /validation expression 'claims\.tenant == "t1"' failed: wrong tenant/,
  )
  const reserved = { ...config, claimMappings: { username: { expression: '"system:" + claims.sub' } } }
  await assert.rejects(authenticator(reserved).authenticateToken(await token({ tenant: 't1' })), /failed: reserved/)
  await assert.rejects(
    authenticator({ claimValidationRules: [{ claim: 'hd', requiredValue: 'x' }] }).authenticateToken(await token({})),
    /required claim hd not present in ID token/,
  )
})

test('a configuration that cannot be is refused with its fields', () => {
  const parse = (jwt: string) => {
    const found = loadAuthenticationConfiguration(`apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n- ${jwt}`)
    validateAuthenticationConfiguration(found)
    return found
  }
  const good = 'issuer: {url: "https://a", audiences: [x]}'
  assert.equal(parse(`{${good}, claimMappings: {username: {claim: sub, prefix: ""}}}`).jwt.length, 1)
  assert.throws(() => parse('{issuer: {url: "http://a", audiences: [x]}, claimMappings: {username: {claim: sub, prefix: ""}}}'), /URL scheme must be https/)
  assert.throws(() => parse('{issuer: {url: "https://a"}, claimMappings: {username: {claim: sub, prefix: ""}}}'), /audiences: Required value/)
  assert.throws(() => parse(`{${good}, claimMappings: {username: {claim: sub}}}`), /prefix is required when claim is set/)
  assert.throws(() => parse(`{${good}, claimMappings: {username: {expression: "claims."}}}`), /compilation failed/)
})

test('a token webhook is asked once for a token, and again when its answer is old', async () => {
  let asked = 0
  const ask = async (review: any) => {
    asked++
    if (review.spec.token === 'good')
      return { status: { authenticated: true, user: { username: 'jane', uid: '1', groups: ['dev'], extra: { a: ['b'] } }, audiences: ['api'] } }
    if (review.spec.token === 'down') throw new Error('connection refused')
    return { status: { authenticated: false, error: 'who is that' } }
  }
  const one = webhookTokenAuthenticator({ ask, clock, apiAudiences: ['api'] })
  assert.deepEqual(await one.authenticateToken('good'), { user: { name: 'jane', uid: '1', groups: ['dev'], extra: { a: ['b'] } }, audiences: ['api'] })
  await one.authenticateToken('good')
  assert.equal(asked, 1)
  await clock.advance(121_000)
  await one.authenticateToken('good')
  assert.equal(asked, 2)
  await assert.rejects(one.authenticateToken('bad'), /who is that/)
  await assert.rejects(one.authenticateToken('down'), /connection refused/)
  await assert.rejects(one.authenticateToken('down'), InvalidTokenError)
  assert.equal(asked, 5)
})
