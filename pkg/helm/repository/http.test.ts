import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { networkWords } from '../output/network-error.ts'
import { listening } from '../testing/servers.ts'
import { download } from './http.ts'

test('what is elsewhere is asked for by the proxy of the environment, what is here is not', async (t) => {
  const asked: string[] = []
  const proxy = await listening(
    t,
    createServer((request, response) => {
      asked.push(`${request.headers.host}${request.url}`)
      response.end('by the proxy')
    }),
  )
  const here = await listening(
    t,
    createServer((_, response) => void response.end('here')),
  )
  const env = { http_proxy: `http://${proxy}` }
  const got = async (url: string): Promise<string> => (await download(url, { limitBytes: 100, env })).toString()
  assert.equal(await got('http://charts.example.com/index.yaml'), 'by the proxy')
  assert.equal(await got(`http://${here}/index.yaml`), 'here')
  assert.equal(asked.length, 1)
  assert.match(asked[0]!, /charts\.example\.com\/index\.yaml$/)
})

const failure = (fields: object, message = ''): Error => Object.assign(new Error(message), fields)
const unverified = 'tls: failed to verify certificate: x509:'
const cases: readonly (readonly [Error, string])[] = [
  [failure({ code: 'ECONNREFUSED', address: '::1', port: 80 }), 'dial tcp [::1]:80: connect: connection refused'],
  [failure({ code: 'EHOSTUNREACH', address: '10.0.0.1', port: 443 }), 'dial tcp 10.0.0.1:443: connect: no route to host'],
  [failure({ code: 'CERT_HAS_EXPIRED' }), `${unverified} certificate has expired or is not yet valid`],
  [failure({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), `${unverified} certificate signed by unknown authority`],
  [
    failure({ code: 'ERR_TLS_CERT_ALTNAME_INVALID', host: 'a.example', cert: { subjectaltname: 'DNS:b.example, DNS:c.example' } }),
    `${unverified} certificate is valid for b.example, c.example, not a.example`,
  ],
  [
    failure({ code: 'ERR_TLS_CERT_ALTNAME_INVALID', host: '10.0.0.1', cert: { subjectaltname: 'DNS:b.example' } }),
    `${unverified} cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs`,
  ],
  [failure({ code: 'ECONNRESET' }, 'socket hang up'), 'EOF'],
  [failure({ code: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA' }), 'remote error: tls: unknown certificate authority'],
  [failure({ code: 'EPROTO' }, '…SSL routines:…:wrong version number:…'), 'http: server gave HTTP response to HTTPS client'],
]
test('what the network refuses is told in the words of Go', () => {
  for (const [error, words] of cases) assert.equal(networkWords(error), words)
})
