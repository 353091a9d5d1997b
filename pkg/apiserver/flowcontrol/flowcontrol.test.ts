import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import type { PriorityLevelConfiguration } from '#api/gen/flowcontrol/v1.ts'
import { flowSchemas, priorityLevelConfigurations } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { createClient } from '#client/rest.ts'
import { assembleApiServer } from '../assemble.ts'
import { flowControl as filter } from '../filters/flow-control.ts'
import { parseRequestInfo } from '../request-info.ts'
import { alice, fakeRequest } from '../test-rig.ts'
import type { ApiRequest, ApiResponse, UserInfo } from '../types.ts'
import { fairShares } from './borrowing.ts'
import { mandatory, suggested } from './defaults.ts'
import { estimateWork } from './estimate.ts'
import { FlowControl } from './index.ts'
import { PriorityLevel } from './level.ts'
import { Dealer } from './shuffle.ts'

const noFacts = () => undefined
const user = (name: string, ...groups: string[]): UserInfo => ({ name, groups: [...groups, 'system:authenticated'] })

test('requests are told apart as the default schemas tell them apart', () => {
  const control = new FlowControl({ clock: new FakeClock(), seats: 600, facts: noFacts })
  const rows: [UserInfo, string, string, string, string][] = [
    [user('root', 'system:masters'), 'GET', '/api/v1/pods', 'exempt', 'exempt'],
    [alice, 'GET', '/readyz', 'probes', 'exempt'],
    [alice, 'GET', '/readyz/ping', 'probes', 'exempt'],
    [alice, 'GET', '/api/v1/pods', 'global-default', 'global-default'],
    [user('system:node:a', 'system:nodes'), 'PATCH', '/api/v1/nodes/a/status', 'system-node-high', 'node-high'],
    [user('system:node:a', 'system:nodes'), 'GET', '/api/v1/namespaces/x/pods', 'system-nodes', 'system'],
    [user('system:kube-scheduler'), 'PUT', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/s', 'system-leader-election', 'leader-election'],
    [user('system:kube-scheduler'), 'GET', '/api/v1/pods', 'kube-scheduler', 'workload-high'],
    [user('system:serviceaccount:kube-system:x', 'system:serviceaccounts'), 'GET', '/api/v1/pods', 'kube-system-service-accounts', 'workload-high'],
    [user('system:serviceaccount:shop:x', 'system:serviceaccounts'), 'GET', '/api/v1/pods', 'service-accounts', 'workload-low'],
    [{ name: 'odd', groups: [] }, 'GET', '/api/v1/pods', 'catch-all', 'catch-all'],
  ]
  for (const [who, method, path, schema, level] of rows) {
    const found = control.classify(who, parseRequestInfo(method, path, new URLSearchParams()))
    assert.deepEqual([found.schema.metadata.name, found.level.name], [schema, level], `${who.name} ${path}`)
  }
  assert.deepEqual(
    control.levels.map(({ name, nominalSeats, minSeats }) => [name, nominalSeats, minSeats]),
    [
      ['exempt', 0, 0],
      ['catch-all', 13, 13],
      ['system', 74, 50],
      ['node-high', 98, 73],
      ['leader-election', 25, 25],
      ['workload-high', 98, 49],
      ['workload-low', 245, 24],
      ['global-default', 49, 24],
    ],
  )
})

test('lists take seats by their bytes, writes by those who watch', () => {
  const facts =
    (objects: number, bytes: number, watchers = 0) =>
    () => ({ objects, averageBytes: () => bytes, watchers })
  const estimate = (method: string, url: string, of: ReturnType<typeof facts>) => {
    const [path = '', query] = url.split('?')
    const parameters = new URLSearchParams(query)
    return estimateWork(parseRequestInfo(method, path, parameters), parameters, of, 15)
  }
  assert.equal(estimate('GET', '/api/v1/pods/a', facts(9000, 5000)).initialSeats, 1)
  assert.equal(estimate('GET', '/api/v1/pods', facts(9000, 5000)).initialSeats, 10)
  assert.equal(estimate('GET', '/api/v1/pods?limit=50', facts(9000, 5000)).initialSeats, 3)
  assert.equal(estimate('GET', '/api/v1/pods?watch=1', facts(9000, 5000)).initialSeats, 10)
  assert.equal(estimate('GET', '/api/v1/pods?watch=1&resourceVersion=7', facts(9000, 5000)).initialSeats, 1)
  assert.equal(estimate('GET', '/api/v1/pods?watch=1&resourceVersion=7&sendInitialEvents=true', facts(9000, 5000)).initialSeats, 10)
  assert.deepEqual(estimate('POST', '/api/v1/namespaces/x/pods', facts(1, 1, 9)), { initialSeats: 1, finalSeats: 0, additionalLatencyMs: 0 })
  assert.deepEqual(estimate('POST', '/api/v1/namespaces/x/pods', facts(1, 1, 300)), { initialSeats: 1, finalSeats: 10, additionalLatencyMs: 15 })
})

function level(clock: FakeClock, queues: number, handSize: number, seats: number, queueLengthLimit = 50): PriorityLevel {
  const limitResponse = queues > 0 ? { type: 'Queue', queuing: { queues, handSize, queueLengthLimit } } : { type: 'Reject' }
  const config = { metadata: { name: 'l' }, spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, lendablePercent: 0, limitResponse } }, status: {} }
  const made = new PriorityLevel(config as unknown as PriorityLevelConfiguration, clock)
  made.limit({ nominal: seats, min: seats, max: seats, current: seats })
  return made
}
const asking = (distinguisher: string, initialSeats = 1) => ({
  schemaName: 's',
  distinguisher,
  work: { initialSeats, finalSeats: 0, additionalLatencyMs: 0 },
  arrivedMs: 0,
  asked: { info: parseRequestInfo('GET', '/', new URLSearchParams()), user: alice },
})
const open = new AbortController().signal

test('a level without queues refuses what finds no seat', () => {
  const made = level(new FakeClock(), 0, 0, 2)
  const seat = made.admit(asking('a'), 1000, open)
  made.admit(asking('a'), 1000, open)
  assert.equal(made.admit(asking('a'), 1000, open), 'concurrency-limit')
  assert.ok(typeof seat === 'object' && 'done' in seat)
  seat.done()
  seat.done()
  assert.equal(made.seatsInUse, 1)
  assert.equal(typeof made.admit(asking('a'), 1000, open), 'object')
})

test('a flow that asks for much does not starve one that asks for little', async () => {
  const clock = new FakeClock()
  const made = level(clock, 8, 1, 1)
  const order: string[] = []
  const ask = async (flow: string): Promise<void> => {
    const seat = await made.admit(asking(flow), 60_000, open)
    if (typeof seat === 'string') return
    order.push(flow)
    clock.after(10, () => seat.done())
  }
  const elephant = Array.from({ length: 20 }, () => ask('elephant'))
  const mouse = [ask('mouse'), ask('mouse')]
  await clock.advance(1000)
  await Promise.all([...elephant, ...mouse])
  assert.ok(order.lastIndexOf('mouse') <= 5, order.join(' '))
  assert.equal(made.waiting + made.executing + made.seatsInUse, 0)
  assert.equal(clock.pending, 0)
})

test('queues are bounded, and so is the time in them; who goes away leaves no trace', async () => {
  const clock = new FakeClock()
  const made = level(clock, 1, 1, 1, 2)
  made.admit(asking('a'), 1000, open)
  const late = made.admit(asking('a'), 1000, open)
  const gone = new AbortController()
  const cancelled = made.admit(asking('a'), 1000, gone.signal)
  assert.equal(made.admit(asking('a'), 1000, open), 'queue-full')
  gone.abort()
  assert.equal(await cancelled, 'cancelled')
  await clock.advance(1000)
  assert.equal(await late, 'time-out')
  assert.deepEqual([made.waiting, made.waitingSeats, made.executing], [0, 0, 1])
})

test('a wide request waits until its seats are free, and one wider than the level runs alone', async () => {
  const made = level(new FakeClock(), 4, 2, 3)
  const first = made.admit(asking('a', 2), 1000, open)
  const wide = made.admit(asking('b', 9), 1000, open)
  assert.ok(wide instanceof Promise)
  ;(first as { done(): void }).done()
  const seat = await wide
  assert.equal(typeof seat, 'object')
  assert.equal(made.seatsInUse, 9)
})

test('hands are dealt the same each time, without a card twice', () => {
  const dealer = new Dealer(64, 6)
  const hand = dealer.hand('s', 'alice')
  assert.equal(new Set(hand).size, 6)
  assert.ok(hand.every((card) => card >= 0 && card < 64))
  assert.deepEqual(new Dealer(64, 6).hand('s', 'alice'), hand)
  assert.notDeepEqual(dealer.hand('s', 'bob'), hand)
})

test('seats are lent to those who want them, and not below what cannot be lent', () => {
  const shares = fairShares(
    [
      { lower: 10, upper: 100, target: 90 },
      { lower: 20, upper: 100, target: 20 },
    ],
    100,
  )
  assert.equal(Math.round(shares[0]! + shares[1]!), 100)
  assert.ok(shares[0]! > 75 && shares[1]! >= 20)
  assert.deepEqual(
    fairShares(
      [
        { lower: 60, upper: 90, target: 60 },
        { lower: 60, upper: 90, target: 60 },
      ],
      100,
    ),
    [60, 60],
  )
})

test('the filter names schema and level, and refuses with the words of upstream', async () => {
  const control = new FlowControl({ clock: new FakeClock(), seats: 1, facts: noFacts })
  control.configure([], [...mandatory.levels, ...suggested.levels])
  const run = filter(
    () => control,
    async (request, next) => next(request),
  )
  const asked = (): ApiRequest => {
    const request = fakeRequest('/api/v1/pods')
    request.context.user = alice
    request.context.info = parseRequestInfo('GET', '/api/v1/pods', new URLSearchParams())
    return request
  }
  let finish: (response: ApiResponse) => void = () => {}
  const first = run(asked(), () => new Promise((resolve) => (finish = resolve)))
  const refused = await run(asked(), async () => ({ status: 200, headers: {} }))
  assert.deepEqual([refused.status, refused.body, refused.headers['retry-after']], [429, 'Too many requests, please try again later.\n', '1'])
  finish({ status: 200, headers: {} })
  const answer = await first
  assert.ok('x-kubernetes-pf-flowschema-uid' in answer.headers)
  const next = () => run(asked(), async () => ({ status: 200, headers: {} }))
  assert.equal((await next()).status, 429, 'the answer is not sent yet')
  answer.whenSent!()
  const second = await next()
  assert.equal(second.status, 200)
  second.whenSent!()
  const abandoned = asked()
  await run(abandoned, async () => {
    abandoned.context.isAbandoned = true
    return { status: 200, headers: {} }
  })
  assert.equal((await next()).status, 200, 'nobody will send what came too late')
  const lines = control.metrics.lines().join('\n')
  assert.match(lines, /rejected_requests_total\{flow_schema="catch-all",priority_level="catch-all",reason="concurrency-limit"\} 2/)
  assert.match(lines, /request_execution_seconds_count\{flow_schema="catch-all",priority_level="catch-all",type="regular"\} 3/)
})

test('an assembled server has the default objects, judges the others, and shows its state', async () => {
  const key = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const { client, server, ready, close } = assembleApiServer({ serviceAccountKey: key.privateKey })
  await ready
  try {
    const schemas = (await client.list(flowSchemas)).items
    assert.equal(schemas.length, mandatory.schemas.length + suggested.schemas.length)
    assert.equal((await client.list(priorityLevelConfigurations)).items.length, 8)
    assert.equal(schemas[0]?.metadata.annotations?.['apf.kubernetes.io/autoupdate-spec'], 'true')
    const rules = [{ subjects: [{ kind: 'Group', group: { name: 'dev' } }], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] }]
    await client.create(flowSchemas, {
      metadata: { name: 'lost' },
      spec: { priorityLevelConfiguration: { name: 'nowhere' }, matchingPrecedence: 50, rules },
    } as never)
    let condition: any
    for (let turn = 0; turn < 200 && !condition; turn++) {
      condition = (await client.get(flowSchemas, { name: 'lost' })).status.conditions?.[0]
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.deepEqual(
      [condition.type, condition.status, condition.reason, condition.message],
      ['Dangling', 'True', 'NotFound', 'This FlowSchema references the PriorityLevelConfiguration object named "nowhere" but there is no such object'],
    )
    const answer = await createClient(server.transport({ name: 'alice', groups: [] })).request({ method: 'GET', path: '/version' })
    const schema = schemas.find(({ metadata }) => metadata.uid === answer.headers['x-kubernetes-pf-flowschema-uid'])
    assert.equal(schema?.metadata.name, 'global-default')
    const dump = await (await client.request({ method: 'GET', path: '/debug/api_priority_and_fairness/dump_priority_levels' })).text()
    assert.match(dump, /^PriorityLevelName, ActiveQueues, IsIdle, IsQuiescing, /)
    assert.match(dump, /\nglobal-default, {4}0, {12}true/)
    const metrics = await (await client.request({ method: 'GET', path: '/metrics' })).text()
    assert.match(metrics, /apiserver_flowcontrol_nominal_limit_seats\{priority_level="workload-low"\} 245/)
  } finally {
    await close()
  }
})
