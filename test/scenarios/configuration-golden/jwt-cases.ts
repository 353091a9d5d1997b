/** JWT authenticators and tokens for each: what TokenReview says of them. ISSUER stands for the case's own, as URL stands for the server of them all. */

export interface JwtCase {
  /** YAML of the authenticator below `issuer`, which has the audience "x" unless it is said. */
  readonly audiences?: readonly string[]
  readonly more: string
  /** Claims beside iss, aud and exp; and what is odd about the token. */
  readonly tokens: readonly Readonly<Record<string, unknown>>[]
}

const sub = 'claimMappings: {username: {claim: sub, prefix: "p:"}}'
const one = (more: string, ...tokens: JwtCase['tokens']): JwtCase => ({ more, tokens })
const username = (expression: string, ...tokens: JwtCase['tokens']): JwtCase =>
  one(`claimMappings: {username: {expression: ${JSON.stringify(expression)}}}`, ...tokens)
const mapped = (field: string, ...tokens: JwtCase['tokens']): JwtCase => one(`claimMappings: {username: {claim: sub, prefix: ""}, ${field}}`, ...tokens)
const rule = (expression: string, ...tokens: JwtCase['tokens']): JwtCase =>
  one(`${sub}\n  claimValidationRules: [{expression: ${JSON.stringify(expression)}, message: refused}]`, ...tokens)
const userRule = (expression: string, ...tokens: JwtCase['tokens']): JwtCase =>
  one(`${sub}\n  userValidationRules: [{expression: ${JSON.stringify(expression)}, message: refused}]`, ...tokens)

export const jwtCases: readonly JwtCase[] = [
  one(
    sub,
    { sub: 'a' },
    { sub: '' },
    { sub: null },
    { sub: 1 },
    {},
    { sub: 'a', aud: 'y' },
    { sub: 'a', aud: ['y', 'x'] },
    { sub: 'a', aud: null },
    { sub: 'a', exp: 1000 },
    { sub: 'a', exp: null },
    { sub: 'a', nbf: 4102444800 },
    { sub: 'a', jti: 'j1' },
    { sub: 'a', jti: '' },
    { sub: 'a', jti: 5 },
    { sub: 'a', '%alg': 'PS512' },
    { sub: 'a', '%alg': 'none' },
    { sub: 'a', '%kid': 'unknown' },
    { sub: 'a', '%kid': '' },
    { sub: 'a', '%key': 'other' },
    { sub: 'a', '%issuer': 'https://else.example' },
  ),
  { audiences: ['x', 'w'], more: `${sub}`, tokens: [{ sub: 'a' }, { sub: 'a', aud: 'w' }, { sub: 'a', aud: 'y' }] },
  one(
    'claimMappings: {username: {claim: email, prefix: ""}}',
    { email: 'a@b' },
    { email: 'a@b', email_verified: true },
    { email: 'a@b', email_verified: false },
    { email: 'a@b', email_verified: 'true' },
    { email: 'a@b', email_verified: null },
  ),
  username('claims.sub', { sub: 'a' }, { sub: '' }, { sub: 1 }, {}, { sub: ['a'] }),
  username('"x:" + claims.sub', { sub: 'a' }, { sub: 1 }),
  username('claims.a.b.c', { a: { b: { c: 'd' } } }, { a: { b: {} } }, { a: 1 }),
  username('claims.?sub.orValue("nobody")', { sub: 'a' }, {}),
  username('string(claims.n)', { n: 1 }, { n: 1.5 }, { n: 'a' }, { n: true }),
  username('claims.n > 5 ? "big" : "small"', { n: 6 }, { n: 5.5 }, { n: 'a' }),
  username('claims.list[0]', { list: ['a'] }, { list: [] }, { list: 'a' }),
  username('claims.__dash__a', { '-a': 'x' }),
  username('claims["a-b"]', { 'a-b': 'x' }),
  username('claims.email_verified ? claims.email : "none"', { email: 'a@b', email_verified: true }, { email: 'a@b', email_verified: false }, { email: 'a@b' }),
  mapped(
    'groups: {claim: g, prefix: "g:"}',
    { sub: 'a', g: ['b', 'c'] },
    { sub: 'a', g: 'b' },
    { sub: 'a', g: [] },
    { sub: 'a', g: null },
    { sub: 'a', g: 1 },
    { sub: 'a', g: ['b', 1] },
    { sub: 'a', g: '' },
    { sub: 'a' },
  ),
  mapped(
    'groups: {expression: claims.g}',
    { sub: 'a', g: ['b', ''] },
    { sub: 'a', g: 'b' },
    { sub: 'a', g: null },
    { sub: 'a', g: 1 },
    { sub: 'a', g: ['b', 1] },
    { sub: 'a' },
  ),
  mapped("groups: {expression: \"claims.g.split(',').map(x, 'g:' + x)\"}", { sub: 'a', g: 'b,c' }, { sub: 'a', g: 1 }),
  mapped('uid: {claim: u}', { sub: 'a', u: 'b' }, { sub: 'a', u: 1 }, { sub: 'a' }),
  mapped('uid: {expression: claims.u}', { sub: 'a', u: 'b' }, { sub: 'a', u: 1 }, { sub: 'a' }),
  mapped(
    'extra: [{key: "a.b/c", valueExpression: claims.e}, {key: "a.b/d", valueExpression: "\'x\'"}]',
    { sub: 'a', e: 'b' },
    { sub: 'a', e: ['b', 'c'] },
    { sub: 'a', e: '' },
    { sub: 'a', e: 1 },
    { sub: 'a' },
  ),
  rule('claims.hd == "x"', { sub: 'a', hd: 'x' }, { sub: 'a', hd: 'y' }, { sub: 'a' }),
  rule('claims.exp - claims.iat <= 3600', { sub: 'a', iat: 4102444000, exp: 4102444800 }, { sub: 'a', iat: 1, exp: 4102444800 }),
  rule('has(claims.hd)', { sub: 'a', hd: null }, { sub: 'a' }),
  one(`${sub}\n  claimValidationRules: [{claim: hd, requiredValue: x}]`, { sub: 'a', hd: 'x' }, { sub: 'a', hd: 'y' }, { sub: 'a', hd: 1 }, { sub: 'a' }),
  one(`${sub}\n  claimValidationRules: [{claim: hd}]`, { sub: 'a', hd: '' }, { sub: 'a', hd: null }, { sub: 'a', hd: 'x' }),
  userRule('!user.username.startsWith("p:system")', { sub: 'a' }, { sub: 'system:b' }),
  userRule('user.groups.size() == 0 && user.uid == "" && user.extra.size() == 0', { sub: 'a' }, { sub: 'a', jti: 'j' }),
  userRule('has(user.uid)', { sub: 'a' }),
  userRule('user.extra["none"].size() == 0', { sub: 'a' }),
  one(
    `claimMappings: {username: {claim: sub, prefix: ""}, groups: {claim: g, prefix: ""}}`,
    { sub: 'a', _claim_names: { g: 's' }, _claim_sources: { s: { endpoint: 'URL/distributed', access_token: 't' } } },
    { sub: 'a', _claim_names: { g: 's' } },
    { sub: 'a', _claim_names: { g: 's' }, _claim_sources: {} },
    { sub: 'a', _claim_names: { h: 's' }, _claim_sources: { s: { endpoint: 'URL/distributed' } } },
    { sub: 'a', _claim_names: { g: 's' }, _claim_sources: { s: { JWT: 'a' } } },
    { sub: 'a', _claim_names: { g: 's' }, _claim_sources: { s: { endpoint: 'URL/nothing' } } },
    { sub: 'a', again: true, _claim_names: { g: 's' }, _claim_sources: { s: { endpoint: 'URL/distributed', access_token: 't' } } },
  ),
  username('claims.n + 1.0 == 2.0 ? "sum" : "none"', { n: 1 }),
  username('claims.n + 1 == 2 ? "sum" : "none"', { n: 1 }),
  username('claims.n == 1 && claims.l == [1, 2] ? "equal" : "other"', { n: 1, l: [1, 2] }),
]
