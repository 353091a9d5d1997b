import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps, leases, secrets } from '#api/gen/resources.ts'
import { keyOf, splitKey } from '#apimachinery/object.ts'
import { notFound } from '#apimachinery/status-error.ts'
import { intercept } from '#client/interceptor.ts'
import { assertSingleOwners, controllerGraph } from './ownership.ts'
import { testControllers } from './testing.ts'
import { type Controller, input, output } from './types.ts'

/** Copies every ConfigMap's name to a Secret. */
function copier(more: Partial<Controller> = {}): Controller {
  return {
    name: 'copier',
    inputs: [input(configMaps, { keys: (object) => [keyOf(object)] }), input(secrets)],
    outputs: [output(secrets)],
    async reconcile(key, { client, cache }) {
      const { namespace, name } = splitKey(key)
      const source = cache(configMaps).byKey(key)
      if (!source) return
      if (!cache(secrets).byKey(key)) await client.create(secrets, { metadata: { namespace, name } })
    },
    ...more,
  }
}

test('A change of an input reconciles the key it maps to', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [copier()] })
  client.seed(configMaps, { metadata: { namespace: 'n', name: 'a' } })
  await settled()
  await client.create(configMaps, { metadata: { namespace: 'n', name: 'b' } })
  await settled()
  assert.deepEqual(client.all(secrets).map(keyOf), ['n/a', 'n/b'])
})

test('A reconcile that throws is tried again with back-off, and one that asks is repeated', async (t) => {
  const at: number[] = []
  const { client, clock, settled, advance, manager } = testControllers(t, {
    controllers: [
      copier({
        async reconcile() {
          at.push(clock.now())
          if (at.length < 4) throw new Error('not yet')
          return at.length === 4 ? { requeueAfterMs: 60_000 } : undefined
        },
      }),
    ],
  })
  client.seed(configMaps, { metadata: { namespace: 'n', name: 'a' } })
  await settled()
  assert.deepEqual(
    at.map((each) => each - at[0]!),
    [0, 5, 15, 35],
  )
  await advance(60_000)
  assert.equal(at[4]! - at[3]!, 60_000)
  assert.equal(manager.metrics()[0]?.errors, 3)
  const text = manager.metricsText()
  for (const line of [
    'controller_runtime_reconcile_total{controller="copier",result="success"} 1',
    'controller_runtime_reconcile_total{controller="copier",result="requeue_after"} 1',
    'controller_runtime_reconcile_total{controller="copier",result="error"} 3',
    'controller_runtime_reconcile_time_seconds_count{controller="copier"} 5',
    'workqueue_retries_total{name="copier"} 3',
    'workqueue_queue_duration_seconds_count{name="copier"} 5',
    'workqueue_work_duration_seconds_bucket{name="copier",le="+Inf"} 5',
    'running_managed_controllers{manager="kube-controller-manager",name="copier"} 1',
  ])
    assert.ok(text.split('\n').includes(line), line)
})

test('A controller may bound how long what fails has to wait', async (t) => {
  const at: number[] = []
  const { client, clock, settled, advance } = testControllers(t, {
    controllers: [
      copier({
        maxRetryMs: 20,
        async reconcile() {
          at.push(clock.now())
          throw new Error('never')
        },
      }),
    ],
  })
  client.seed(configMaps, { metadata: { namespace: 'n', name: 'a' } })
  await settled()
  await advance(100)
  assert.deepEqual(
    at.slice(0, 6).map((each) => each - at[0]!),
    [0, 5, 15, 35, 55, 75],
  )
})

test('A cache that is not declared may not be read', async (t) => {
  let message = ''
  const { client, settled } = testControllers(t, {
    controllers: [
      copier({
        inputs: [input(configMaps, { keys: (object) => [keyOf(object)] })],
        async reconcile(_key, { cache }) {
          try {
            cache(secrets)
          } catch (error) {
            message = (error as Error).message
          }
        },
      }),
    ],
  })
  client.seed(configMaps, { metadata: { namespace: 'n', name: 'a' } })
  await settled()
  assert.equal(message, 'copier reads secrets, which is not among its inputs')
})

test('Two owners of one output are refused; sharers are not', () => {
  assert.throws(() => assertSingleOwners([copier(), copier({ name: 'other' })]), /other writes secrets, which copier owns/)
  const shared = { outputs: [output(secrets, 'object', { shared: true })] }
  assert.throws(() => assertSingleOwners([copier(), copier({ name: 'other', ...shared })]), /owns/)
  assertSingleOwners([copier(shared), copier({ name: 'other', ...shared })])
})

test('The graph names who is woken by what and writes what', () => {
  assert.match(controllerGraph([copier()]), /\| copier \| {2}\| configmaps, \(secrets\) \| secrets \|/)
})

test('a controller whose start fails is started again, and reconciles only then', async (t) => {
  const done: string[] = []
  let failures = 3
  const controller: Controller = {
    name: 'late',
    inputs: [input(configMaps, { keys: ({ metadata }) => [metadata.name] })],
    outputs: [],
    start() {
      if (failures-- > 0) throw new Error('no answer')
      done.push('start')
    },
    reconcile: async (key) => void done.push(key),
  }
  const { client, settled, advance } = testControllers(t, { controllers: [controller] })
  client.seed(configMaps, { metadata: { namespace: 'n', name: 'a' } })
  await settled()
  assert.deepEqual(done, [])
  await advance(1000)
  assert.deepEqual(done, ['start', 'a'])
})

test('what is there already wakes a controller that has started', async (t) => {
  let notes: string[] | undefined
  const { client, settled } = testControllers(t, {
    controllers: [
      copier({
        inputs: [
          input(configMaps, {
            keys(object) {
              notes!.push(keyOf(object))
              return [keyOf(object)]
            },
          }),
          input(secrets),
        ],
        start() {
          notes = []
        },
      }),
    ],
  })
  client.seed(configMaps, { metadata: { namespace: 'n', name: 'a' } })
  await settled()
  assert.deepEqual([notes, client.all(secrets).map(keyOf)], [['n/a'], ['n/a']])
})

test('nobody waits for a controller whose kind may not be served; it starts when the kind is there', async (t) => {
  let isServed = false
  const optional = copier({ name: 'optional', inputs: [input(leases, { keys: (object) => [keyOf(object)] })], outputs: [], isOptional: true })
  const seen: string[] = []
  const { client, manager, settled, advance } = testControllers(t, {
    controllers: [copier(), { ...optional, reconcile: async (key) => void seen.push(key) }],
    wrap: (client) =>
      intercept(client, {
        before: ({ verb, resource }) => {
          if (!isServed && verb === 'list' && resource?.plural === 'leases') throw notFound({ group: '', resource: 'leases' }, '')
        },
      }),
  })
  let isReady = false
  void manager.ready.then(() => {
    isReady = true
  })
  client.seed(leases, { metadata: { namespace: 'n', name: 'a' } })
  await settled()
  assert.deepEqual([isReady, seen], [true, []])
  isServed = true
  await advance(60_000)
  await settled()
  assert.deepEqual(seen, ['n/a'])
})
