import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { readExtenders } from '../config/read-extenders.ts'
import { NodeFinder, type Found } from '../framework/find-node.ts'
import { candidateOf } from '../plugins/default-preemption/candidate.ts'
import { defaultProfile } from '../profile.ts'
import { node, placed, pod, testCluster } from '../testing.ts'
import { Extender } from './extender.ts'
import { narrowCandidates, preemptors } from './preempt.ts'
import { runExtenders } from './run-extenders.ts'

/** An extender that answers each verb with what the table says, and remembers what it was asked. */
async function serve(t: { after(fn: () => unknown): void }, answers: Record<string, unknown>) {
  const asked: { verb: string; body: any }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const verb = request.url!.slice(1)
    asked.push({ verb, body: JSON.parse(Buffer.concat(chunks).toString()) })
    response.statusCode = verb in answers ? 200 : 500
    response.end(JSON.stringify(answers[verb] ?? null))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { asked, urlPrefix: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function run(entry: object) {
  const world = testCluster({ nodes: [node('a'), node('b'), node('c')] })
  const cycle = world.cycle(pod('p'))
  const profile = defaultProfile()
  const found = new NodeFinder(world.nominator, () => 0).find(profile, cycle) as Found
  const extenders = readExtenders([entry]).extenders.map((each) => new Extender(each))
  const outcome = await runExtenders(extenders, profile, cycle, found, () => 0.999)
  return 'node' in outcome ? outcome.node.name : outcome.message
}

test('An extender narrows the nodes and its scores weigh', async (t) => {
  const { urlPrefix, asked } = await serve(t, {
    filter: { NodeNames: ['b', 'c'], FailedNodes: { a: 'no' } },
    score: [
      { Host: 'b', Score: 1 },
      { Host: 'c', Score: 9 },
    ],
  })
  assert.equal(await run({ urlPrefix, filterVerb: 'filter', prioritizeVerb: 'score', weight: 5, nodeCacheCapable: true }), 'c')
  assert.deepEqual(asked[0]!.body.NodeNames, ['a', 'b', 'c'])
  assert.deepEqual(asked[1]!.body.NodeNames, ['b', 'c'])
})

test('Its reasons are counted when no node is left', async (t) => {
  const { urlPrefix } = await serve(t, { filter: { nodes: { items: [] }, failedNodes: { a: 'full', b: 'full' }, failedAndUnresolvableNodes: { c: 'broken' } } })
  assert.equal(await run({ urlPrefix, filterVerb: 'filter' }), '0/3 nodes are available: 1 broken, 2 full.')
})

test('One that fails stops the pod, unless it may be ignored', async (t) => {
  const { urlPrefix } = await serve(t, {})
  await assert.rejects(run({ urlPrefix, filterVerb: 'filter' }), /failed filter with extender at URL/)
  assert.match(await run({ urlPrefix, filterVerb: 'filter', ignorable: true }), /^[abc]$/)
})

test('It is asked about pods that use its resources only', () => {
  const [config] = readExtenders([{ urlPrefix: 'http://x', managedResources: [{ name: 'example.com/gpu' }] }]).extenders
  const extender = new Extender(config!)
  const world = testCluster({ nodes: [node('a')] })
  assert.equal(extender.isInterested(world.cycle(pod('p')).pod), false)
  assert.equal(extender.isInterested(world.cycle(pod('p', { requests: { 'example.com/gpu': '1' } })).pod), true)
})

test('Nodes that it makes up are refused', async (t) => {
  const { urlPrefix } = await serve(t, { filter: { NodeNames: ['z'] } })
  await assert.rejects(run({ urlPrefix, filterVerb: 'filter', nodeCacheCapable: true }), {
    message: `extender "${urlPrefix}" claims a filtered node "z" which is not found in the input node list`,
  })
})

async function narrow(t: { after(fn: () => unknown): void }, answer: unknown, entry: object = {}) {
  const { urlPrefix, asked } = await serve(t, { preempt: answer })
  const world = testCluster({
    nodes: [node('a'), node('b')],
    pods: [placed('x', 'a', { metadata: { uid: 'ux' } }), placed('y', 'b', { metadata: { uid: 'uy' } })],
  })
  const [a, b] = world.cluster.list()
  const candidates = [candidateOf(a!, [...a!.pods.values()], 1), candidateOf(b!, [...b!.pods.values()], 0)]
  const extenders = readExtenders([{ urlPrefix, preemptVerb: 'preempt', ...entry }]).extenders.map((each) => new Extender(each))
  const { pod: info } = world.cycle(pod('p'))
  const left = await narrowCandidates(preemptors(extenders, info), info, candidates)
  return { asked, left: left.map((each) => [each.node.name, each.victims.map(({ key }) => key), each.violations]) }
}

test('It narrows the candidates of a preemption, told of victims by what it knows', async (t) => {
  const answer = { NodeNameToMetaVictims: { b: { Pods: [{ UID: 'uy' }], NumPDBViolations: 2 } } }
  const byName = await narrow(t, answer, { nodeCacheCapable: true })
  assert.deepEqual(byName.left, [['b', ['n/y'], 2]])
  assert.deepEqual(byName.asked[0]!.body.NodeNameToMetaVictims.a, { Pods: [{ UID: 'ux' }], NumPDBViolations: 1 })
  const whole = await narrow(t, answer)
  assert.equal(whole.asked[0]!.body.NodeNameToVictims.b.Pods[0].metadata.name, 'y')
})

test('Victims that are not there stop a preemption, unless the extender may be ignored', async (t) => {
  const wrong = { NodeNameToMetaVictims: { a: { Pods: [{ UID: 'gone' }] } } }
  await assert.rejects(narrow(t, wrong), /claims to preempt pod \(UID: &\{gone\}\) on node: a, but the pod is not found on that node/)
  assert.equal((await narrow(t, wrong, { ignorable: true })).left.length, 2)
  await assert.rejects(narrow(t, { NodeNameToMetaVictims: { a: { Pods: [] } } }), /expected at least one victim pod on node "a"/)
  assert.deepEqual((await narrow(t, { NodeNameToMetaVictims: { a: null } }, { ignorable: true })).left, [])
})
