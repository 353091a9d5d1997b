/** What bench/dns.bench.ts asks, in a process of its own: cluster DNS as every node runs it (`dns`), or a socket that sends back what comes (`echo`). */
import { createSocket } from 'node:dgram'
import type { AddressInfo } from 'node:net'
import { endpointSlices, services } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { startDns } from '#network/dns/index.ts'
import { testService, testSlice } from '#network/test-objects.ts'

const [kind = 'dns', count = '1000'] = process.argv.slice(2)
const port = kind === 'echo' ? await startEcho() : await startServer(Number(count))
process.on('message', () => process.send?.({ cpu: process.cpuUsage() }))
process.send?.({ port })

function startEcho(): Promise<number> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
  socket.on('message', (message, from) => socket.send(message, from.port, from.address, () => {}))
  return new Promise((resolve) => socket.bind(0, '127.0.0.1', () => resolve((socket.address() as AddressInfo).port)))
}

async function startServer(serviceCount: number): Promise<number> {
  const client = createFakeClient({ clock: systemClock })
  for (let index = 0; index < serviceCount; index++) {
    const headless = index % 10 === 0
    const clusterIP = headless ? 'None' : `10.96.${index >> 8}.${index & 255}`
    await client.create(services, testService(`service-${index}`, { clusterIP, clusterIPs: [clusterIP], ports: [{ name: 'http', port: 80 }] }))
    const endpoints = Array.from({ length: 3 }, (_, each) => ({ address: `10.244.${index & 255}.${each + 2}` }))
    await client.create(endpointSlices, testSlice(`service-${index}`, { name: 'http', port: 8080 }, endpoints))
  }
  const { port } = await startDns({
    client,
    address: '127.0.0.1',
    port: 0,
    domain: 'cluster.local',
    upstreams: [],
    metricsPort: null,
    log: silentLogger,
    signal: new AbortController().signal,
  })
  return port
}
