/** Two nodes with addresses of both families: Services of every policy, DNS, policies, ingress and load balancers over IPv4 and IPv6. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import type { Pod, ServiceSpec } from '#api/gen/core/v1.ts'
import { endpointSlices, ingresses, networkPolicies, nodes, pods, services } from '#api/gen/resources.ts'
import { isInvalid } from '#apimachinery/status-error.ts'
import { runOrThrow } from '#cluster/host/exec.ts'
import { familiesOf } from '#cluster/types.ts'
import { testImagesArchive } from '../images/index.ts'
import { type E2eCluster, eventually, missingForCluster, startCluster } from './cluster.ts'
import { execInPod } from './exec.ts'
import { fetchText } from './load.ts'
import { readyPods } from './objects.ts'

const missing = missingForCluster() ?? (existsSync('/proc/sys/net/ipv6') ? undefined : 'this kernel has no IPv6')
const namespace = 'default'
const ports = [{ name: 'http', port: 80, targetPort: 8080 }]
const selector = { app: 'web' }

/** Answers over both families with its name and who asked. */
const server = [
  'import http.server, os, signal, socket',
  'signal.signal(signal.SIGTERM, lambda *_: os._exit(0))',
  'class Handler(http.server.BaseHTTPRequestHandler):',
  '    def do_GET(self):',
  '        body = (socket.gethostname() + " " + self.client_address[0].replace("::ffff:", "")).encode()',
  '        self.send_response(200)',
  '        self.send_header("Content-Length", str(len(body)))',
  '        self.end_headers()',
  '        self.wfile.write(body)',
  '    def log_message(self, *args): pass',
  'class Server(http.server.ThreadingHTTPServer):',
  '    address_family = socket.AF_INET6',
  'Server(("::", 8080), Handler).serve_forever()',
].join('\n')

const pod = (name: string, nodeName: string, more: object = {}) => ({
  metadata: { name, namespace, labels: { app: 'web', name } },
  spec: {
    nodeName,
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'web',
        image: 'k8ts.test/tools:1',
        command: ['python3', '-c', server],
        ports: [{ containerPort: 8080 }],
        readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
        env: [
          { name: 'POD_IPS', valueFrom: { fieldRef: { fieldPath: 'status.podIPs' } } },
          { name: 'HOST_IPS', valueFrom: { fieldRef: { fieldPath: 'status.hostIPs' } } },
        ],
      },
    ],
    ...more,
  },
})

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address)
const url = (address: string, port = 80): string => `http://${bracketed(address)}:${port}/`
const ip = (each: { ip?: string }): string => each.ip ?? ''

describe('a dual-stack cluster of two nodes', { skip: missing ?? false, timeout: 600_000 }, () => {
  let cluster: E2eCluster
  let a: Pod
  let b: Pod
  before(async () => {
    const archive = await testImagesArchive()
    cluster = await startCluster({ name: 'dual', port: 18443, nodes: 2, ipFamily: 'dual' })
    await cluster.k8ts(['image', 'load', archive])
    const { items } = await cluster.client.list(nodes)
    const [one, two] = items.map(({ metadata }) => metadata.name).sort()
    await cluster.client.create(pods, pod('a', one!))
    await cluster.client.create(pods, pod('b', two!))
    const ready = await readyPods(cluster.client, 'app=web', 2, 120_000)
    ;[a, b] = ['a', 'b'].map((name) => ready.find(({ metadata }) => metadata.name === name)!) as [Pod, Pod]
  })
  after(() => cluster?.delete())

  const spec = async (name: string): Promise<ServiceSpec> => (await cluster.client.get(services, { namespace, name })).spec
  const given = (name: string, of: ServiceSpec) => cluster.client.create(services, { metadata: { name, namespace }, spec: { selector, ports, ...of } })
  /** What the server said to a pod, or why there was no answer. */
  const ask = async (from: Pod, to: string, timeoutSeconds = 5): Promise<string> => {
    const script = `import urllib.request; print(urllib.request.urlopen("${to}", timeout=${timeoutSeconds}).read().decode())`
    const { stdout, stderr } = await execInPod(cluster, from, ['python3', '-c', script])
    return stdout.trim() || (stderr.trim().split('\n').at(-1) ?? '')
  }
  const resolve = async (from: Pod, name: string, family: 'AF_INET' | 'AF_INET6'): Promise<string[]> => {
    const script = `import socket; print(" ".join(sorted({a[4][0] for a in socket.getaddrinfo("${name}", 80, socket.${family})})))`
    const { stdout } = await execInPod(cluster, from, ['python3', '-c', script])
    return stdout.trim().split(' ').filter(Boolean)
  }
  const answersEverywhere = async (addresses: readonly string[], port = 80): Promise<void> => {
    for (const address of addresses) {
      await eventually(`${address} answers the host`, async () => /^[ab] /.test(await fetchText(url(address, port))))
      for (const from of [a, b]) await eventually(`${address} answers a pod`, async () => /^[ab] /.test(await ask(from, url(address, port))))
    }
  }

  test('nodes and pods have an address of each family, and are told of both', async () => {
    const families = familiesOf(await cluster.config())
    for (const { status, spec: nodeSpec } of (await cluster.client.list(nodes)).items) {
      const internal = (status.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address.includes(':'))
      assert.deepEqual(internal, [false, true])
      assert.deepEqual(
        nodeSpec?.podCIDRs?.map((each) => each.includes(':')),
        [false, true],
      )
    }
    for (const each of [a, b]) {
      const [podIps, hostIps] = [each.status.podIPs!.map(ip), each.status.hostIPs!.map(ip)]
      assert.deepEqual([podIps[0], hostIps[0]], [each.status.podIP, each.status.hostIP])
      assert.deepEqual(
        [podIps, hostIps].map((list) => list.map((address) => address.includes(':'))),
        [
          [false, true],
          [false, true],
        ],
      )
      const { stdout } = await execInPod(cluster, each, ['sh', '-c', 'echo $POD_IPS $HOST_IPS; cat /etc/hosts /etc/resolv.conf'])
      assert.equal(stdout.split('\n')[0], `${podIps.join(',')} ${hostIps.join(',')}`)
      for (const address of podIps) assert.ok(stdout.includes(`${address}\t${each.metadata.name}\n`), stdout)
      for (const { dnsAddress } of families) assert.ok(stdout.includes(`nameserver ${dnsAddress}\n`), stdout)
    }
  })

  test('pods reach each other and are seen by their own addresses, over both families', async () => {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const)
      for (const family of [0, 1])
        assert.equal(await ask(from, url(ip(to.status.podIPs![family]!), 8080)), `${to.metadata.name} ${ip(from.status.podIPs![family]!)}`)
  })

  test('Services of each policy have the addresses that they ask for, and answer on all of them from pods and host', async () => {
    const wishes: Record<string, ServiceSpec> = {
      plain: {},
      six: { ipFamilies: ['IPv6'] },
      prefer: { ipFamilyPolicy: 'PreferDualStack' },
      require: { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] },
    }
    for (const [name, wish] of Object.entries(wishes)) {
      await given(name, wish)
      const { clusterIPs = [], ipFamilies = [] } = await spec(name)
      const expected = { plain: ['IPv4'], six: ['IPv6'], prefer: ['IPv4', 'IPv6'], require: ['IPv6', 'IPv4'] }[name]!
      assert.deepEqual(ipFamilies, expected)
      assert.deepEqual(
        clusterIPs.map((each) => (each.includes(':') ? 'IPv6' : 'IPv4')),
        expected,
      )
      await answersEverywhere(clusterIPs)
      const slices = (await cluster.client.list(endpointSlices, { namespace, labelSelector: `kubernetes.io/service-name=${name}` })).items
      assert.deepEqual(slices.map(({ addressType }) => addressType).sort(), [...expected].sort())
    }
    await assert.rejects(given('wrong', { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'SingleStack' }), (error) => isInvalid(error))
  })

  test('a Service that becomes dual-stack answers on its second address, and gives it back', async () => {
    const key = { namespace, name: 'plain' }
    const { spec: both } = await cluster.client.patch(services, key, { spec: { ipFamilyPolicy: 'RequireDualStack' } }, { type: 'merge' })
    await answersEverywhere(both.clusterIPs!)
    const { spec: single } = await cluster.client.patch(services, key, { spec: { ipFamilyPolicy: 'SingleStack' } }, { type: 'merge' })
    assert.deepEqual(single.clusterIPs, [both.clusterIP])
    await eventually('the second address answers no more', () =>
      fetchText(url(both.clusterIPs![1]!), 1_000).then(
        () => false,
        () => true,
      ),
    )
  })

  test('node ports and load balancers answer on addresses of both families; policy Local keeps the client', async () => {
    const config = await cluster.config()
    await given('balanced', { type: 'LoadBalancer', ipFamilyPolicy: 'RequireDualStack', ports: [{ ...ports[0]!, nodePort: 30091 }] })
    const balanced = await eventually('it has two addresses', async () => {
      const found = (await cluster.client.get(services, { namespace, name: 'balanced' })).status?.loadBalancer?.ingress ?? []
      return found.length === 2 && found.map(ip)
    })
    await answersEverywhere(balanced)
    for (const node of config.nodes) await answersEverywhere([node.address, node.secondary!.address], 30091)
    await given('local', {
      type: 'NodePort',
      ipFamilies: ['IPv6'],
      selector: { name: 'b' },
      externalTrafficPolicy: 'Local',
      ports: [{ ...ports[0]!, nodePort: 30092 }],
    })
    const host = config.apiServer.listen.find((each) => each.includes(':'))
    const node = config.nodes.find(({ name }) => name === b.spec.nodeName)!
    await eventually('the node of the pod answers', async () => (await fetchText(url(node.secondary!.address, 30092))) === `b ${host}`)
    await given('forwarded', { type: 'NodePort', ipFamilies: ['IPv6'], ports: [{ ...ports[0]!, nodePort: 30093 }] })
    await eventually('localhost leads to the family of the Service', async () => /^[ab] /.test(await fetchText(url('127.0.0.1', 30093))))
  })

  test('DNS answers in both families, forwards and backwards', async () => {
    const { clusterIPs } = await spec('prefer')
    await given('pods', { clusterIP: 'None', ipFamilyPolicy: 'PreferDualStack' })
    for (const [index, family] of (['AF_INET', 'AF_INET6'] as const).entries()) {
      assert.deepEqual(await resolve(a, 'prefer', family), [clusterIPs![index]])
      const expected = [a, b].map((each) => ip(each.status.podIPs![index]!)).sort()
      await eventually('the headless Service has both pods', async () => (await resolve(b, 'pods', family)).join() === expected.join())
      const { stdout } = await execInPod(cluster, a, ['python3', '-c', `import socket; print(socket.gethostbyaddr("${clusterIPs![index]}")[0])`])
      assert.equal(stdout.trim(), 'prefer.default.svc.cluster.local')
    }
    assert.deepEqual(await resolve(a, 'plain', 'AF_INET6'), [])
    assert.match(await ask(a, 'http://six/'), /^[ab] /)
  })

  test('a policy keeps out over both families, and lets in again when it goes', async () => {
    const addresses = b.status.podIPs!.map(ip)
    await cluster.client.create(networkPolicies, {
      metadata: { name: 'deny', namespace },
      spec: { podSelector: { matchLabels: { name: 'b' } }, policyTypes: ['Ingress'] },
    })
    for (const address of addresses) await eventually(`${address} is shut`, async () => !/^b /.test(await ask(a, url(address, 8080), 1)))
    await cluster.client.delete(networkPolicies, { namespace, name: 'deny' })
    for (const address of addresses) await eventually(`${address} is open`, async () => /^b /.test(await ask(a, url(address, 8080))))
  })

  test('an Ingress is served on every address of every node, with a backend of IPv6', async () => {
    await cluster.client.create(ingresses, {
      metadata: { name: 'web', namespace },
      spec: {
        rules: [{ host: 'web.test', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'six', port: { number: 80 } } } }] } }],
      },
    })
    for (const { address, secondary } of (await cluster.config()).nodes)
      for (const each of [address, secondary!.address]) await eventually(`${each} serves it`, async () => /^[ab] /.test(await ingress(each, 'web.test')))
  })

  test('nothing of IPv6 leaves the host: what is for elsewhere is refused, and has no route', async () => {
    const script = [
      'import socket',
      's = socket.socket(socket.AF_INET6)',
      's.settimeout(20)',
      'try: s.connect(("2001:db8::1", 80))',
      'except OSError as error: print(type(error).__name__, error.errno)',
    ].join('\n')
    const { stdout } = await execInPod(cluster, a, ['python3', '-c', script])
    assert.match(stdout, /^OSError (101|113)\n$/, 'no route, and no time-out')
    for (const { podCidr, serviceCidr } of familiesOf(await cluster.config()))
      for (const range of [podCidr, serviceCidr])
        assert.match(await runOrThrow(['ip', range.includes(':') ? '-6' : '-4', 'route', 'show', 'type', 'unreachable', range]), /^unreachable /)
  })

  test('nothing is left on the host', async () => {
    const ranges = familiesOf(await cluster.config()).flatMap(({ podCidr, serviceCidr, underlayCidr }) => [podCidr, serviceCidr, underlayCidr])
    await cluster.delete()
    const left = await Promise.all(
      [
        ['ip', 'route'],
        ['ip', '-6', 'route'],
        ['ip', 'link'],
        ['ip', 'netns'],
        ['nft', 'list', 'tables'],
      ].map((command) => runOrThrow(command)),
    )
    for (const trace of [...ranges, 'k8ts-dual', 'dual0', 'dual-underlay']) assert.ok(!left.join('\n').includes(trace), `${trace} is left:\n${left.join('\n')}`)
    cluster = undefined as never
  })
})

describe('a cluster of IPv6 alone', { skip: missing ?? false, timeout: 600_000 }, () => {
  let cluster: E2eCluster
  before(async () => {
    cluster = await startCluster({ name: 'six', port: 18444, ipFamily: 'ipv6' })
  })
  after(() => cluster?.delete())

  test('pods, Services, DNS, probes, exec and the API server’s proxies have no other addresses, and need none', async () => {
    const probe = { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 }
    await cluster.client.create(pods, {
      metadata: { name: 'web', namespace, labels: selector },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'web', image: 'k8ts.local/hello:1', imagePullPolicy: 'Never', readinessProbe: probe, livenessProbe: probe }],
      },
    })
    await cluster.client.create(services, {
      metadata: { name: 'web', namespace },
      spec: { type: 'LoadBalancer', ipFamilyPolicy: 'PreferDualStack', selector, ports: [{ ...ports[0]!, nodePort: 30094 }] },
    })
    const [web] = await readyPods(cluster.client, 'app=web', 1)
    const { spec: service } = await cluster.client.get(services, { namespace, name: 'web' })
    assert.deepEqual([service.ipFamilies, service.clusterIPs?.length, web!.status.podIPs?.length], [['IPv6'], 1, 1])
    const balanced = await eventually('it has an address', async () => {
      const found = (await cluster.client.get(services, { namespace, name: 'web' })).status?.loadBalancer?.ingress?.[0]
      return found?.ip
    })
    const [node] = (await cluster.config()).nodes
    for (const [address, port] of [
      [service.clusterIP!, 80],
      [balanced, 80],
      [web!.status.podIP!, 8080],
      [node!.address, 30094],
      ['127.0.0.1', 30094],
    ] as const)
      await eventually(`${address} answers`, async () => /It works/.test(await fetchText(url(address, port))))
    const { stdout } = await execInPod(cluster, web!, ['nslookup', 'web.default.svc.cluster.local'])
    assert.ok(stdout.includes(`Address: ${service.clusterIP}`), stdout)
    for (const path of ['services/web:80', 'pods/web:8080']) {
      const answer = await cluster.client.request({ method: 'GET', path: `/api/v1/namespaces/default/${path}/proxy/` })
      assert.match(await answer.text(), /It works/)
    }
    await assert.rejects(
      cluster.client.create(services, { metadata: { name: 'both', namespace }, spec: { ipFamilyPolicy: 'RequireDualStack', selector, ports } }),
      /this cluster is not configured for dual-stack services/,
    )
  })
})

/** One request by name at a node's port 80; an empty text while it is not served. */
function ingress(address: string, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: address, port: 80, path: '/', headers: { host }, timeout: 5_000 }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      response.on('end', () => resolve(response.statusCode === 200 ? body : ''))
    })
    asked.on('timeout', () => asked.destroy(new Error('timed out')))
    asked.on('error', reject)
    asked.end()
  })
}
