import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { withDefaults } from '../configuration/defaults.ts'
import type { KubeletConfiguration } from '../configuration/fields.ts'
import { accessControl } from './access.ts'
import { nodeAttributes } from './attributes.ts'

test('each path asks for its own subresource of the node, and the finer ones for nodes/proxy behind it', () => {
  for (const [method, path, expected] of [
    ['GET', '/metrics/cadvisor', 'get metrics'],
    ['GET', '/stats/summary', 'get stats'],
    ['GET', '/logs/', 'get log'],
    ['GET', '/pods', 'get pods, get proxy'],
    ['GET', '/runningpods/', 'get pods, get proxy'],
    ['GET', '/configz', 'get configz, get proxy'],
    ['GET', '/statusz', 'get statusz'],
    ['GET', '/flagz', 'get configz'],
    ['GET', '/healthz/syncloop', 'get healthz, get proxy'],
    ['POST', '/exec/default/web/main', 'create proxy'],
    ['GET', '/metricsish', 'get proxy'],
    ['DELETE', '/localVolumes/x', 'delete proxy'],
  ] as const) {
    const asked = nodeAttributes(method, path).map(({ verb, subresource }) => `${verb} ${subresource}`)
    assert.equal(asked.join(', '), expected, `${method} ${path}`)
  }
})

function bench(configuration: KubeletConfiguration = {}, allowed: readonly string[] = []) {
  const clock = new FakeClock()
  const asked: string[] = []
  const check = accessControl({
    clock,
    configuration: withDefaults(configuration),
    reviews: {
      async token(token) {
        asked.push(`token ${token}`)
        if (token === 'broken') throw new Error('no API')
        return token === 'good' ? { name: 'ann', groups: ['dev'] } : undefined
      },
      async access({ name }, { verb, subresource }) {
        asked.push(`${name} ${verb} ${subresource}`)
        return allowed.includes(subresource)
      },
    },
  })
  const ask = (path: string, token?: string, certificate?: { CN: string; O?: string }) =>
    check(
      {
        method: 'GET',
        headers: token ? { authorization: `Bearer ${token}` } : {},
        socket: { authorized: certificate !== undefined, getPeerCertificate: () => ({ subject: certificate }) },
      } as unknown as IncomingMessage,
      path,
    )
  return { clock, asked, ask }
}

test('a token is reviewed once, and so is what its user may do, for as long as the answer holds', async () => {
  const { ask, asked, clock } = bench({}, ['metrics'])
  await ask('/metrics', 'good')
  await ask('/metrics', 'good')
  assert.deepEqual(asked, ['token good', 'ann get metrics'])
  await clock.advance(121_000)
  await ask('/metrics', 'good')
  assert.deepEqual(asked.slice(2), ['token good'])
  await clock.advance(180_000)
  await ask('/metrics', 'good')
  assert.deepEqual(asked.slice(3), ['token good', 'ann get metrics'])
})

test('what is not allowed is 403 with what was asked for, an unknown token 401, and a review that fails 500', async () => {
  const { ask } = bench()
  await assert.rejects(ask('/configz', 'good'), {
    status: 403,
    message: 'Forbidden (user=ann, verb=get, resource=nodes, subresource(s)=[configz proxy])\n',
  })
  await assert.rejects(ask('/pods', 'bad'), { status: 401 })
  await assert.rejects(ask('/pods', 'broken'), { message: 'no API' })
  await assert.rejects(ask('/pods'), { status: 401 })
})

test('nodes/proxy still opens what has a finer name', async () => {
  const { ask, asked } = bench({}, ['proxy'])
  await ask('/pods', 'good')
  assert.deepEqual(asked, ['token good', 'ann get pods', 'ann get proxy'])
  await assert.rejects(ask('/metrics', 'good'), { status: 403 })
})

test('a certificate is a user, the cluster’s administrators are not asked about, and anonymous users only where they are let in', async () => {
  const { ask, asked } = bench({}, ['pods'])
  await ask('/pods', undefined, { CN: 'scraper' })
  await ask('/exec/a/b/c', undefined, { CN: 'admin', O: 'system:masters' })
  assert.deepEqual(asked, ['scraper get pods'])
  const open = bench({ authentication: { anonymous: { enabled: true } } }, ['healthz'])
  await open.ask('/healthz')
  await assert.rejects(open.ask('/pods'), { status: 403 })
  await bench({ authorization: { mode: 'AlwaysAllow' } }).ask('/pods', 'good')
})
