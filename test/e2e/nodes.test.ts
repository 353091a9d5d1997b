/** Three nodes on one machine: pods on each, traffic between them, Services of every kind and DNS from everywhere, node ports on every address. */
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { deployments, namespaces, nodes, pods, services } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { runOrThrow } from '#cluster/host/exec.ts'
import { askSupervisor } from '#cluster/supervisor/control-socket.ts'
import { ipRangeContains, parseIpRange } from '#network/ip.ts'
import type { ClusterConfig } from '#cluster/types.ts'
import { testImagesArchive } from '../images/index.ts'
import { type E2eCluster, eventually, missingForCluster, startCluster } from './cluster.ts'
import { execInPod } from './exec.ts'
import { endFlows, startFlow } from './flows.ts'
import { fetchText } from './load.ts'
import { isReady, podsOf, readyPods } from './objects.ts'
import { servicePacketTests } from './service-packets.ts'

const missing = missingForCluster()
const namespace = 'default'

const client = (nodeName: string) => ({
  metadata: { name: `client-${nodeName}`, namespace, labels: { app: 'client' } },
  spec: { nodeName, terminationGracePeriodSeconds: 0, containers: [{ name: 'tools', image: 'k8ts.test/tools:1', command: ['sleep', '100000'] }] },
})

const server = {
  metadata: { name: 'web', namespace },
  spec: {
    replicas: 6,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'web', image: 'myshop/web:1.0', readinessProbe: { httpGet: { path: '/health', port: 8080 }, periodSeconds: 1 } }],
      },
    },
  },
}

/** One HTTP request from inside a pod, on a connection of its own. */
const fetchIn = (url: string) => ['python3', '-c', `import urllib.request; print(urllib.request.urlopen("${url}", timeout=5).read().decode())`]

describe('three nodes', { skip: missing ?? false, timeout: 900_000 }, () => {
  let cluster: E2eCluster
  let clients: Pod[]
  let config: ClusterConfig
  before(async () => {
    const archive = await testImagesArchive()
    cluster = await startCluster({ name: 'three', port: 16445, nodes: 3 })
    await cluster.k8ts(['image', 'load', archive])
    const { items } = await cluster.client.list(nodes)
    for (const node of items) await cluster.client.create(pods, client(node.metadata.name))
    await cluster.client.create(deployments, server)
    await cluster.client.create(services, {
      metadata: { name: 'web', namespace },
      spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080, nodePort: 30081 }] },
    })
    await cluster.client.create(services, {
      metadata: { name: 'web-headless', namespace },
      spec: { clusterIP: 'None', selector: { app: 'web' }, ports: [{ name: 'http', port: 8080 }] },
    })
    config = await cluster.config()
    clients = await readyPods(cluster.client, 'app=client', 3)
    await readyPods(cluster.client, 'app=web', 6)
  })
  after(() => cluster?.delete())

  test('all are Ready, and the scheduler has spread the replicas over all of them', async () => {
    const { items } = await cluster.client.list(nodes)
    assert.deepEqual(
      items.map((node) => node.status.conditions?.find(({ type }) => type === 'Ready')?.status),
      ['True', 'True', 'True'],
    )
    const used = new Set((await podsOf(cluster.client, 'app=web')).map((pod) => pod.spec.nodeName))
    assert.equal(used.size, 3)
  })

  test('the ranges that nodes tell of are those their pods have addresses of', async () => {
    const { items } = await cluster.client.list(nodes)
    const ranges = new Map(items.map(({ metadata, spec }) => [metadata.name, spec?.podCIDR ?? '']))
    for (const { spec, status } of await podsOf(cluster.client, 'app=web')) {
      const range = ranges.get(spec.nodeName ?? '') ?? ''
      assert.ok(ipRangeContains(parseIpRange(range), parseIpRange(status.podIP ?? '')), `${status.podIP} on ${spec.nodeName}, whose range is ${range}`)
    }
  })

  test('every pod reaches every other by its own address, and is seen by its own', async () => {
    const servers = await podsOf(cluster.client, 'app=web')
    for (const from of clients) {
      for (const to of servers) {
        const { stdout, stderr } = await execInPod(cluster, from, fetchIn(`http://${to.status.podIP}:8080/`))
        assert.equal(JSON.parse(stdout || '{}').pod, to.metadata.name, stderr)
      }
    }
  })

  test('the Service answers by its name from every node, and reaches pods of more than one node', async () => {
    for (const from of clients) {
      const seen = new Set<string>()
      for (let request = 0; request < 12; request++) {
        const { stdout, stderr } = await execInPod(cluster, from, fetchIn('http://web.default.svc.cluster.local/'))
        seen.add(JSON.parse(stdout || '{}').pod ?? stderr)
      }
      assert.ok(seen.size > 1, `twelve requests all went to ${[...seen]}`)
    }
  })

  test('a headless Service gives the addresses of all its pods', async () => {
    const addresses = (await podsOf(cluster.client, 'app=web')).map((pod) => pod.status.podIP).sort()
    const resolve = 'import socket; print(" ".join(sorted({a[4][0] for a in socket.getaddrinfo("web-headless", 8080, socket.AF_INET)})))'
    const { stdout } = await execInPod(cluster, clients[2]!, ['python3', '-c', resolve])
    assert.deepEqual(stdout.trim().split(' ').sort(), addresses)
  })

  test("the node port answers on every node's address and on localhost", async () => {
    const config = await cluster.config()
    for (const address of [...config.nodes.map((node) => node.address), '127.0.0.1']) {
      await eventually(`${address}:30081 answers`, async () => JSON.parse(await fetchText(`http://${address}:30081/`)).version === 'blue')
    }
  })

  test('pods reach the API server by the Service kubernetes with their own token, and may do what RBAC lets them', async () => {
    const script = [
      'import json, ssl, urllib.request, urllib.error',
      'base = "/var/run/secrets/kubernetes.io/serviceaccount/"',
      'token = open(base + "token").read()',
      'context = ssl.create_default_context(cafile=base + "ca.crt")',
      'request = urllib.request.Request("https://kubernetes.default.svc/api/v1/namespaces/default/pods", headers={"Authorization": "Bearer " + token})',
      'try:',
      '    urllib.request.urlopen(request, context=context, timeout=5)',
      'except urllib.error.HTTPError as error:',
      '    print(error.code, json.load(error)["message"])',
    ].join('\n')
    const { stdout, stderr } = await execInPod(cluster, clients[1]!, ['python3', '-c', script])
    assert.equal(
      stdout.trim(),
      '403 pods is forbidden: User "system:serviceaccount:default:default" cannot list resource "pods" in API group "" in the namespace "default"',
      stderr,
    )
  })

  test("traffic to the outside leaves the node under the node's address", async () => {
    // An address for documentation, on the host's lo: outside the cluster, and never off this machine.
    const outside = '198.51.100.77'
    await runOrThrow(['ip', 'address', 'add', `${outside}/32`, 'dev', 'lo'])
    const config = await cluster.config()
    const seen = Promise.withResolvers<string>()
    const listener = createServer((socket) => {
      seen.resolve(socket.remoteAddress ?? '')
      socket.end('hello')
    })
    await new Promise<void>((resolve) => listener.listen(0, outside, resolve))
    const { port } = listener.address() as { port: number }
    try {
      const dial = `import socket; print(socket.create_connection(("${outside}", ${port}), 5).recv(10).decode())`
      const { stdout, stderr } = await execInPod(cluster, clients[0]!, ['python3', '-c', dial])
      assert.equal(stdout.trim(), 'hello', stderr)
      const node = config.nodes.find(({ name }) => name === clients[0]!.spec.nodeName)
      assert.equal((await seen.promise).replace('::ffff:', ''), node?.address)
    } finally {
      listener.close()
      await runOrThrow(['ip', 'address', 'del', `${outside}/32`, 'dev', 'lo'])
    }
  })

  describe('Services of every kind', () => servicePacketTests(() => ({ cluster, config, clients })))

  test('no open connection of a healthy endpoint breaks, and no new one fails, while endpoints come and go and every agent is killed and writes its rules anew', async () => {
    const { spec } = await cluster.client.get(services, { namespace, name: 'web' })
    const flows = await Promise.all(
      clients.map((pod) => startFlow(cluster, `flow-${pod.spec.nodeName}`, { nodeName: pod.spec.nodeName!, address: spec.clusterIP!, port: 80, held: 8 })),
    )
    // Endpoints that come and go beside the six; whoever is told to go still serves until every node knows.
    const labels = { app: 'web', passing: 'yes' }
    const passing = { namespace, name: 'passing' }
    const [container] = server.spec.template.spec.containers
    const lasting = { ...container!, lifecycle: { preStop: { sleep: { seconds: 15 } } } }
    await cluster.client.create(deployments, {
      metadata: passing,
      spec: { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [lasting] } } },
    })
    const isPassing = (pod: string) => pod.startsWith('passing-')
    await readyPods(cluster.client, 'passing=yes', 3, 120_000)
    for (const { state } of flows) await eventually('a newcomer answers', async () => Object.keys((await state()).answered).some(isPassing))
    await cluster.client.patch(deployments, passing, { spec: { replicas: 0 } }, { type: 'merge' })
    await eventually('they are gone', async () => (await podsOf(cluster.client, 'passing=yes')).length === 0, 120_000)

    const childOf = async (name: string) => {
      const reply = await askSupervisor(cluster.dataDir, { op: 'status' })
      return reply?.ok ? reply.status?.children.find((child) => child.name === name) : undefined
    }
    for (const { spec } of clients) {
      const before = await eventually('the agent is ready', async () => {
        const child = await childOf(spec.nodeName!)
        return child?.ready ? child.pid : undefined
      })
      process.kill(before, 'SIGKILL')
      for (const flow of flows) await flow.goesOn()
      await eventually(
        'another has taken its place',
        async () => {
          const child = await childOf(spec.nodeName!)
          return child?.ready === true && child.pid !== before
        },
        120_000,
      )
      for (const flow of flows) await flow.goesOn()
    }
    const holders = new Set((await Promise.all(flows.map(({ state }) => state()))).flatMap((each) => each.holders))
    assert.ok(holders.size > 1 && ![...holders].some(isPassing), `the connections were held by ${[...holders]}`)
    assert.deepEqual(await endFlows(cluster, flows), [])
    await cluster.client.delete(deployments, passing)
  })

  test('a namespace is deleted with all that is in it', async () => {
    await cluster.client.create(namespaces, { metadata: { name: 'gone' } })
    await eventually('its default service account is there', async () => {
      try {
        return await cluster.client.create(pods, { ...client('three-node-1'), metadata: { name: 'p', namespace: 'gone' } })
      } catch {
        return undefined
      }
    })
    await eventually('it runs', async () => isReady(await cluster.client.get(pods, { namespace: 'gone', name: 'p' })))
    await cluster.client.delete(namespaces, { name: 'gone' })
    await eventually('it is gone', async () => {
      try {
        await cluster.client.get(namespaces, { name: 'gone' })
        return false
      } catch (error) {
        return isNotFound(error)
      }
    })
  })

  test('a node comes, is reached by the pods of the others, stops, starts and goes while the cluster runs', async () => {
    const readiness = async () => (await cluster.client.list(nodes)).items.map((node) => node.metadata.name)
    await cluster.k8ts(['node', 'add'])
    const added = 'three-node-4'
    assert.ok((await readiness()).includes(added))
    const hello = { name: 'hello', image: 'k8ts.local/hello:1', imagePullPolicy: 'Never' }
    await cluster.client.create(pods, {
      metadata: { name: 'newcomer', namespace, labels: { app: 'newcomer' } },
      spec: { nodeName: added, terminationGracePeriodSeconds: 0, containers: [hello] },
    })
    const [newcomer] = await readyPods(cluster.client, 'app=newcomer', 1)
    const { stdout, stderr } = await execInPod(cluster, clients[0]!, fetchIn(`http://${newcomer!.status.podIP}:8080/`))
    assert.match(stdout, /It works/, stderr)
    const gateway = async () => / via (\S+)/.exec(await runOrThrow(['ip', 'route', 'get', (await cluster.config()).dnsAddress]))?.[1]
    const first = (await cluster.config()).nodes[0]!
    assert.equal(await gateway(), first.address)
    await cluster.k8ts(['node', 'stop', first.name])
    assert.notEqual(await gateway(), first.address)
    await cluster.k8ts(['node', 'start', first.name])
    await cluster.k8ts(['node', 'remove', added])
    assert.ok(!(await readiness()).includes(added))
  })

  test("when a node is lost, its load balancers' addresses are answered by another", async () => {
    const key = { namespace, name: 'balanced' }
    await cluster.client.create(services, { metadata: key, spec: { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] } })
    const addressOf = async () => (await cluster.client.get(services, key)).status?.loadBalancer?.ingress?.[0]?.ip
    const address = await eventually('it has an address', addressOf)
    const { nodes: plans } = await cluster.config()
    const announcer = async (among = plans) => {
      for (const plan of among) if ((await runOrThrow(['ip', '-n', plan.netns, '-4', 'address', 'show', 'dev', 'eth0'])).includes(` ${address}/`)) return plan
      return undefined
    }
    const answers = () => eventually('it answers', async () => JSON.parse(await fetchText(`http://${address}/`)).version === 'blue', 180_000)
    await answers()
    const lost = await eventually('a node announces it', announcer)
    await cluster.k8ts(['node', 'stop', lost.name])
    const left = plans.filter((plan) => plan !== lost)
    await eventually('another node announces it', () => announcer(left), 180_000)
    await answers()
    assert.equal(await addressOf(), address)
  })
})
