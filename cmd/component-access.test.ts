import assert from 'node:assert/strict'
import { request } from 'node:https'
import { after, before, test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { generateKeys, issueCa, issueLeaf } from '#cluster/pki/issue.ts'
import { type HealthServer, serveHealth } from '#runtime/serve-health.ts'
import { componentAccess } from './component-access.ts'

let server: HealthServer
let shown: { ca: string; certificate: string; key: string; admin: string }
const asked: string[] = []
const reviews = {
  token: async (token: string) => (token === 'good' ? { name: 'ann', groups: ['system:authenticated'] } : undefined),
  access: async ({ name }: { name: string }, verb: string, path: string) => {
    asked.push(`${name} ${verb} ${path}`)
    return name === 'ann' && path !== '/configz'
  },
}

before(async () => {
  const [caKeys, keys] = await Promise.all([generateKeys(), generateKeys()])
  const ca = await issueCa('test', caKeys, Date.now())
  const issuer = { certificate: ca, key: caKeys.privateKey }
  const serving = { commonName: 'localhost', usages: ['server'], dnsNames: ['localhost'], addresses: ['127.0.0.1'] } as const
  const certificate = await issueLeaf(serving, issuer, keys.publicKey, Date.now())
  const admin = await issueLeaf({ commonName: 'root', organizations: ['system:masters'], usages: ['client'] }, issuer, keys.publicKey, Date.now())
  shown = { ca, certificate, key: keys.privateKey, admin }
  server = await serveHealth({
    port: 0,
    checks: { healthz: () => [{ name: 'job-controller', check: () => undefined }] },
    metrics: [() => 'a 1\n'],
    secure: {
      certificate,
      key: keys.privateKey,
      clientCa: ca,
      refusal: componentAccess(reviews, new FakeClock()),
      component: 'kube-controller-manager',
      flags: { 'node-eviction-rate': '0.1' },
      configuration: { 'kubecontrollermanager.config.k8s.io': { kind: 'KubeControllerManagerConfiguration' } },
      facts: () => ({ startedAtMs: 0, nowMs: 0, goVersion: 'go', binaryVersion: '1.36.1' }),
    },
  })
})
after(() => server.close())

function ask(path: string, { token, certificate = false }: { token?: string; certificate?: boolean } = {}): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const headers = token ? { authorization: `Bearer ${token}` } : {}
    const client = certificate ? { cert: shown.admin, key: shown.key } : {}
    const outgoing = request({ host: '127.0.0.1', port: server.port, path, headers, ca: shown.ca, agent: false, ...client }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve([response.statusCode ?? 0, Buffer.concat(chunks).toString()]))
    })
    outgoing.on('error', reject).end()
  })
}

test('health is for everybody, the rest for who may get its path', async () => {
  assert.deepEqual(await ask('/healthz?verbose'), [200, '[+]job-controller ok\nhealthz check passed\n'])
  const [status, forbidden] = await ask('/flagz')
  const message = 'forbidden: User "system:anonymous" cannot get path "/flagz"'
  assert.equal(status, 403)
  assert.equal(
    forbidden,
    JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason: 'Forbidden', details: {}, code: 403 }, undefined, 2),
  )
  assert.equal((await ask('/metrics'))[0], 403)
  assert.equal((await ask('/nothing'))[0], 403)
  assert.deepEqual(JSON.parse((await ask('/flagz', { token: 'bad' }))[1]).message, 'Unauthorized')
  assert.match((await ask('/flagz', { token: 'good' }))[1], /^\nkube-controller-manager flagz\nWarning: .*\nnode-eviction-rate=0\.1\n$/)
  assert.match((await ask('/statusz', { token: 'good' }))[1], /\nPaths: {2}\/configz \/flagz \/healthz \/metrics\n$/)
  assert.equal((await ask('/configz', { token: 'good' }))[0], 403)
  assert.deepEqual(await ask('/readyz', { token: 'good' }), [404, '404 page not found\n'])
  assert.ok(asked.includes('ann get /statusz'))
})

test('a certificate of system:masters is asked about by nobody', async () => {
  const before = asked.length
  const shows = '{"kubecontrollermanager.config.k8s.io":{"kind":"KubeControllerManagerConfiguration"}}'
  assert.deepEqual(await ask('/configz', { certificate: true }), [200, shows])
  assert.deepEqual(await ask('/metrics', { certificate: true }), [200, 'a 1\n'])
  assert.equal(asked.length, before)
})

test('without TLS there are health and metrics alone', async () => {
  const plainly = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
    return [response.status, await response.text()]
  }
  assert.deepEqual(await plainly('/healthz'), [200, 'ok'])
  assert.deepEqual(await plainly('/metrics'), [200, 'a 1\n'])
  for (const path of ['/configz', '/flagz', '/statusz']) assert.equal((await plainly(path))[0], 404, path)
})
