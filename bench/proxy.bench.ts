/**
 * The Service proxy with many Services, in a network namespace of its own: how long until the rules for all are in the kernel, until one
 * changed endpoint is, and how long the first packet of a connection takes with few and with many Services.
 *
 *   ./tools/node.sh bench/proxy.bench.ts [--services 10000] [--endpoints 10] [--changes 40] [--markdown]
 */
import { spawnSync } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { endpointSlices, services } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { startProxy } from '#network/proxy/index.ts'
import { mustRun, type RunCommand, withStandby } from '#network/run-command.ts'
import { testService, testSlice } from '#network/test-objects.ts'
import { numberFlag } from './cluster.ts'
import { inMilliseconds, median, timed } from './figures.ts'
import { publish } from './report.ts'

const inside = 'K8TS_BENCH_NAMESPACE'
if (!process.env[inside]) {
  const { status } = spawnSync('unshare', ['--net', process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: 'inherit',
    env: { ...process.env, [inside]: '1' },
  })
  process.exit(status ?? 1)
}

const serviceCount = numberFlag('services', 10_000)
const endpointCount = numberFlag('endpoints', 10)
const changeCount = numberFlag('changes', 40)

// Every pod's address is this machine's own, and a Service's needs a route before it is translated.
await mustRun(['sh', '-eu', '-c', 'ip link set lo up; ip addr add 172.30.0.2/32 dev lo; ip route add local 10.244.0.0/14 dev lo; ip route add default dev lo'])
const server = createServer((socket) => socket.end())
await new Promise<void>((resolve) => server.listen(8080, '0.0.0.0', resolve))

const addressOf = (index: number) => `10.${96 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`
const endpointsOf = (index: number, count = endpointCount) =>
  Array.from({ length: count }, (_, each) => {
    const number = index * endpointCount + each
    return { address: `10.${244 + ((number >> 16) & 3)}.${(number >> 8) & 255}.${number & 255}`, nodeName: 'node' }
  })
const sliceOf = (index: number, count?: number) => testSlice(`service-${index}`, { port: 8080 }, endpointsOf(index, count))

async function proxyWith(count: number) {
  const client = createFakeClient({ clock: systemClock })
  for (let index = 0; index < count; index++) {
    const clusterIP = addressOf(index + 256)
    await client.create(services, testService(`service-${index}`, { clusterIP, clusterIPs: [clusterIP], ports: [{ port: 80 }] }))
    await client.create(endpointSlices, sliceOf(index))
  }
  const abort = new AbortController()
  const toKernel = withStandby(['nft', '-f', '-'], abort.signal)
  let kernelMs = 0
  const run: RunCommand = async (argv, input) => {
    const began = performance.now()
    const result = await toKernel(argv, input)
    kernelMs = performance.now() - began
    return result
  }
  const options = { client, nodeName: 'node', nodeAddress: '172.30.0.2', podCidr: '10.244.0.0/14', log: silentLogger, signal: abort.signal, run }
  const began = performance.now()
  const proxy = await startProxy(options)
  return { client, proxy, abort, loadMs: performance.now() - began, kernelMs: () => kernelMs }
}

function firstPacket(address: string): Promise<number> {
  return timed(
    () =>
      new Promise<void>((resolve, reject) => {
        const socket = connect(80, address)
        socket.once('connect', () => {
          socket.destroy()
          resolve()
        })
        socket.once('error', reject)
      }),
  )
}

async function connects(count: number): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < 300; index++) times.push(await firstPacket(addressOf((index % count) + 256)))
  return times.slice(50)
}

const few = await proxyWith(10)
const withFew = await connects(10)
few.abort.abort()
const many = await proxyWith(serviceCount)
const loadKernelMs = many.kernelMs()
const withMany = await connects(serviceCount)

// One more Service, whose one endpoint goes from a port where nobody listens to one where somebody does: connections tell when that is in force.
const probe = testService('probe', { clusterIP: '10.99.0.1', clusterIPs: ['10.99.0.1'], ports: [{ port: 80 }] })
const [probeEndpoint] = endpointsOf(0)
await many.client.create(services, probe)
await many.client.create(endpointSlices, testSlice('probe', { port: 9 }, [probeEndpoint!]))
await new Promise((resolve) => setTimeout(resolve, 500))
await many.proxy.settled()
const changes: number[] = []
const kernel: number[] = []
for (let index = 0; index < changeCount; index++) {
  const key = { namespace: 'default', name: 'probe-1' }
  const change = async (port: number) => {
    const stored = await many.client.get(endpointSlices, key)
    await many.client.update(endpointSlices, { ...stored, ports: [{ name: '', protocol: 'TCP', port }] })
  }
  const began = performance.now()
  await change(8080)
  while (!(await firstPacket('10.99.0.1').catch(() => undefined))) await new Promise((resolve) => setImmediate(resolve))
  changes.push(performance.now() - began)
  await new Promise((resolve) => setTimeout(resolve, 20))
  await many.proxy.settled()
  kernel.push(many.kernelMs())
  await change(9)
  await new Promise((resolve) => setTimeout(resolve, 20))
  await many.proxy.settled()
}
const bareNft: number[] = []
for (let index = 0; index < changeCount; index++)
  bareNft.push(await timed(() => mustRun(['nft', '-f', '-'], 'table ip bench-bare {\n}\ndelete table ip bench-bare\n')))

publish({
  name: 'proxy',
  method: `${serviceCount.toLocaleString('en-US')} Services of ${endpointCount} endpoints, from informers that have them to rules in the kernel of a fresh network namespace; then a changed endpoint of one of them, ${changeCount} times, until connections reach it (nft itself ends later: it waits until the kernel has freed what is gone); connections from the node to cluster addresses with 10 and with all Services. Median (least to most).`,
  rows: [
    {
      what: 'all rules loaded',
      figure: `${(many.loadMs / 1000).toFixed(2)} s`,
      beside: `nft itself ${(loadKernelMs / 1000).toFixed(2)} s`,
      goal: 'within 5 s',
      met: many.loadMs < 5000,
    },
    {
      what: 'one endpoint changed, in force',
      figure: inMilliseconds(changes),
      beside: `nft until it ends ${inMilliseconds(kernel)}, an nft that changes nothing ${inMilliseconds(bareNft)}`,
      goal: 'within 10 ms',
      met: median(changes) < 10,
    },
    {
      what: 'connect, all Services',
      figure: inMilliseconds(withMany),
      beside: `with 10 Services ${inMilliseconds(withFew)}`,
      goal: 'the same',
      met: median(withMany) < median(withFew) * 1.5,
    },
  ],
})
process.exit(0)
