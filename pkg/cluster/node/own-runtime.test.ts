import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#base/fake-clock.ts'
import { fakeCri } from '#kubelet/testing/fake-cri.ts'
import { planServer } from '../machine-plan.ts'
import { componentSpecs } from '../components.ts'
import { cniPlace } from './containerd.ts'
import { endPods, endpointSocket } from './own-runtime.ts'

const options = { name: 'own', dataDir: '/nowhere', port: 6443, nodeName: 'node', nodeAddress: '192.0.2.7', podNetwork: 'vxlan' } as const

test('a machine with a runtime of its own starts no containerd, and its pods’ network is configured where every runtime looks', () => {
  const runtimeEndpoint = 'unix:///run/crio/crio.sock'
  const config = planServer({ ...options, runtimeEndpoint })
  const [node] = config.nodes
  assert.equal(node?.containerdSocket, '/run/crio/crio.sock')
  assert.equal(config.machine?.runtimeEndpoint, runtimeEndpoint)
  const specs = componentSpecs(config)
  assert.deepEqual(
    specs.map(({ name }) => name),
    ['apiserver', 'controllers', 'node'],
  )
  // Among the host's mounts, where the runtime is.
  assert.notEqual(specs.at(-1)?.command[0], 'nsenter')
  assert.equal(cniPlace(config, node!).confDir, '/etc/cni/net.d')
})

test('without one there is a containerd, and the agent waits for it inside the node', () => {
  const specs = componentSpecs(planServer(options))
  assert.deepEqual(
    specs.map(({ name }) => name),
    ['apiserver', 'node/containerd', 'controllers', 'node'],
  )
  assert.deepEqual(specs.at(-1)?.after, ['node/containerd'])
  assert.equal(specs.at(-1)?.command[0], 'nsenter')
})

test('an endpoint that is no unix socket is refused', () => {
  for (const wrong of ['/run/crio/crio.sock', 'tcp://127.0.0.1:1', 'unix://run/crio.sock', ''])
    assert.throws(() => endpointSocket(wrong), {
      message: `--container-runtime-endpoint must be a unix socket, as in unix:///run/crio/crio.sock, not "${wrong}"`,
    })
})

test('when the machine goes down its own pods end, and those of others in the same runtime do not', async () => {
  const cri = fakeCri(new FakeClock())
  for (const uid of ['ours', 'theirs']) {
    const metadata = { name: uid, uid, namespace: 'default', attempt: 0 }
    const sandbox = await cri.runtime.runPodSandbox({ metadata, labels: { 'io.kubernetes.pod.uid': uid } }, '')
    const config = { metadata: { name: uid, attempt: 0 }, image: { image: 'app:1' }, labels: { 'io.kubernetes.pod.uid': uid } }
    await cri.runtime.startContainer(await cri.runtime.createContainer(sandbox, config, { metadata }))
  }
  await endPods(cri, new Set(['ours']))
  assert.deepEqual(cri.running(), ['theirs'])
  assert.deepEqual(
    [...cri.sandboxes.values()].map(({ metadata }) => metadata.name),
    ['theirs'],
  )
})
