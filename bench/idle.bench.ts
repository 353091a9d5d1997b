/**
 * What a cluster costs while nothing happens: processor time and memory of all our processes together, and of containerd beside
 * them; first empty, then with 20 pods. Memory counts every resident page once: each process's own, and what they share.
 *
 *   ./tools/node.sh bench/idle.bench.ts [--seconds 60] [--settle 30] [--markdown]
 */
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { deployments, pods } from '#api/gen/resources.ts'
import type { Client } from '#client/types.ts'
import { helloImageName } from '#cluster/images/hello.ts'
import { askSupervisor } from '#cluster/supervisor/control-socket.ts'
import { numberFlag, withCluster } from './cluster.ts'
import { publish, type Row } from './report.ts'

const seconds = numberFlag('seconds', 60)
const settleSeconds = numberFlag('settle', 30)
const podCounts = [20, 100]
const goalMegabytes = 250
const goalPercent = 2
/** Of the node agent alone, with all of the pods. */
const goalOfAgent = { megabytes: 80, percent: 3 }
/** The kernel's USER_HZ, the same on all machines that Linux runs on today. */
const ticksPerSecond = 100

interface Process {
  readonly name: string
  readonly pid: number
}

await withCluster(async (cluster) => {
  await cluster.up()
  const client = await cluster.client()
  const rows = await measure(cluster.dataDir, 'empty cluster')
  for (const count of podCounts) {
    await runPods(client, count)
    rows.push(...(await measure(cluster.dataDir, `${count} pods running`, count <= 20)))
  }
  client.close()
  publish({
    name: 'idle',
    method: `One node; ${settleSeconds} s to settle, then processor time over ${seconds} s (with that of ended children) and memory at their end, from /proc: supervisor, API server, controllers with scheduler, node agent. The goals are for all of them together without containerd, and of the agent alone for what is its own and not shared with the others.`,
    rows,
  })
})

async function measure(dataDir: string, what: string, hasGoal = true): Promise<Row[]> {
  await setTimeout(settleSeconds * 1000)
  const all = await processes(dataDir)
  const before = all.map(({ pid }) => ticks(pid))
  await setTimeout(seconds * 1000)
  const used = all.map(({ pid }, index) => ((ticks(pid) - before[index]!) / ticksPerSecond / seconds) * 100)
  const sizes = all.map(({ pid }) => memory(pid))
  const isOurs = all.map(({ name }) => !name.endsWith('/containerd'))
  const sum = (numbers: readonly number[], ours: boolean): number => numbers.reduce((total, each, index) => total + (isOurs[index] === ours ? each : 0), 0)
  const megabytes = (key: 'rss' | 'pss' | 'private', ours = true): string =>
    `${sum(
      sizes.map((each) => each[key]),
      ours,
    ).toFixed(0)} MB`
  // Every page once: what is each one's own, and what they share (the Node.js program). Unlike PSS, it does not look smaller when
  // other programs on the machine use the same Node.js.
  const shared = Math.max(...sizes.flatMap((each, index) => (isOurs[index] ? [each.rss - each.private] : [])))
  const own = sum(
    sizes.map((each) => each.private),
    true,
  )
  const total = own + shared
  const cpu = sum(used, true)
  const parts = all.flatMap(({ name }, index) => (isOurs[index] ? [`${name} ${sizes[index]!.private.toFixed(0)}`] : []))
  const shares = all.flatMap(({ name }, index) => (isOurs[index] ? [`${name} ${used[index]!.toFixed(2)}`] : []))
  console.log(`${what}: ${total.toFixed(0)} MB (${parts.join(', ')}, shared ${shared.toFixed(0)}), ${cpu.toFixed(2)} % (${shares.join(', ')})`)
  return [
    {
      what: `${what}: memory`,
      figure: `${total.toFixed(0)} MB (${parts.join(', ')}, shared ${shared.toFixed(0)})`,
      beside: `PSS ${megabytes('pss')}; RSS added up, which counts shared pages once a process, ${megabytes('rss')}; containerd PSS ${megabytes('pss', false)}`,
      ...(hasGoal ? { goal: `under ${goalMegabytes} MB`, met: total < goalMegabytes } : {}),
    },
    {
      what: `${what}: processor`,
      figure: `${cpu.toFixed(2)} % of one core (${shares.join(', ')})`,
      beside: `containerd ${sum(used, false).toFixed(2)} %`,
      goal: `under ${goalPercent} %`,
      met: cpu < goalPercent,
    },
    ...all.flatMap(({ name }, index) =>
      name === 'node-1'
        ? [
            {
              what: `${what}: node agent alone`,
              figure: `${sizes[index]!.private.toFixed(0)} MB, ${used[index]!.toFixed(2)} %`,
              beside: `RSS ${sizes[index]!.rss.toFixed(0)} MB`,
              goal: `under ${goalOfAgent.megabytes} MB and ${goalOfAgent.percent} %`,
              met: sizes[index]!.private < goalOfAgent.megabytes && used[index]! < goalOfAgent.percent,
            },
          ]
        : [],
    ),
  ]
}

async function processes(dataDir: string): Promise<Process[]> {
  const reply = await askSupervisor(dataDir, { op: 'status' })
  if (!reply?.ok || !reply.status) throw new Error('the supervisor does not answer')
  const children = reply.status.children.map(({ name, pid }) => ({ name: name.replace(/^bench-/, ''), pid: pid! }))
  return [{ name: 'supervisor', pid: reply.status.pid }, ...children]
}

/** User and system time, its own and of children that have ended. */
function ticks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return [11, 12, 13, 14].reduce((total, field) => total + Number(fields[field]), 0)
}

function memory(pid: number): { rss: number; pss: number; private: number } {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const of = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0) / 1024
  return { rss: of('Rss'), pss: of('Pss'), private: of('Private_Clean') + of('Private_Dirty') }
}

async function runPods(client: Client, count: number): Promise<void> {
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'idle', namespace: 'default' },
    spec: {
      replicas: count,
      selector: { matchLabels: { app: 'idle' } },
      template: { metadata: { labels: { app: 'idle' } }, spec: { containers: [{ name: 'main', image: helloImageName }] } },
    },
  }
  await client.patch(deployments, { namespace: 'default', name: 'idle' }, deployment, { type: 'apply', fieldManager: 'bench' })
  for (let second = 0; ; second++) {
    const { items } = await client.list(pods, { namespace: 'default' })
    if (items.filter(({ status }) => status?.phase === 'Running').length >= count) return
    if (second > 240) throw new Error('the pods do not all run after four minutes')
    await setTimeout(1000)
  }
}
