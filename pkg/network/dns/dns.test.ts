import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import dnsPacket, { type DecodedPacket } from 'dns-packet'
import { configMaps, endpointSlices, namespaces, services } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { FakeClock, settle } from '#base/fake-clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { testService, testSlice } from '../test-objects.ts'
import { ForwardCache } from './answer-cache.ts'
import type { Upstream } from './forwarder.ts'
import { DnsMetrics } from './metrics.ts'
import { Resolver } from './resolver.ts'
import { parseResolvConf } from './resolv-conf.ts'
import { startDns } from './start-dns.ts'

const web = testService('web', { clusterIP: '10.96.0.5', clusterIPs: ['10.96.0.5'], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] })
const headless = testService('db', { clusterIP: 'None', clusterIPs: ['None'], ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }] })
const headlessSlice = testSlice('db', { name: 'sql', port: 5432 }, [
  { address: '10.244.0.7', hostname: 'db-0' },
  { address: '10.244.0.8' },
  { address: '10.244.0.9', conditions: { ready: false } },
])

async function server(t: TestContext, upstreams: readonly Upstream[] = [], secondaryAddress?: string) {
  const clock = new FakeClock()
  const client = createFakeClient({ clock })
  for (const each of [
    web,
    headless,
    testService('out', { type: 'ExternalName', externalName: 'www.example.org' }),
    testService('alias', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' }),
  ])
    client.seed(services, each)
  client.seed(endpointSlices, headlessSlice)
  const abort = new AbortController()
  t.after(() => abort.abort())
  const dns = await startDns({
    client,
    address: '127.0.0.1',
    secondaryAddress,
    port: 0,
    domain: 'cluster.local',
    upstreams,
    metricsPort: null,
    clock,
    log: silentLogger,
    signal: abort.signal,
  })
  return { client, clock, ...dns }
}

function encode(name: string, type: string, edns?: number): Buffer {
  const additionals = edns ? [{ type: 'OPT', name: '.', udpPayloadSize: edns, flags: 0, options: [] }] : []
  return dnsPacket.encode({
    type: 'query',
    id: 4711,
    flags: dnsPacket.RECURSION_DESIRED,
    questions: [{ type: type as 'A', name }],
    additionals: additionals as never,
  })
}

function exchange(port: number, message: Buffer, address = '127.0.0.1'): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    socket.on('message', (answer) => {
      socket.close()
      resolve(answer)
    })
    socket.send(message, port, address)
  })
}

async function ask(port: number, name: string, type = 'A', address?: string): Promise<DecodedPacket & { rcode: string }> {
  return dnsPacket.decode(await exchange(port, encode(name, type), address)) as DecodedPacket & { rcode: string }
}

const data = (packet: DecodedPacket) => (packet.answers ?? []).map((each) => ('data' in each ? each.data : undefined))

test('a Service answers with its address, authoritatively, whatever the letters', async (t) => {
  const { port } = await server(t)
  for (const name of ['web.default.svc.cluster.local', 'WEB.Default.SVC.cluster.LOCAL']) {
    const answer = await ask(port, name)
    assert.deepEqual(data(answer), ['10.96.0.5'])
    assert.equal(answer.questions?.[0]?.name, name, 'the question comes back as it was written')
    assert.equal(answer.id, 4711)
    assert.ok(answer.flag_aa && answer.flag_qr && answer.flag_rd)
  }
})

test('a name without that type has no data; a name that is not there does not exist; both say how long', async (t) => {
  const { port, client } = await server(t)
  client.seed(namespaces, { metadata: { name: 'empty' } })
  client.seed(services, testService('nobody-ready', { clusterIP: 'None', ports: [{ name: 'sql', port: 5432 }] }))
  for (const [name, type, code] of [
    ['web.default.svc.cluster.local', 'AAAA', 'NOERROR'],
    ['default.svc.cluster.local', 'A', 'NOERROR'],
    ['svc.cluster.local', 'A', 'NOERROR'],
    ['nobody.default.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['web.nowhere.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['nowhere.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['web.default.cluster.local', 'A', 'NXDOMAIN'],
    // As CoreDNS has them.
    ['db.default.svc.cluster.local', 'AAAA', 'NOERROR'],
    ['nobody-ready.default.svc.cluster.local', 'A', 'NXDOMAIN'],
    ['nobody-ready.default.svc.cluster.local', 'SRV', 'NXDOMAIN'],
    ['_sql._tcp.nobody-ready.default.svc.cluster.local', 'SRV', 'NXDOMAIN'],
    ['empty.svc.cluster.local', 'A', 'NOERROR'],
    ['10-244-3-4.nowhere.pod.cluster.local', 'A', 'NXDOMAIN'],
    ['10-244-3-4.empty.pod.cluster.local', 'AAAA', 'NOERROR'],
  ] as const) {
    const answer = await ask(port, name, type)
    assert.equal(answer.rcode, code, name)
    assert.deepEqual(data(answer), [])
    assert.equal(answer.authorities?.[0]?.type, 'SOA')
  }
})

test('a headless Service answers with its ready endpoints, each of which has a name', async (t) => {
  const { port } = await server(t)
  const all = await ask(port, 'db.default.svc.cluster.local')
  assert.deepEqual(data(all).sort(), ['10.244.0.7', '10.244.0.8'])
  const again = await ask(port, 'db.default.svc.cluster.local')
  assert.notDeepEqual(data(again), data(all), 'the order changes to spread load')
  assert.deepEqual(data(await ask(port, 'db-0.db.default.svc.cluster.local')), ['10.244.0.7'])
  assert.deepEqual(data(await ask(port, '10-244-0-8.db.default.svc.cluster.local')), ['10.244.0.8'])
  assert.equal((await ask(port, 'db-9.db.default.svc.cluster.local')).rcode, 'NXDOMAIN')
})

test('SRV names the port, and comes with the addresses of its targets', async (t) => {
  const { port } = await server(t)
  const own = await ask(port, '_http._tcp.web.default.svc.cluster.local', 'SRV')
  assert.deepEqual(data(own), [{ priority: 0, weight: 100, port: 80, target: 'web.default.svc.cluster.local' }])
  const each = await ask(port, '_sql._tcp.db.default.svc.cluster.local', 'SRV')
  assert.deepEqual((data(each) as { target: string; port: number }[]).map((srv) => `${srv.target}:${srv.port}`).sort(), [
    '10-244-0-8.db.default.svc.cluster.local:5432',
    'db-0.db.default.svc.cluster.local:5432',
  ])
  assert.equal(each.additionals?.length, 2)
  assert.deepEqual(data(await ask(port, '_http._tcp.web.default.svc.cluster.local')), ['10.96.0.5'], 'as CoreDNS')
  assert.equal((await ask(port, '_nope._tcp.web.default.svc.cluster.local', 'SRV')).rcode, 'NXDOMAIN')
})

test('addresses lead back to names; pods and the schema version have records', async (t) => {
  const { port } = await server(t)
  assert.deepEqual(data(await ask(port, '5.0.96.10.in-addr.arpa', 'PTR')), ['web.default.svc.cluster.local'])
  assert.deepEqual(data(await ask(port, '7.0.244.10.in-addr.arpa', 'PTR')), ['db-0.db.default.svc.cluster.local'])
  assert.deepEqual(data(await ask(port, '10-244-3-4.default.pod.cluster.local')), ['10.244.3.4'])
  assert.equal(String((data(await ask(port, 'dns-version.cluster.local', 'TXT'))[0] as Buffer[])[0]), '1.1.0')
})

test('a dual-stack cluster answers in both families, forwards and backwards, and at an address of each', async (t) => {
  const { port, client } = await server(t, [], '::1')
  client.seed(services, testService('both', { clusterIP: '10.96.0.60', clusterIPs: ['10.96.0.60', 'fd00:10:96::60'], ports: [{ name: 'http', port: 80 }] }))
  client.seed(services, testService('pods', { clusterIP: 'None', clusterIPs: ['None'], ports: [{ name: 'sql', port: 5432 }] }))
  client.seed(endpointSlices, testSlice('pods', { name: 'sql', port: 5432 }, [{ address: '10.244.0.30', hostname: 'p-0' }]))
  const slice = testSlice('pods', { name: 'sql', port: 5432 }, [{ address: 'fd00:10:244:0::1e', hostname: 'p-0' }, { address: 'fd00:10:244::1f' }])
  client.seed(endpointSlices, { ...slice, addressType: 'IPv6', metadata: { ...slice.metadata, name: 'pods-6' } })
  await settle()
  const domain = 'default.svc.cluster.local'
  assert.deepEqual(data(await ask(port, `both.${domain}`)), ['10.96.0.60'])
  assert.deepEqual(data(await ask(port, `both.${domain}`, 'AAAA')), ['fd00:10:96::60'])
  assert.deepEqual(data(await ask(port, `both.${domain}`, 'AAAA', '::1')), ['fd00:10:96::60'])
  assert.deepEqual(data(await ask(port, `pods.${domain}`, 'AAAA')).sort(), ['fd00:10:244::1e', 'fd00:10:244::1f'])
  assert.deepEqual(data(await ask(port, `p-0.pods.${domain}`, 'AAAA')), ['fd00:10:244::1e'])
  assert.deepEqual(data(await ask(port, `fd00-10-244--1f.pods.${domain}`, 'AAAA')), ['fd00:10:244::1f'])
  const srv = await ask(port, `_sql._tcp.pods.${domain}`, 'SRV')
  assert.deepEqual((data(srv) as { target: string }[]).map(({ target }) => target).sort(), [`fd00-10-244--1f.pods.${domain}`, `p-0.pods.${domain}`])
  assert.equal(srv.additionals?.length, 3)
  const backwards = (address: string) => `${[...address].reverse().join('.')}.ip6.arpa`
  assert.deepEqual(data(await ask(port, backwards('fd000010009600000000000000000060'), 'PTR')), [`both.${domain}`])
  assert.deepEqual(data(await ask(port, backwards('fd00001002440000000000000000001e'), 'PTR')), [`p-0.pods.${domain}`])
  assert.deepEqual(data(await ask(port, '60.0.96.10.in-addr.arpa', 'PTR')), [`both.${domain}`])
  assert.equal((await ask(port, backwards('fd0000100244'), 'PTR')).rcode, 'SERVFAIL', 'a zone, and nobody to ask')
  assert.deepEqual(data(await ask(port, 'fd00-10-244--5.default.pod.cluster.local', 'AAAA')), ['fd00:10:244::5'])
  assert.deepEqual(data(await ask(port, 'fd00-10-244--5.default.pod.cluster.local')), [])
  assert.equal((await ask(port, 'fd00-10-zzz--5.default.pod.cluster.local', 'AAAA')).rcode, 'NXDOMAIN')
  const ns = await ask(port, 'cluster.local', 'NS')
  assert.deepEqual((ns.additionals ?? []).map((each) => ('data' in each ? each.data : '')).sort(), ['127.0.0.1', '::1'])
})

test('an ExternalName is an alias, followed inside the cluster', async (t) => {
  const { port } = await server(t)
  assert.deepEqual(data(await ask(port, 'alias.default.svc.cluster.local')), ['web.default.svc.cluster.local', '10.96.0.5'])
  assert.deepEqual(data(await ask(port, 'out.default.svc.cluster.local', 'CNAME')), ['www.example.org'])
})

test('a change is seen by the next question', async (t) => {
  const { port, client } = await server(t)
  assert.equal((await ask(port, 'late.default.svc.cluster.local')).rcode, 'NXDOMAIN')
  await client.create(services, testService('late', { clusterIP: '10.96.0.77', ports: [{ port: 80 }] }))
  await settle()
  assert.deepEqual(data(await ask(port, 'late.default.svc.cluster.local')), ['10.96.0.77'])
  await client.delete(services, { namespace: 'default', name: 'late' })
  await settle()
  assert.equal((await ask(port, 'late.default.svc.cluster.local')).rcode, 'NXDOMAIN')
})

test('what does not fit UDP is cut and comes whole by TCP; EDNS makes room', async (t) => {
  const { port, client } = await server(t)
  await client.create(services, testService('many', { clusterIP: 'None', ports: [{ port: 80 }] }))
  const addresses = Array.from({ length: 60 }, (_, index) => ({ address: `10.244.9.${index + 1}` }))
  await client.create(endpointSlices, testSlice('many', { port: 80 }, addresses))
  await settle()
  const name = 'many.default.svc.cluster.local'
  const cut = await exchange(port, encode(name, 'A'))
  const short = dnsPacket.decode(cut)
  assert.ok(short.flag_tc)
  // As many as fit, for those who do not come back by TCP: 48 bytes and 16 for each.
  assert.deepEqual([cut.length, short.answers?.length, new Set(short.answers?.map((each) => each.name)).size], [512, 29, 1])
  assert.ok(data(short).every((each) => String(each).startsWith('10.244.9.')))
  const cutWithOpt = dnsPacket.decode(await exchange(port, encode(name, 'A', 600)))
  assert.deepEqual([cutWithOpt.flag_tc, cutWithOpt.answers?.length, cutWithOpt.additionals?.map(({ type }) => type)], [true, 33, ['OPT']])
  const wide = dnsPacket.decode(await exchange(port, encode(name, 'A', 4096)))
  assert.equal(wide.flag_tc, false)
  assert.equal(wide.answers?.length, 60)
  assert.ok(wide.additionals?.some((each) => each.type === 'OPT'))
  const query = encode(name, 'A')
  const whole = await new Promise<Buffer>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.concat([Buffer.from([0, query.length]), query])))
    let received: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return
      socket.destroy()
      resolve(received.subarray(2))
    })
  })
  assert.equal(dnsPacket.decode(whole).answers?.length, 60)
})

test('malformed and unwanted questions get their codes, answers get nothing', async (t) => {
  const { port } = await server(t)
  const broken = encode('web.default.svc.cluster.local', 'A').subarray(0, 20)
  assert.equal((dnsPacket.decode(await exchange(port, broken)) as DecodedPacket & { rcode: string }).rcode, 'FORMERR')
  const update = Buffer.from(encode('cluster.local', 'A'))
  update.writeUInt16BE(5 << 11, 2)
  assert.equal((dnsPacket.decode(await exchange(port, update)) as DecodedPacket & { rcode: string }).rcode, 'NOTIMP')
  assert.equal((await ask(port, 'cluster.local', 'AXFR')).rcode, 'REFUSED')
  assert.equal((await ask(port, 'cluster.local', 'SOA')).answers?.[0]?.type, 'SOA')
})

/** A resolver outside: answers everything with one address, and counts. */
async function upstream(t: TestContext, reply?: (query: Buffer, answer: (message: Buffer) => void, socket: Socket) => void) {
  const socket = createSocket('udp4')
  const seen = { count: 0 }
  socket.on('message', (query, from) => {
    seen.count++
    const answer = (message: Buffer) => socket.send(message, from.port, from.address)
    if (reply) return reply(query, answer, socket)
    const { id, questions = [] } = dnsPacket.decode(query)
    answer(
      dnsPacket.encode({
        type: 'response',
        id: id ?? 0,
        flags: dnsPacket.RECURSION_DESIRED,
        questions,
        answers: [{ type: 'A', name: questions[0]!.name, ttl: 60, data: '192.0.2.80' }],
      }),
    )
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  t.after(() => socket.close())
  return { seen, at: { address: '127.0.0.1', port: socket.address().port } }
}

test('other names are asked upstream and remembered for their time', async (t) => {
  const { seen, at } = await upstream(t)
  const { port, clock } = await server(t, [at])
  assert.deepEqual(data(await ask(port, 'www.example.org')), ['192.0.2.80'])
  await clock.advance(20_000)
  const second = await ask(port, 'WWW.example.org')
  assert.equal((second.answers![0] as { ttl: number }).ttl, 40)
  assert.equal(second.questions?.[0]?.name, 'WWW.example.org')
  assert.equal(seen.count, 1)
  await clock.advance(41_000)
  await ask(port, 'www.example.org')
  assert.equal(seen.count, 2)
  assert.deepEqual(data(await ask(port, 'out.default.svc.cluster.local')), ['www.example.org', '192.0.2.80'])
})

test('an upstream that fails is passed over; without any the answer is SERVFAIL', async (t) => {
  const refusing = await upstream(t, (query, answer) => {
    const message = Buffer.from(query)
    message.writeUInt16BE(0x8182, 2)
    answer(message)
  })
  const { at } = await upstream(t)
  const { port } = await server(t, [refusing.at, at])
  assert.deepEqual(data(await ask(port, 'www.example.org')), ['192.0.2.80'])
  const alone = await server(t)
  assert.equal((await ask(alone.port, 'www.example.org')).rcode, 'SERVFAIL')
})

test('an upstream that does not answer is given up after two seconds', async (t) => {
  let asked: () => void = () => {}
  const heard = new Promise<void>((resolve) => {
    asked = resolve
  })
  const silent = await upstream(t, () => asked())
  const { port, clock, metrics } = await server(t, [silent.at])
  const answer = ask(port, 'www.example.org')
  await heard
  await clock.advance(2000)
  assert.equal((await answer).rcode, 'SERVFAIL')
  const { address, port: upstreamPort } = silent.at
  assert.match(metrics.text(), new RegExp(`^coredns_proxy_healthcheck_failures_total\\{proxy_name="forward",to="${address}:${upstreamPort}"\\} 1$`, 'm'))
  assert.match(metrics.text(), /^coredns_forward_healthcheck_broken_total 1$/m)
})

test('an upstream that asks back is a loop and is refused', async (t) => {
  let back = 0
  const looping = await upstream(t, (query, answer) => {
    exchange(back, query).then(answer)
  })
  const { port } = await server(t, [looping.at])
  back = port
  assert.equal((await ask(port, 'www.example.org')).rcode, 'REFUSED')
  assert.equal(looping.seen.count, 1)
})

test('the resolvers of the machine are read without those on loopback', () => {
  assert.deepEqual(parseResolvConf('# x\nnameserver 127.0.0.53\nnameserver 192.0.2.53\noptions ndots:5\n'), [{ address: '192.0.2.53', port: 53 }])
})

test('truncated and failed answers are not remembered', () => {
  const cache = new ForwardCache(new FakeClock())
  const message = dnsPacket.encode({
    type: 'response',
    id: 1,
    flags: 0x0200,
    questions: [{ type: 'A', name: 'a.b' }],
    answers: [{ type: 'A', name: 'a.b', ttl: 60, data: '192.0.2.1' }],
  })
  cache.put('k', message)
  assert.equal(cache.get('k'), undefined)
})

test('a Corefile in ConfigMap kube-system/coredns gives stub domains and upstreams; without it the machine’s are asked again', async (t) => {
  const answering = (data: string) =>
    upstream(t, (query, answer) => {
      const { id, questions = [] } = dnsPacket.decode(query)
      answer(dnsPacket.encode({ type: 'response', id: id ?? 0, questions, answers: [{ type: 'A', name: questions[0]!.name, ttl: 60, data }] }))
    })
  const [machine, stub, other] = [await answering('192.0.2.1'), await answering('192.0.2.2'), await answering('192.0.2.3')]
  const { client, port } = await server(t, [machine.at])
  const asked = async () => {
    await settle()
    const names = ['db.consul.local', 'consul.local', 'notconsul.local', 'www.example.org', 'web.default.svc.cluster.local']
    return Promise.all(names.map(async (name) => data(await ask(port, name))[0]))
  }
  assert.deepEqual(await asked(), ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.1', '10.96.0.5'])
  const place = { name: 'coredns', namespace: 'kube-system' }
  const to = ({ at }: { at: Upstream }) => `forward . ${at.address}:${at.port}`
  const corefile = (root: string) => `.:53 {\n  ${root}\n}\nconsul.local:53 {\n  ${to(stub)}\n}\n`
  const change = (Corefile: string) => client.patch(configMaps, place, { data: { Corefile } }, { type: 'merge' })
  await client.create(configMaps, { metadata: place, data: { Corefile: corefile('forward . /etc/resolv.conf') } })
  assert.deepEqual(await asked(), ['192.0.2.2', '192.0.2.2', '192.0.2.1', '192.0.2.1', '10.96.0.5'])
  await change(corefile(to(other)))
  assert.deepEqual(await asked(), ['192.0.2.2', '192.0.2.2', '192.0.2.3', '192.0.2.3', '10.96.0.5'])
  await change('. {')
  assert.deepEqual(await asked(), ['192.0.2.2', '192.0.2.2', '192.0.2.3', '192.0.2.3', '10.96.0.5'], 'one that cannot be read changes nothing')
  await client.delete(configMaps, place)
  assert.deepEqual(await asked(), ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.1', '10.96.0.5'])
})

test('metrics have CoreDNS’ names and labels: who asked for what, who answered, how large, how long', async (t) => {
  const answering = await upstream(t)
  const { port, metrics } = await server(t, [answering.at])
  await ask(port, 'web.default.svc.cluster.local')
  await ask(port, 'web.default.svc.cluster.local')
  await ask(port, 'absent.default.svc.cluster.local', 'AAAA')
  await ask(port, 'absent.default.svc.cluster.local', 'AAAA')
  await ask(port, 'www.example.org')
  await ask(port, 'web.default.svc.cluster.local', 'NULL')
  const lines = new Set(metrics.text().split('\n'))
  const zone = 'server="dns://:53",zone=".",view=""'
  const zones = 'server="dns://:53",zones=".",view=""'
  const to = `proxy_name="forward",to="${answering.at.address}:${answering.at.port}",rcode="NOERROR"`
  assert.match(metrics.text(), /^coredns_build_info\{version="k8ts",revision="",goversion="node [\d.]+"\} 1$/m)
  for (const line of [
    'coredns_panics_total 0',
    `coredns_plugin_enabled{${zone},name="kubernetes"} 1`,
    '# TYPE coredns_dns_requests_total counter',
    `coredns_dns_requests_total{${zone},proto="udp",family="1",type="A"} 3`,
    `coredns_dns_requests_total{${zone},proto="udp",family="1",type="AAAA"} 2`,
    `coredns_dns_requests_total{${zone},proto="udp",family="1",type="other"} 1`,
    `coredns_dns_responses_total{${zone},rcode="NOERROR",plugin="kubernetes"} 2`,
    `coredns_dns_responses_total{${zone},rcode="NOERROR",plugin="cache"} 1`,
    `coredns_dns_responses_total{${zone},rcode="NXDOMAIN",plugin="kubernetes"} 1`,
    `coredns_dns_responses_total{${zone},rcode="NXDOMAIN",plugin="cache"} 1`,
    `coredns_dns_responses_total{${zone},rcode="NOERROR",plugin="forward"} 1`,
    '# TYPE coredns_dns_request_duration_seconds histogram',
    `coredns_dns_request_duration_seconds_bucket{${zone},le="+Inf"} 6`,
    `coredns_dns_request_duration_seconds_count{${zone}} 6`,
    `coredns_dns_request_size_bytes_bucket{${zone},proto="udp",le="100"} 6`,
    `coredns_dns_response_size_bytes_count{${zone},proto="udp"} 6`,
    `coredns_dns_response_size_bytes_count{${zone},proto="tcp"} 0`,
    `coredns_dns_do_requests_total{${zone}} 0`,
    `coredns_cache_requests_total{${zones}} 6`,
    `coredns_cache_hits_total{server="dns://:53",type="success",zones=".",view=""} 1`,
    `coredns_cache_hits_total{server="dns://:53",type="denial",zones=".",view=""} 1`,
    `coredns_cache_misses_total{${zones}} 4`,
    `coredns_cache_entries{server="dns://:53",type="success",zones=".",view=""} 2`,
    `coredns_cache_entries{server="dns://:53",type="denial",zones=".",view=""} 2`,
    `coredns_proxy_request_duration_seconds_count{${to}} 1`,
    'coredns_forward_max_concurrent_rejects_total 0',
  ])
    assert.ok(lines.has(line), `${line}\nis not in\n${[...lines].filter((each) => !each.includes('_bucket')).join('\n')}`)
  assert.match(metrics.text(), /le="0\.00025"[\s\S]*le="8\.192"/)
})

test('a fault of the server is SERVFAIL to the one who asked, counted, and the server goes on', async () => {
  const faults: string[] = []
  const metrics = new DnsMetrics(() => ({ success: 0, denial: 0 }))
  const cache = { get: () => undefined, put: () => {} }
  const resolver = new Resolver({
    zone: {
      lookup() {
        throw new Error('a fault')
      },
    },
    zoneCache: cache,
    forwardCache: cache,
    forwarder: {},
    clock: systemClock,
    log: { ...silentLogger, error: (message: string) => faults.push(message) },
    metrics,
  } as never)
  const query = dnsPacket.encode({ type: 'query', id: 7, questions: [{ type: 'A', name: 'x.default.svc.cluster.local' }] })
  for (let turn = 0; turn < 2; turn++) {
    const response = await resolver.resolve(query, 'udp', 4)
    const { id, flags = 0 } = dnsPacket.decode(response!)
    assert.deepEqual([id, flags & 0xf], [7, 2])
  }
  assert.match(metrics.text(), /^coredns_panics_total 2$/m)
  assert.equal(faults.length, 2)
})

test('metrics tell how long after a change of endpoints the answers of a headless Service followed; nothing of Services without selector', async (t) => {
  const { client, clock, metrics } = await server(t)
  const at = (ms: number) => new Date(clock.now() + ms).toISOString()
  const slice = (name: string, triggered: string) => {
    const made = testSlice(name, { name: 'sql', port: 5432 }, [{ address: '10.244.0.20' }])
    return { ...made, metadata: { ...made.metadata, annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': triggered } } }
  }
  await client.create(services, testService('picks', { clusterIP: 'None', clusterIPs: ['None'], selector: { app: 'a' } }))
  await settle()
  const [before, after] = [at(-5000), at(1000)]
  await clock.advance(3000)
  for (const each of [slice('picks', after), slice('db', after)]) await client.update(endpointSlices, each).catch(() => client.create(endpointSlices, each))
  await settle()
  await client.update(endpointSlices, slice('picks', before))
  await settle()
  assert.match(metrics.text(), /^coredns_kubernetes_dns_programming_duration_seconds_sum\{service_kind="headless_with_selector"\} 2$/m)
  assert.match(metrics.text(), /^coredns_kubernetes_dns_programming_duration_seconds_count\{service_kind="headless_with_selector"\} 1$/m)
})
