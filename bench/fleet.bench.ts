/**
 * Many Deployments on simulated nodes: how fast they settle, and what memory rolling updates of all of them take.
 *
 *   ./tools/node.sh bench/fleet.bench.ts [--deployments 1000] [--replicas 10] [--sim-nodes 500] [--rolls 2] [--markdown]
 *
 * A whole cluster as `k8ts up --sim-nodes` starts it. "Settled": every Deployment says that all its replicas are updated and available.
 * Memory is flat when a later rolling update takes no more than the first.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { deployments } from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import { ensurePki } from '#cluster/components.ts'
import { numberFlag, withCluster } from './cluster.ts'
import { load, type Request, type Target } from './load.ts'
import { publish, type Row } from './report.ts'

const deploymentCount = numberFlag('deployments', 1000)
const replicas = numberFlag('replicas', 10)
const simulated = numberFlag('sim-nodes', 500)
const rolls = numberFlag('rolls', 2)
const podCount = deploymentCount * replicas
const collection = '/apis/apps/v1/namespaces/default/deployments'
const connections = 16
const components = ['kube-apiserver', 'controllers', 'hollow'] as const
type Use = Record<(typeof components)[number], { mb: number; cpuMs: number }>

await withCluster(async (cluster) => {
  await cluster.up('--sim-nodes', String(simulated))
  const config = await cluster.config()
  const pki = await ensurePki(config)
  const target: Target = { url: `https://127.0.0.1:${config.apiServer.port}`, ca: pki.ca.certificate, certificate: pki.admin.certificate, key: pki.admin.key }
  const client = await cluster.client()
  const rows: Row[] = []
  const measure = async (what: string, work: () => Promise<unknown>): Promise<Use> => {
    const before = useOf(cluster.dataDir)
    let most = before
    const sampling = setInterval(() => {
      const now = useOf(cluster.dataDir)
      if (total(now) > total(most)) most = now
    }, 500)
    const ms = await timed(client, work)
    clearInterval(sampling)
    const after = useOf(cluster.dataDir)
    const cpu = components.map((name) => `${name} ${Math.round(((after[name].cpuMs - before[name].cpuMs) * 1000) / podCount)} µs`).join(', ')
    const memory = `memory at most ${components.map((name) => `${name} ${most[name].mb}`).join(', ')}: ${total(most)} MB`
    rows.push({ what, figure: `${(ms / 1000).toFixed(1)} s: ${Math.round((podCount * 1000) / ms)} pods/s`, beside: `${memory}; processor time a pod: ${cpu}` })
    console.log(rows.at(-1))
    return most
  }
  const idle = total(useOf(cluster.dataDir))
  await measure(`${podCount} pods are created`, () => load(target, connections, deploymentCount, (index) => write('POST', collection, deployment(index, 'v1'))))
  let first: Use | undefined
  let last: Use | undefined
  for (let roll = 1; roll <= rolls; roll++) {
    last = await measure(`all are replaced by rolling update ${roll}`, () =>
      load(target, connections, deploymentCount, (index) => ({
        ...write('PATCH', `${collection}/d-${index}`, { spec: { template: { spec: { containers: [{ name: 'c', image: `k8ts.local/v${roll + 1}` }] } } } }),
        contentType: 'application/strategic-merge-patch+json',
      })),
    )
    first ??= last
  }
  const row = rows.at(-1)!
  if (first && last && first !== last) rows[rows.length - 1] = { ...row, goal: 'no more memory than the first took', met: total(last) < total(first) * 1.15 }
  publish({
    name: 'fleet',
    method: `${deploymentCount} Deployments of ${replicas} on ${simulated} simulated nodes; from the first request until all say that every replica is updated and available. Memory is resident; ${idle} MB in all before.`,
    rows,
  })
})

function deployment(index: number, version: string): object {
  const labels = { app: `d-${index}` }
  const containers = [{ name: 'c', image: `k8ts.local/${version}` }]
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `d-${index}` },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { nodeSelector: { 'k8ts.local/simulated': 'true' }, containers } },
    },
  }
}

function write(method: 'POST' | 'PATCH', path: string, body: object): Request {
  return { method, path, body: JSON.stringify(body) }
}

/** Milliseconds until all have settled. */
async function timed(client: Client, begin: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await begin()
  for (;;) {
    const { items } = await client.list(deployments, { namespace: 'default' })
    const settled = items.filter(({ metadata, status }) => {
      const { observedGeneration = 0, updatedReplicas = 0, availableReplicas = 0, replicas: all = 0 } = status ?? {}
      return observedGeneration >= metadata.generation! && updatedReplicas === replicas && availableReplicas === replicas && all === replicas
    })
    if (settled.length === deploymentCount) return performance.now() - start
    await setTimeout(500)
  }
}

function total(use: Use): number {
  return components.reduce((sum, name) => sum + use[name].mb, 0)
}

/** Of the cluster's control plane and simulated nodes. */
function useOf(dataDir: string): Use {
  const use = Object.fromEntries(components.map((name) => [name, { mb: 0, cpuMs: 0 }])) as Use
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      const name = components.find((each) => command.includes(dataDir) && command.includes(`run-component\0${each}\0`))
      if (!name) continue
      const [, rss] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')
      use[name] = { mb: use[name].mb + Math.round(Number(rss) / 1024), cpuMs: use[name].cpuMs + (Number(fields[11]) + Number(fields[12])) * 10 }
    } catch {
      // It has ended meanwhile.
    }
  }
  return use
}
