import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test, type TestContext } from 'node:test'
import type { Node } from '#api/gen/core/v1.ts'
import { silentLogger } from '#base/log.ts'
import { HealthCheckServers } from './health-check.ts'
import { healthListener, metricsListener, type ProxyHealth, serve, staleAfterMs } from './health-server.ts'
import { ProxyMetrics } from './metrics.ts'

async function started(t: TestContext, listener: Parameters<typeof serve>[0]): Promise<(path: string) => Promise<Response>> {
  const server = serve(listener, '127.0.0.1', 0, (error) => assert.fail(error))
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return (path) => fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })
}

const node = (more: object = {}) => ({ metadata: { name: 'here' }, spec: {}, ...more }) as unknown as Node
const at = (state: Partial<ProxyHealth>): ProxyHealth => ({
  waitingSinceMs: () => undefined,
  lastSyncedMs: () => 0,
  nowMs: () => 100_000,
  node: () => node(),
  families: [4, 6],
  ...state,
})

for (const { name, state, healthz, livez } of [
  { name: 'that is up to date', state: {}, healthz: 200, livez: 200 },
  { name: 'with a change just seen', state: { waitingSinceMs: () => 99_000 }, healthz: 200, livez: 200 },
  { name: 'whose changes do not get through', state: { waitingSinceMs: () => 100_000 - staleAfterMs }, healthz: 503, livez: 503 },
  { name: 'on a node that is being deleted', state: { node: () => node({ metadata: { name: 'here', deletionTimestamp: 'now' } }) }, healthz: 503, livez: 200 },
  {
    name: 'on a node that the autoscaler takes away',
    state: { node: () => node({ spec: { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }] } }) },
    healthz: 503,
    livez: 200,
  },
])
  test(`a proxy ${name} says so`, async (t) => {
    const metrics = new ProxyMetrics()
    const ask = await started(t, healthListener(at(state), metrics))
    const answers = await Promise.all([ask('/healthz'), ask('/livez')])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [healthz, livez],
    )
    const body = (await answers[0].json()) as Record<string, unknown>
    const [now, synced] = ['1970-01-01T00:01:40Z', '1970-01-01T00:00:00Z']
    const working = livez === 200
    const status = { IPv4: { lastUpdated: synced, healthy: working }, IPv6: { lastUpdated: synced, healthy: working } }
    assert.deepEqual(body, {
      lastUpdated: healthz === 200 ? now : synced,
      currentTime: now,
      nodeEligible: !name.startsWith('on a node'),
      healthy: working,
      status,
    })
    assert.deepEqual(await answers[1].json(), { lastUpdated: working ? now : synced, currentTime: now, healthy: working, status })
    assert.match(metrics.text(), new RegExp(`kubeproxy_proxy_healthz_total\\{code="${healthz}"\\} 1\n`))
  })

test("metrics have kube-proxy's names, and the mode is told", async (t) => {
  const metrics = new ProxyMetrics()
  metrics.syncSeconds.observe(0.003)
  metrics.programmingSeconds.observe(0.4)
  const ask = await started(
    t,
    metricsListener(metrics, () => 'process_cpu_seconds_total 1\n'),
  )
  const text = await (await ask('/metrics')).text()
  assert.match(text, /kubeproxy_sync_proxy_rules_duration_seconds_bucket\{ip_family="IPv4",le="0.004"\} 1\n/)
  assert.match(text, /kubeproxy_network_programming_duration_seconds_bucket\{ip_family="IPv4",le="0.5"\} 1\n/)
  assert.match(text, /kubeproxy_sync_proxy_rules_nftables_sync_failures_total\{ip_family="IPv4"\} 0\n/)
  assert.match(text, /\nprocess_cpu_seconds_total 1\n$/)
  assert.equal(await (await ask('/proxyMode')).text(), 'nftables')
})

test('a health-check node port tells how many endpoints are here, at the node’s addresses and no others, until the Service goes', async (t) => {
  const free = createServer().listen(0, '127.0.0.2')
  await once(free, 'listening')
  const { port } = free.address() as AddressInfo
  await new Promise((resolve) => free.close(resolve))
  let isProxyHealthy = true
  const servers = new HealthCheckServers(silentLogger, { addresses: ['127.0.0.2', '127.0.0.3'], isProxyHealthy: () => isProxyHealthy })
  t.after(() => servers.close())
  const ask = (address: string) =>
    fetch(`http://${address}:${port}/`, { headers: { connection: 'close' } }).then(
      async (response) => [response.status, response.headers.get('x-load-balancing-endpoint-weight'), await response.json()],
      () => 'refused',
    )
  const service = { namespace: 'default', name: 'web' }
  const update = (localEndpoints: number) => servers.update('default/web', { port, ...service, localEndpoints })
  update(2)
  for (const address of ['127.0.0.2', '127.0.0.3'])
    assert.deepEqual(await ask(address), [200, '2', { service, localEndpoints: 2, serviceProxyHealthy: true }], address)
  assert.equal(await ask('127.0.0.1'), 'refused')
  update(0)
  assert.deepEqual(await ask('127.0.0.2'), [503, '0', { service, localEndpoints: 0, serviceProxyHealthy: true }])
  update(1)
  isProxyHealthy = false
  assert.deepEqual(await ask('127.0.0.2'), [503, '1', { service, localEndpoints: 1, serviceProxyHealthy: false }])
  servers.update('default/web', undefined)
  assert.equal(await ask('127.0.0.2'), 'refused')
})
