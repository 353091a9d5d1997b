/** The reference documents' load balancer and ingress, and network policies, on a cluster of two nodes. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type RequestOptions, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { hashSync } from 'bcryptjs'
import dnsPacket from 'dns-packet'
import { configMaps, deployments, ingresses, networkPolicies, nodes, pods, secrets, services } from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { encoded, testAuthority } from '#network/ingress/tls/test-certificates.ts'
import { hostAddress } from '#network/underlay/index.ts'
import { imageNames, testImagesArchive } from '../images/index.ts'
import { type E2eCluster, eventually, missingForCluster, referenceManifests, startCluster } from './cluster.ts'
import { execInPod } from './exec.ts'
import { startFlow } from './flows.ts'
import { fetchText, startLoad } from './load.ts'
import { applyManifest, podsOf, readManifest, readyPods } from './objects.ts'

const manifests = referenceManifests()
const missing = missingForCluster() ?? (manifests ? undefined : 'the reference manifests are not beside the checkout')
const manifest = (name: string) => readManifest(join(manifests!, name))

describe('load balancers, ingress and network policies', { skip: missing ?? false, timeout: 600_000 }, () => {
  let cluster: E2eCluster
  before(async () => {
    const archive = await testImagesArchive()
    cluster = await startCluster({ name: 'net', port: 17443, nodes: 2 })
    await cluster.k8ts(['image', 'load', archive])
  })
  after(() => cluster?.delete())

  test('09: a LoadBalancer Service answers the host at an address of its own', async () => {
    await applyManifest(cluster.client, manifest('09-flask-loadbalancer.yaml'))
    await readyPods(cluster.client, 'app=flask-hello', 3, 120_000)
    const address = await eventually('it has an address', async () => {
      const { status } = await cluster.client.get(services, { namespace: 'default', name: 'flask-app-service' })
      return status?.loadBalancer?.ingress?.[0]?.ip
    })
    await eventually('it answers', async () => (await fetchText(`http://${address}/`)) === 'Hello from Kubernetes!')
  })

  test('a second Service on the same port has another address, and takes it along when it goes; nodes know their machine', async () => {
    const namespace = 'default'
    const addressOf = async (name: string) => (await cluster.client.get(services, { namespace, name })).status?.loadBalancer?.ingress?.[0]?.ip
    const hello = { name: 'hello', image: 'k8ts.local/hello:1', imagePullPolicy: 'Never' }
    await cluster.client.create(pods, {
      metadata: { name: 'second', namespace, labels: { app: 'second' } },
      spec: { terminationGracePeriodSeconds: 0, containers: [hello] },
    })
    const ports = [{ port: 80, targetPort: 8080 }]
    await cluster.client.create(services, { metadata: { name: 'second', namespace }, spec: { type: 'LoadBalancer', selector: { app: 'second' }, ports } })
    await readyPods(cluster.client, 'app=second', 1)
    const [first, second] = [await addressOf('flask-app-service'), await eventually('it has an address', () => addressOf('second'))]
    assert.notEqual(second, first)
    await eventually('it answers', async () => /It works/.test(await fetchText(`http://${second}/`).catch(() => '')))
    // The manifest has no probe, so its pods are ready before they listen.
    const answers = () => Promise.all(Array.from({ length: 12 }, () => fetchText(`http://${first}/`)))
    await eventually('all pods of the first answer', answers)
    await cluster.client.delete(services, { namespace, name: 'second' })
    await eventually('it is gone', () => addressOf('second').then(() => false, isNotFound))
    await eventually('its address is', () =>
      fetchText(`http://${second}/`).then(
        () => false,
        () => true,
      ),
    )
    assert.deepEqual([...new Set(await answers())], ['Hello from Kubernetes!'])
    const { items } = await cluster.client.list(nodes)
    assert.deepEqual(items.map(({ spec }) => spec?.providerID).sort(), ['k8ts://net/net-node-1', 'k8ts://net/net-node-2'])
  })

  test('07: the ingress answers by host name and TLS, on every node, with a certificate of the built-in issuer', async () => {
    await applyManifest(cluster.client, [...manifest('04-config-and-secret.yaml'), ...manifest('08-api-complete.yaml'), ...manifest('07-ingress.yaml')])
    await readyPods(cluster.client, 'app=api', 3, 120_000)
    const { nodes: plans } = await cluster.config()
    const issued = await eventually('the certificate', async () => cluster.client.get(secrets, { namespace: 'default', name: 'tls-secret' }))
    const ca = Buffer.from(issued.data?.['ca.crt'] ?? '', 'base64').toString()
    for (const { address } of plans) {
      const reply = await eventually('it answers over TLS', async () => {
        const found = await ask(address, 'api.example.com', '/env', ca)
        return found.status === 200 && found
      })
      assert.match(reply.body, /LOG_LEVEL/)
      const plain = await ask(address, 'api.example.com', '/env')
      assert.deepEqual([plain.status, plain.location], [308, 'https://api.example.com/env'])
      assert.equal((await ask(address, 'app.example.com', '/', ca)).status, 503, 'its Service does not exist')
      assert.equal((await ask(address, 'unknown.example.com', '/')).status, 404)
    }
    const { status } = await cluster.client.get(ingresses, { namespace: 'default', name: 'app-ingress' })
    assert.deepEqual(
      status.loadBalancer.ingress?.map((each) => each.ip),
      plans.map((each) => each.address),
    )
  })

  test('an Ingress keeps out who has neither password nor certificate, on every node', async () => {
    const namespace = 'default'
    const [users, clients] = [{ auth: `me:${hashSync('secret', 8)}` }, testAuthority('/CN=clients')]
    await cluster.client.create(secrets, { metadata: { namespace, name: 'users' }, data: encoded(users) })
    await cluster.client.create(secrets, { metadata: { namespace, name: 'clients' }, data: encoded({ 'ca.crt': clients.cert }) })
    const guarded = (host: string, annotations: Record<string, string>) =>
      cluster.client.create(ingresses, {
        metadata: {
          namespace,
          name: host,
          annotations: Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`nginx.ingress.kubernetes.io/${name}`, value])),
        },
        spec: {
          ingressClassName: 'nginx',
          rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'api-service', port: { number: 3000 } } } }] } }],
        },
      })
    await guarded('password.test', { 'auth-type': 'basic', 'auth-secret': 'users' })
    await guarded('certificate.test', { 'auth-tls-secret': 'default/clients' })
    const { cert, key } = clients.sign('/CN=me')
    const authorization = `Basic ${Buffer.from('me:secret').toString('base64')}`
    for (const { address } of (await cluster.config()).nodes) {
      const statusOf = async (host: string, more: RequestOptions & { cert?: string; key?: string } = {}) => {
        const secure = host === 'certificate.test'
        const common = { host: address, servername: host, rejectUnauthorized: false, agent: false as const, timeout: 5_000, ...more }
        const outgoing = (secure ? httpsRequest : httpRequest)({ ...common, port: secure ? 443 : 80, headers: { host, ...more.headers } }).end()
        outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 5 s')))
        const [response] = await once(outgoing, 'response')
        response.resume()
        return response.statusCode as number
      }
      await eventually('the password opens', async () => (await statusOf('password.test', { headers: { authorization } })) === 200)
      assert.equal(await statusOf('password.test'), 401)
      await eventually('the certificate opens', async () => (await statusOf('certificate.test', { cert, key })) === 200)
      assert.equal(await statusOf('certificate.test'), 400)
    }
  })

  test('a rolling update behind the ingress fails no request', async () => {
    const backend = { service: { name: 'api-service', port: { number: 3000 } } }
    await cluster.client.create(ingresses, { metadata: { namespace: 'default', name: 'all' }, spec: { ingressClassName: 'nginx', defaultBackend: backend } })
    const { nodes: plans } = await cluster.config()
    const url = `http://${plans[0]!.address}/`
    await eventually('it answers', async () => (await fetchText(url)) !== '')
    const load = startLoad(url, 180)
    const key = { namespace: 'default', name: 'api' }
    const change = { spec: { template: { spec: { containers: [{ name: 'api', image: imageNames.apiNext }] } } } }
    await cluster.client.patch(deployments, key, change, { type: 'strategic' })
    await eventually(
      'all run the new version',
      async () => {
        const { status, metadata } = await cluster.client.get(deployments, key)
        return status.observedGeneration === metadata.generation && status.updatedReplicas === 3 && status.replicas === 3 && status.availableReplicas === 3
      },
      150_000,
    )
    const { requests, failures } = await load.stop()
    assert.deepEqual(failures, [])
    assert.ok(requests > 100, `only ${requests} requests were sent`)
  })

  test('06: blue/green by the selector fails no request, and a canary by labels gets its share', async () => {
    await applyManifest(cluster.client, manifest('06-blue-green.yaml'))
    const servers = await readyPods(cluster.client, 'app=frontend', 8, 180_000)
    // The manifest has no probe, so its pods are ready before they listen.
    for (const { status } of servers) await eventually('it listens', async () => (await fetchText(`http://${status.podIP}:8080/health`)) === 'ok')
    const key = { namespace: 'default', name: 'frontend-svc' }
    const { spec } = await cluster.client.get(services, key)
    const url = `http://${spec.clusterIP}/`
    const select = (selector: Record<string, string | null>) => cluster.client.patch(services, key, { spec: { selector } }, { type: 'merge' })
    const version = async () => JSON.parse(await fetchText(url)).version as string
    const only = (wanted: string) =>
      eventually(`only ${wanted} answers`, async () => (await Promise.all(Array.from({ length: 16 }, version))).every((each) => each === wanted))
    await only('blue')
    const load = startLoad(url, 180)
    for (const wanted of ['green', 'blue', 'green', 'blue']) {
      await select({ version: wanted })
      await only(wanted)
    }
    // One in five is the canary's.
    await cluster.client.patch(deployments, { namespace: 'default', name: 'frontend-green' }, { spec: { replicas: 1 } }, { type: 'merge' })
    await readyPods(cluster.client, 'app=frontend', 5, 120_000)
    await select({ version: null })
    await eventually('the canary answers', async () => (await version()) === 'green')
    const seen = await Promise.all(Array.from({ length: 200 }, version))
    const share = seen.filter((each) => each === 'green').length
    assert.ok(share > 5 && share < 100, `the canary answered ${share} of 200`)
    const { requests, failures } = await load.stop()
    assert.deepEqual(failures, [])
    assert.ok(requests > 100, `only ${requests} requests were sent`)
    for (const name of ['frontend-blue', 'frontend-green']) await cluster.client.delete(deployments, { namespace: 'default', name })
  })

  test('a stub domain of ConfigMap coredns is asked of its own resolver, on every node', async (t) => {
    const address = hostAddress(await cluster.config())
    const resolver = createSocket('udp4')
    t.after(() => resolver.close())
    resolver.on('message', (query, from) => {
      const { id, questions = [] } = dnsPacket.decode(query)
      const answers = questions.flatMap(({ name, type }) => (type === 'A' ? [{ type, name, ttl: 1, data: '192.0.2.9' }] : []))
      resolver.send(dnsPacket.encode({ type: 'response', id: id ?? 0, questions, answers }), from.port, from.address)
    })
    await new Promise<void>((resolve) => resolver.bind(0, address, resolve))
    const Corefile = `stub.test:53 {\n    forward . ${address}:${resolver.address().port}\n}\n`
    await cluster.client.create(configMaps, { metadata: { namespace: 'kube-system', name: 'coredns' }, data: { Corefile } })
    const askers = await readyPods(cluster.client, 'app=flask-hello', 3)
    assert.equal(new Set(askers.map(({ spec }) => spec.nodeName)).size, 2)
    for (const asker of askers)
      await eventually(`${asker.spec.nodeName} asks it`, async () => {
        const { stdout, stderr } = await execInPod(cluster, asker, ['python3', '-c', 'import socket; print(socket.gethostbyname("db.stub.test"))'])
        if (stdout.trim() !== '192.0.2.9') throw new Error(stdout + stderr)
        return true
      })
  })

  test('policies that come and go under traffic stop new connections and let new ones in again; open ones go on', async () => {
    const { spec } = await cluster.client.get(services, { namespace: 'default', name: 'api-service' })
    const flow = await startFlow(cluster, 'flow', { labels: { app: 'flow' }, address: spec.clusterIP!, port: 3000, held: 4, patienceSeconds: 2 })
    assert.deepEqual((await flow.state()).failures, [])
    const key = { namespace: 'default', name: 'passing' }
    for (const spec of [
      { podSelector: { matchLabels: { app: 'api' } }, policyTypes: ['Ingress'] },
      { podSelector: { matchLabels: { app: 'flow' } }, policyTypes: ['Egress'] },
    ]) {
      const before = (await flow.state()).failures.length
      await cluster.client.create(networkPolicies, { metadata: key, spec })
      await eventually('new connections get nowhere', async () => {
        const { fresh, failures } = await flow.state()
        if (failures.length <= before) return false
        await flow.goesOn(['held'])
        return (await flow.state()).fresh === fresh
      })
      await cluster.client.delete(networkPolicies, key)
      await flow.goesOn()
    }
    assert.deepEqual((await flow.state()).broken, [])
    await cluster.client.delete(pods, { namespace: 'default', name: 'flow' })
  })

  test('a policy keeps pods out while probes and the ingress of the node still pass', async () => {
    const [client] = await podsOf(cluster.client, 'app=flask-hello')
    const targets = await readyPods(cluster.client, 'app=api', 3)
    const reaches = async (address: string) => {
      const script = `import socket; socket.create_connection(("${address}", 3000), 2); print("yes")`
      return (await execInPod(cluster, client!, ['python3', '-c', script])).stdout.trim() === 'yes'
    }
    for (const { status } of targets) assert.equal(await reaches(status.podIP!), true)
    const policy = { podSelector: { matchLabels: { app: 'api' } }, policyTypes: ['Ingress'] }
    await cluster.client.create(networkPolicies, { metadata: { namespace: 'default', name: 'deny' }, spec: policy })
    await eventually('nobody gets in', async () => (await Promise.all(targets.map(({ status }) => reaches(status.podIP!)))).every((each) => !each))
    const from = [{ podSelector: { matchLabels: { app: 'flask-hello' } } }]
    await cluster.client.create(networkPolicies, {
      metadata: { namespace: 'default', name: 'allow' },
      spec: { ...policy, ingress: [{ from, ports: [{ port: 3000 }] }] },
    })
    await eventually('friends do', async () => (await Promise.all(targets.map(({ status }) => reaches(status.podIP!)))).every(Boolean))
    await readyPods(cluster.client, 'app=api', 3)
    assert.equal((await cluster.client.list(nodes)).items.length, 2)
  })
})

interface Reply {
  readonly status: number
  readonly location?: string | undefined
  readonly body: string
}

function ask(address: string, host: string, path: string, ca?: string): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const common = { host: address, path, headers: { host }, agent: false as const, timeout: 5_000 }
    const outgoing = ca === undefined ? httpRequest({ ...common, port: 80 }) : httpsRequest({ ...common, port: 443, servername: host, ca })
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 5 s')))
    outgoing.on('error', reject)
    outgoing.on('response', async (response) => {
      let body = ''
      for await (const chunk of response) body += chunk
      resolve({ status: response.statusCode ?? 0, location: response.headers.location, body })
    })
    outgoing.end()
  })
}
