/** A server of many issuers, one a case, with one key for all, and tokens of theirs. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { jwtCases } from './jwt-cases.ts'

const expiry = 4_102_444_800

export interface Issuers {
  readonly url: string
  /** The file that names them all. */
  readonly configuration: string
  token(index: number, claims: Readonly<Record<string, unknown>>): Promise<string>
  close(): void
}

export async function startIssuers(): Promise<Issuers> {
  const { key, cert } = certificate()
  const [keys, others] = [await generateKeyPair('RS256'), await generateKeyPair('RS256')]
  // Of no algorithm of its own, so that it serves all of its kind.
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'k1' }
  let url = ''
  const server = createServer({ key, cert }, (request, response) => {
    const [, name = ''] = (request.url ?? '').split('/')
    const answer = (body: string, status = 200): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    if (request.url?.endsWith('/openid-configuration')) return answer(JSON.stringify({ issuer: `${url}/${name}`, jwks_uri: `${url}/jwks` }))
    if (name === 'jwks') return answer(JSON.stringify({ keys: [jwk] }))
    if (name !== 'distributed' || request.headers.authorization !== 'Bearer t') return answer('', 404)
    void sign({ iss: `${url}/i0`, aud: 'x', exp: expiry, g: ['told', 'elsewhere'] }, {}).then((text) => answer(text))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`

  async function sign(claims: Record<string, unknown>, odd: Readonly<Record<string, unknown>>): Promise<string> {
    const { '%alg': alg = 'RS256', '%kid': kid = 'k1', '%key': which } = odd
    if (alg === 'none') return new UnsecuredJWT(claims).encode()
    const signingKey = which === 'other' ? others.privateKey : alg === 'RS256' ? keys.privateKey : (await generateKeyPair(String(alg))).privateKey
    return new SignJWT(claims).setProtectedHeader({ alg: String(alg), ...(kid === '' ? {} : { kid: String(kid) }) }).sign(signingKey)
  }

  return {
    url,
    configuration: configurationOf(url, cert),
    async token(index, given) {
      const odd = Object.fromEntries(Object.entries(given).filter(([name]) => name.startsWith('%')))
      const claims = Object.fromEntries(Object.entries(given).filter(([name]) => !name.startsWith('%')))
      const whole = { iss: odd['%issuer'] ?? `${url}/i${index}`, aud: 'x', exp: expiry, ...JSON.parse(JSON.stringify(claims).replaceAll('URL/', `${url}/`)) }
      return sign(whole, odd)
    },
    close: () => void server.close(),
  }
}

function configurationOf(url: string, cert: string): string {
  const authenticators = jwtCases.map(
    ({ audiences = ['x'], more }, index) =>
      `- issuer: ${JSON.stringify({ url: `${url}/i${index}`, audiences, certificateAuthority: cert, ...(audiences.length > 1 ? { audienceMatchPolicy: 'MatchAny' } : {}) })}\n  ${more}\n`,
  )
  return `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\njwt:\n${authenticators.join('')}`
}

function certificate(): { key: string; cert: string } {
  const directory = mkdtempSync(join(tmpdir(), 'k8ts-issuer-'))
  try {
    const [key, cert] = [join(directory, 'key'), join(directory, 'cert')]
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        key,
        '-out',
        cert,
        '-subj',
        '/CN=issuer',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-days',
        '2',
      ],
      { stdio: 'ignore' },
    )
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(directory, { recursive: true })
  }
}
