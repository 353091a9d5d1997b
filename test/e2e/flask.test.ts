/** The reference documents' Flask application and HTTP API: their manifests unchanged, real containers, real requests. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Deployment } from '#api/gen/apps/v1.ts'
import { deployments, endpointSlices, pods, services } from '#api/gen/resources.ts'
import { imageNames, testImagesArchive } from '../images/index.ts'
import { type E2eCluster, eventually, missingForCluster, referenceManifests, startCluster } from './cluster.ts'
import { execInPod } from './exec.ts'
import { processesOf } from './host-process.ts'
import { fetchText, startLoad } from './load.ts'
import { applyManifest, isReady, podsOf, readManifest, readyPods } from './objects.ts'

const manifests = referenceManifests()
const missing = missingForCluster() ?? (manifests ? undefined : 'the reference manifests are not beside the checkout')
const manifest = (name: string) => readManifest(join(manifests!, name))
const nodePortUrl = 'http://127.0.0.1:30080/'
const greeting = 'Hello from Flask on Kubernetes!'

describe('the Flask application of the reference documents', { skip: missing ?? false, timeout: 600_000 }, () => {
  let cluster: E2eCluster
  before(async () => {
    const archive = await testImagesArchive()
    cluster = await startCluster({ name: 'flask', port: 16443 })
    await cluster.k8ts(['image', 'load', archive])
  })
  after(() => cluster?.delete())

  test('01: the nginx pod runs and answers on its own address', async () => {
    await applyManifest(cluster.client, manifest('01-pod.yaml'))
    const pod = await eventually('nginx-demo is ready', async () => {
      const found = await cluster.client.get(pods, { namespace: 'default', name: 'nginx-demo' })
      return isReady(found) && found
    })
    assert.match(await fetchText(`http://${pod.status.podIP}/`), /Welcome to nginx/)
  })

  test('02 and 03: three replicas answer through the node port on localhost and on the node, and by the Service name from a pod', async () => {
    await applyManifest(cluster.client, [...manifest('02-flask-deployment.yaml'), ...manifest('03-flask-service.yaml')])
    const replicas = await readyPods(cluster.client, 'app=flask', 3)
    await eventually('localhost answers', async () => (await fetchText(nodePortUrl)) === greeting)
    const { nodes } = await cluster.config()
    // The manifest has no readiness probe: a pod counts as ready a second before Flask listens.
    await eventually('the node answers', async () => (await fetchText(`http://${nodes[0]!.address}:30080/`)) === greeting)
    const python = 'import urllib.request; print(urllib.request.urlopen("http://flask-service", timeout=5).read().decode())'
    await eventually('a pod asks by name', async () => {
      const { stdout, stderr } = await execInPod(cluster, replicas[0]!, ['python', '-c', python])
      if (stdout.trim() !== greeting) throw new Error(stderr)
      return true
    })
  })

  test('a killed container comes back in the same pod with its restart counted', async () => {
    const [victim] = await readyPods(cluster.client, 'app=flask', 3)
    const processes = processesOf(victim!.metadata.uid, 'flask')
    assert.ok(processes.length > 0, 'the container has a process on the host')
    for (const pid of processes) process.kill(pid, 'SIGKILL')
    await eventually('the container was started again', async () => {
      const pod = await cluster.client.get(pods, { namespace: 'default', name: victim!.metadata.name })
      return isReady(pod) && pod.status.containerStatuses?.[0]?.restartCount === 1 && pod.metadata.uid === victim!.metadata.uid
    })
  })

  test('a deleted pod is replaced', async () => {
    const before = await readyPods(cluster.client, 'app=flask', 3)
    await cluster.client.delete(pods, { namespace: 'default', name: before[0]!.metadata.name }, { gracePeriodSeconds: 1 })
    await eventually('three ready pods, one of them new', async () => {
      const now = (await podsOf(cluster.client, 'app=flask')).filter(isReady)
      return now.length === 3 && now.some((pod) => before.every((each) => each.metadata.uid !== pod.metadata.uid))
    })
    await readyPods(cluster.client, 'app=flask', 3, 90_000)
  })

  test('04 and 08: configuration reaches the containers, and a rolling update fails no request and keeps its bounds', async () => {
    await applyManifest(cluster.client, [...manifest('04-config-and-secret.yaml'), ...manifest('08-api-complete.yaml')])
    const replicas = await readyPods(cluster.client, 'app=api', 3, 90_000)
    const environment = JSON.parse(await fetchText(`http://${replicas[0]!.status.podIP}:3000/env`))
    assert.deepEqual(
      [environment.LOG_LEVEL, environment.DATABASE_URL, environment.API_SERVICE_SERVICE_PORT],
      ['info', 'postgres://user:strongpassword@db:5432/mydb', '3000'],
    )
    await rollWithoutFailure(imageNames.apiNext, '1.6.0')
  })

  test('rollout undo goes back, again without a failed request', async () => {
    const undo = async () => {
      const history = (await cluster.client.get<Deployment>(deployments, { namespace: 'default', name: 'api' })).metadata.annotations
      assert.equal(history?.['deployment.kubernetes.io/revision'], '2')
      return imageNames.api
    }
    await rollWithoutFailure(await undo(), '1.5.0')
    const { metadata } = await cluster.client.get(deployments, { namespace: 'default', name: 'api' })
    assert.equal(metadata.annotations?.['deployment.kubernetes.io/revision'], '3')
  })

  test('a failing readiness probe takes the pod out of the Service, a failing liveness probe restarts it', async () => {
    const [victim] = await readyPods(cluster.client, 'app=api', 3)
    const address = victim!.status.podIP!
    const name = victim!.metadata.name
    await cluster.client.patch(deployments, { namespace: 'default', name: 'api' }, { spec: { paused: true } }, { type: 'merge' })
    await execInPod(cluster, victim!, ['sh', '-c', 'touch /tmp/unhealthy'])
    await eventually(
      'it is out of the endpoints',
      async () => {
        const slices = await cluster.client.list(endpointSlices, { namespace: 'default', labelSelector: 'kubernetes.io/service-name=api-service' })
        const endpoint = slices.items.flatMap((slice) => slice.endpoints ?? []).find((each) => each.addresses.includes(address))
        return endpoint?.conditions?.ready === false
      },
      90_000,
    )
    await eventually(
      'liveness restarts it and it is ready again',
      async () => {
        const pod = await cluster.client.get(pods, { namespace: 'default', name })
        return (pod.status.containerStatuses?.[0]?.restartCount ?? 0) >= 1 && isReady(pod)
      },
      180_000,
    )
  })

  /** Sends requests throughout; watches that ready pods never fall below three and never exceed four in all. */
  async function rollWithoutFailure(image: string, version: string): Promise<void> {
    const { spec } = await cluster.client.get(services, { namespace: 'default', name: 'api-service' })
    const load = startLoad(`http://${spec.clusterIP}:3000/`, 180)
    const watching = new AbortController()
    const seen = new Map<string, { ready: boolean; alive: boolean }>()
    const broken: string[] = []
    const watched = (async () => {
      for await (const { type, object } of cluster.client.watch(pods, { namespace: 'default', labelSelector: 'app=api', signal: watching.signal })) {
        if (type === 'DELETED') seen.delete(object.metadata.name)
        else seen.set(object.metadata.name, { ready: isReady(object), alive: object.metadata.deletionTimestamp === undefined })
        const values = [...seen.values()]
        if (values.length >= 3 && values.filter((each) => each.ready).length < 3) broken.push(`only ${values.filter((each) => each.ready).length} ready`)
        if (values.filter((each) => each.alive).length > 4) broken.push(`${values.length} pods at once`)
      }
    })().catch(() => {})
    await eventually('the watch has begun', async () => seen.size >= 3)
    const settledAt = broken.length
    await cluster.client.patch(
      deployments,
      { namespace: 'default', name: 'api' },
      { spec: { template: { spec: { containers: [{ name: 'api', image }] } } } },
      { type: 'strategic' },
    )
    await eventually(
      `all three run ${version}`,
      async () => {
        const { status, metadata } = await cluster.client.get(deployments, { namespace: 'default', name: 'api' })
        return status.observedGeneration === metadata.generation && status.updatedReplicas === 3 && status.replicas === 3 && status.availableReplicas === 3
      },
      150_000,
    )
    await eventually('requests see the new version', async () => JSON.parse(await fetchText(`http://${spec.clusterIP}:3000/`)).version === version)
    const result = await load.stop()
    watching.abort()
    await watched
    assert.deepEqual(result.failures, [])
    assert.ok(result.requests > 100, `only ${result.requests} requests were sent`)
    assert.deepEqual(broken.slice(settledAt), [])
  }
})
