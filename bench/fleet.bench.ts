/**
 * Many Deployments on simulated nodes: how fast they settle, and what memory a rolling update of all of them takes.
 *
 *   ./tools/node.sh bench/fleet.bench.ts [--deployments 1000] [--replicas 10] [--sim-nodes 500] [--markdown]
 *
 * A whole cluster as `k8ts up --sim-nodes` starts it. "Settled": every Deployment says that all its replicas are updated and available.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { deployments } from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import { ensurePki } from '#cluster/components.ts'
import { numberFlag, withCluster } from './cluster.ts'
import { load, type Request, type Target } from './load.ts'
import { publish } from './report.ts'

const deploymentCount = numberFlag('deployments', 1000)
const replicas = numberFlag('replicas', 10)
const simulated = numberFlag('sim-nodes', 500)
const podCount = deploymentCount * replicas
const collection = '/apis/apps/v1/namespaces/default/deployments'
const connections = 16

await withCluster(async (cluster) => {
  await cluster.up('--sim-nodes', String(simulated))
  const config = await cluster.config()
  const pki = await ensurePki(config)
  const target: Target = { url: `https://127.0.0.1:${config.apiServer.port}`, ca: pki.ca.certificate, certificate: pki.admin.certificate, key: pki.admin.key }
  const client = await cluster.client()
  const before = memoryMb(cluster.dataDir)
  const creation = await timed(client, () => load(target, connections, deploymentCount, (index) => write('POST', collection, deployment(index, 'v1'))))
  const settled = memoryMb(cluster.dataDir)
  let most = settled
  const sampling = setInterval(() => {
    most = Math.max(most, memoryMb(cluster.dataDir))
  }, 500)
  const update = await timed(client, () =>
    load(target, connections, deploymentCount, (index) => ({
      ...write('PATCH', `${collection}/d-${index}`, { spec: { template: { spec: { containers: [{ name: 'c', image: 'k8ts.local/v2' }] } } } }),
      contentType: 'application/strategic-merge-patch+json',
    })),
  )
  clearInterval(sampling)
  const rate = (ms: number): string => `${(ms / 1000).toFixed(1)} s: ${Math.round((podCount * 1000) / ms)} pods/s`
  publish({
    name: 'fleet',
    method: `${deploymentCount} Deployments of ${replicas} on ${simulated} simulated nodes; from the first request until all say that every replica is updated and available. Memory is resident, of API server, controllers with scheduler, and the simulated nodes, added up.`,
    rows: [
      { what: `${podCount} pods are created`, figure: rate(creation), beside: `memory ${before} MB before, ${settled} MB after` },
      {
        what: 'all are replaced by a rolling update',
        figure: rate(update),
        beside: `memory at most ${most} MB`,
        goal: 'memory stays flat',
        met: most < settled * 1.5,
      },
    ],
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

/** Of the cluster's control plane and simulated nodes. */
function memoryMb(dataDir: string): number {
  let kb = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      if (!command.includes(dataDir) || !/run-component\0(kube-apiserver|controllers|hollow)\0/.test(command)) continue
      kb += Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
    } catch {
      // It has ended meanwhile.
    }
  }
  return Math.round(kb / 1024)
}
