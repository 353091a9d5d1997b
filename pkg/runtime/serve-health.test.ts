import assert from 'node:assert/strict'
import { test } from 'node:test'
import { processMetrics } from './process-metrics.ts'
import { serveHealth } from './serve-health.ts'

test('Health and metrics are served; a failed check is told without its reason', async (t) => {
  let wrong: string | undefined
  const checks = [
    { name: 'ping', check: () => undefined },
    { name: 'leaderElection', check: () => wrong },
  ]
  const server = await serveHealth({
    port: 0,
    checks: { healthz: () => checks, livez: () => checks, readyz: () => checks },
    metrics: [() => 'a 1\n', () => 'b 2\n'],
  })
  t.after(() => server.close())
  const ask = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method })
    return `${response.status} ${await response.text()}`
  }
  assert.equal(await ask('/healthz'), '200 ok')
  assert.equal(await ask('/readyz?verbose'), '200 [+]ping ok\n[+]leaderElection ok\nreadyz check passed\n')
  assert.equal(await ask('/metrics'), '200 a 1\nb 2\n')
  const excluded = '[+]ping ok\n[+]leaderElection excluded: ok\nwarn: some health checks cannot be excluded: no matches for "x"\nhealthz check passed\n'
  assert.equal(await ask('/healthz?verbose&exclude=leaderElection&exclude=x'), `200 ${excluded}`)
  wrong = 'the secret'
  assert.equal(await ask('/livez'), '500 [+]ping ok\n[-]leaderElection failed: reason withheld\nlivez check failed\n')
  assert.equal(await ask('/other'), '404 404 page not found\n')
  assert.equal(await ask('/metrics', 'POST'), '405 method not allowed\n')
})

test('A process says when it began, what it used, and which Kubernetes it is', () => {
  const facts = { uptime: () => 10, cpuUsage: () => ({ user: 1_500_000, system: 500_000 }), memoryUsage: () => ({ rss: 7, heapUsed: 3 }) }
  const text = processMetrics(facts, 1_000_000)
  for (const line of ['process_start_time_seconds 990', 'process_cpu_seconds_total 2', 'process_resident_memory_bytes 7'])
    assert.ok(text.includes(`\n${line}\n`), line)
  assert.match(text, /kubernetes_build_info\{git_version="v1\.36\.\d+"/)
})
