/** What a cluster survives: down and up, any of its processes killed at any moment; and that delete leaves the host as it was. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { configMaps, deployments, pods } from '#api/gen/resources.ts'
import { run } from '#cluster/host/exec.ts'
import { askSupervisor } from '#cluster/supervisor/control-socket.ts'
import { type E2eCluster, eventually, missingForCluster, startCluster } from './cluster.ts'
import { fetchText } from './load.ts'
import { applyManifest, isReady, readManifest, readyPods } from './objects.ts'

const missing = missingForCluster()
const hello = join(import.meta.dirname, '..', '..', 'examples', 'hello.yaml')
const seed = Number(process.env.K8TS_SEED ?? Date.now() % 1_000_000)

/** What a host shows of a cluster. Counters and the times of day are left out. */
async function hostState(): Promise<Record<string, string[]>> {
  const lines = async (...command: string[]): Promise<string[]> => (await run(command)).stdout.split('\n').filter(Boolean).sort()
  const state = {
    links: (await lines('ip', '-br', 'link')).map((line) => line.split(/[\s@]+/)[0]!),
    routes: await lines('ip', 'route'),
    namespaces: (await lines('ls', '/run/netns')).map((line) => line.trim()),
    nft: await lines('nft', 'list', 'tables'),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes('k8ts'))
      .map((line) => line.split(' ')[4]!),
    cgroups: (await lines('find', '/sys/fs/cgroup', '-maxdepth', '3', '-name', 'k8ts-*')).filter((line) => !line.includes('k8ts-test')),
    run: readdirSync('/run').filter((name) => name.startsWith('k8ts-')),
    forwarding: await lines('sh', '-c', 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/forwarding | sort | uniq -c | sort'),
  }
  // Where other clusters come and go meanwhile, only this one's traces can be compared.
  if (process.env.K8TS_E2E_SHARED !== '1') return state
  return Object.fromEntries(Object.entries(state).map(([what, found]) => [what, found.filter((each) => /\blive/.test(each))]))
}

describe('a cluster', { skip: missing ?? false, timeout: 600_000 }, () => {
  test('comes up, survives down and up and the killing of its processes, and is gone without a trace', async (t) => {
    const before = await hostState()
    const cluster = await startCluster({ name: 'live', port: 16444 })
    let deleted = false
    t.after(async () => {
      if (!deleted) await cluster.delete()
    })

    await t.test('a second up finds everything there', async () => {
      const { stdout } = await cluster.k8ts(['up'])
      assert.match(stdout, /is running: cluster live, 1 node/)
    })

    await t.test('the example runs and answers on localhost', async () => {
      await applyManifest(cluster.client, readManifest(hello))
      await readyPods(cluster.client, 'app=hello', 2)
      await eventually('localhost answers', async () => (await fetchText('http://127.0.0.1:30000/')).includes('It works'))
    })

    await t.test('down stops everything, up brings the same objects and pods back', async () => {
      const uids = (await readyPods(cluster.client, 'app=hello', 2)).map(({ metadata }) => metadata.uid).sort()
      await cluster.k8ts(['down'])
      const down = await hostState()
      assert.deepEqual({ ...down, routes: [] }, { ...before, routes: [] })
      await cluster.k8ts(['up'])
      const again = await readyPods(cluster.client, 'app=hello', 2)
      assert.deepEqual(again.map(({ metadata }) => metadata.uid).sort(), uids)
      await eventually('localhost answers again', async () => (await fetchText('http://127.0.0.1:30000/')).includes('It works'))
    })

    await t.test(`any process may be killed at any moment (seed ${seed})`, async () => {
      await killEach(cluster)
    })

    await t.test('delete leaves the host as it was', async () => {
      await cluster.delete()
      deleted = true
      const after = await hostState()
      assert.deepEqual(after, before)
    })
  })
})

/** Under writes, kills every process of ours once, in random order at random moments; then counts what was acknowledged. */
async function killEach(cluster: E2eCluster): Promise<void> {
  const random = mulberry32(seed)
  const acknowledged = new Set<string>()
  let writing = true
  const writer = (async () => {
    for (let number = 0; writing; number++) {
      const name = `write-${number}`
      try {
        await cluster.client.create(configMaps, { metadata: { name, namespace: 'default' }, data: { number: String(number) } })
        acknowledged.add(name)
      } catch {
        // Not acknowledged: it may be there or not.
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  })()
  try {
    const running = await eventually('the supervisor answers', async () => askSupervisor(cluster.dataDir, { op: 'status' }))
    assert.ok(running.ok && running.status)
    const names = ['supervisor', ...running.status.children.map(({ name }) => name)].sort(() => random() - 0.5)
    for (const name of names) {
      await new Promise((resolve) => setTimeout(resolve, 200 + random() * 800))
      const now = await eventually('the supervisor answers', async () => askSupervisor(cluster.dataDir, { op: 'status' }))
      assert.ok(now.ok && now.status)
      const pid = name === 'supervisor' ? now.status.pid : now.status.children.find((child) => child.name === name)?.pid
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
      await eventually(`all is back after ${name} was killed`, async () => {
        const status = await askSupervisor(cluster.dataDir, { op: 'status' })
        if (!status?.ok || !status.status) return undefined
        const { children } = status.status
        const newPid = name === 'supervisor' ? status.status.pid : children.find((child) => child.name === name)?.pid
        return newPid !== undefined && newPid !== pid && children.every((child) => child.ready)
      })
    }
  } finally {
    writing = false
    await writer
  }
  const there = new Set((await cluster.client.list(configMaps, { namespace: 'default' })).items.map(({ metadata }) => metadata.name))
  assert.deepEqual(
    [...acknowledged].filter((name) => !there.has(name)),
    [],
  )
  assert.ok(acknowledged.size > 20, `only ${acknowledged.size} writes were acknowledged`)
  await readyPods(cluster.client, 'app=hello', 2)
  await cluster.client.patch(deployments, { namespace: 'default', name: 'hello' }, { spec: { replicas: 3 } }, { type: 'merge' })
  await readyPods(cluster.client, 'app=hello', 3)
  await eventually('localhost answers', async () => (await fetchText('http://127.0.0.1:30000/')).includes('It works'))
  assert.ok((await cluster.client.list(pods, { namespace: 'default' })).items.every((pod) => isReady(pod)))
}

function mulberry32(start: number): () => number {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
