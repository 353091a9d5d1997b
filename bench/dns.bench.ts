/**
 * Queries a second that cluster DNS answers on one core, and how long an answer takes at half of the goal; beside it a bare UDP echo
 * in the same run, which is what Node.js' own sockets cost.
 *
 *   ./tools/node.sh bench/dns.bench.ts [--seconds 4] [--services 1000] [--markdown]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { join } from 'node:path'
import { heapFlags } from '#cluster/program.ts'
import dnsPacket from 'dns-packet'
import { numberFlag } from './cluster.ts'
import { publish, type Row } from './report.ts'

const seconds = numberFlag('seconds', 4)
const serviceCount = numberFlag('services', 1000)
const goalPerSecond = 30_000
const socketCount = 4

interface Result {
  readonly sent: number
  readonly answered: number
  readonly perSecond: number
  /** Answers in a second of the server's processor time: what one core can do. */
  readonly perCoreSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const queries = Array.from({ length: serviceCount }, (_, index) =>
  dnsPacket.encode({
    type: 'query',
    id: 0,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ type: index % 5 === 4 ? 'AAAA' : 'A', name: `service-${index}.default.svc.cluster.local` }],
  }),
)

async function start(kind: string): Promise<{ child: ChildProcess; port: number; cpuMs: () => Promise<number> }> {
  const child = fork(join(import.meta.dirname, 'dns-server.ts'), [kind, String(serviceCount)], {
    execArgv: ['--disable-warning=ExperimentalWarning', ...heapFlags('agent')],
  })
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  return {
    child,
    port,
    async cpuMs() {
      child.send('cpu')
      const [{ cpu }] = (await once(child, 'message')) as [{ cpu: NodeJS.CpuUsage }]
      return (cpu.user + cpu.system) / 1000
    },
  }
}

/** Sends by the clock, whatever comes back. */
async function load(port: number, cpuMs: () => Promise<number>, perSecond: number): Promise<Result> {
  const sockets: { socket: Socket; sentAt: Float64Array; next: number }[] = []
  const latencies: number[] = []
  let answered = 0
  for (let index = 0; index < socketCount; index++) {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 })
    const one = { socket, sentAt: new Float64Array(65_536), next: 0 }
    socket.on('message', (message) => {
      answered++
      const at = one.sentAt[message.readUInt16BE(0)] as number
      if (at > 0) latencies.push(performance.now() - at)
    })
    socket.connect(port, '127.0.0.1')
    await once(socket, 'connect')
    sockets.push(one)
  }
  const before = await cpuMs()
  const began = performance.now()
  let sent = 0
  while (performance.now() - began < seconds * 1000) {
    const due = Math.floor(((performance.now() - began) / 1000) * perSecond)
    for (; sent < due; sent++) {
      const one = sockets[sent % socketCount]!
      const query = Buffer.from(queries[sent % queries.length]!)
      const id = one.next++ & 0xffff
      query.writeUInt16BE(id, 0)
      one.sentAt[id] = performance.now()
      one.socket.send(query, () => {})
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  await new Promise((resolve) => setTimeout(resolve, 200))
  const elapsed = performance.now() - began - 200
  const used = (await cpuMs()) - before
  for (const { socket } of sockets) socket.close()
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN
  return { sent, answered, perSecond: (answered / elapsed) * 1000, perCoreSecond: (answered / used) * 1000, p50Ms: at(0.5), p99Ms: at(0.99) }
}

const number = (value: number) => Math.round(value).toLocaleString('en-US')
const children: ChildProcess[] = []
try {
  const results: Record<string, { full: Result; half: Result }> = {}
  for (const kind of ['echo', 'dns']) {
    const { child, port, cpuMs } = await start(kind)
    children.push(child)
    await load(port, cpuMs, 5_000)
    results[kind] = { half: await load(port, cpuMs, goalPerSecond / 2), full: await load(port, cpuMs, goalPerSecond) }
    child.kill()
  }
  const { echo, dns } = results as { echo: { full: Result; half: Result }; dns: { full: Result; half: Result } }
  const rows: Row[] = [
    {
      what: 'answers a second of one core',
      figure: number(dns.full.perCoreSecond),
      beside: `echo ${number(echo.full.perCoreSecond)}: ${(dns.full.perCoreSecond / echo.full.perCoreSecond).toFixed(2)} of it`,
      goal: '30,000',
      met: dns.full.perCoreSecond >= goalPerSecond,
    },
    {
      what: 'answered of 30,000 asked a second',
      figure: `${number(dns.full.perSecond)} (${((100 * dns.full.answered) / dns.full.sent).toFixed(1)} %)`,
      beside: `echo ${number(echo.full.perSecond)} (${((100 * echo.full.answered) / echo.full.sent).toFixed(1)} %)`,
    },
    {
      what: 'an answer at 15,000 a second, p99',
      figure: `${dns.half.p99Ms.toFixed(2)} ms (p50 ${dns.half.p50Ms.toFixed(2)})`,
      beside: `echo ${echo.half.p99Ms.toFixed(2)} ms (p50 ${echo.half.p50Ms.toFixed(2)})`,
      goal: 'under 5 ms',
      met: dns.half.p99Ms < 5,
    },
  ]
  publish({
    name: 'dns',
    method: `Names of ${number(serviceCount)} Services (A, every fifth AAAA; every tenth headless) asked over UDP by the clock for ${seconds} s from another process; one core's answers are those in a second of the server's own processor time.`,
    rows,
  })
} finally {
  for (const child of children) child.kill()
}
process.exit(0)
