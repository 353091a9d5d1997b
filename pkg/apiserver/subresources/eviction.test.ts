import assert from 'node:assert/strict'
import { test } from 'node:test'
import { podDisruptionBudgets, pods } from '#api/gen/resources.ts'
import { startTestApiServer, type TestApiServer } from '../testing.ts'

const namespace = 'default'
const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
const unwell = { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] }
const allowing = { observedGeneration: 1, disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 }
const spent = { ...allowing, disruptionsAllowed: 0, currentHealthy: 1 }

interface Setup {
  readonly pod?: object
  readonly finalizers?: readonly string[]
  readonly budgets?: readonly { readonly spec?: object; readonly status: object }[]
}

async function prepare({ client }: TestApiServer, { pod = ready, finalizers = ['a.b/c'], budgets = [] }: Setup): Promise<void> {
  const spec = { nodeName: 'n', containers: [{ name: 'c', image: 'x:1' }] }
  const made = await client.create(pods, { metadata: { name: 'p', namespace, labels: { app: 'x' }, finalizers: [...finalizers] }, spec } as any)
  await client.update(pods, { ...made, status: pod } as any, { subresource: 'status' })
  for (const [index, { spec: more, status }] of budgets.entries()) {
    const budget = await client.create(podDisruptionBudgets, {
      metadata: { name: `b${index}`, namespace },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'x' } }, ...more },
    } as any)
    await client.update(podDisruptionBudgets, { ...budget, status } as any, { subresource: 'status' })
  }
}

/** Past the client, which would come back ten times when it is told to try later. */
async function evict({ server }: TestApiServer, deleteOptions?: object, query = '') {
  const body = JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' }, ...(deleteOptions ? { deleteOptions } : {}) })
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const response = await server.transport().request({ method: 'POST', path: `/api/v1/namespaces/${namespace}/pods/p/eviction${query}`, headers, body })
  const json = JSON.parse(await response.text())
  return { status: response.status, retryAfter: response.headers['retry-after'], json }
}

const violates = "Cannot evict pod as it would violate the pod's disruption budget."
const cause = (message: string) => ({ causes: [{ reason: 'DisruptionBudget', message }] })

const refused: readonly [what: string, setup: Setup, status: number, message: string, details?: object][] = [
  ['a budget that is spent', { budgets: [{ status: spent }] }, 429, violates, cause('The disruption budget b0 needs 1 healthy pods and has 1 currently')],
  [
    'a budget whose controller failed',
    {
      budgets: [
        {
          status: {
            ...spent,
            conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: 'no scale', lastTransitionTime: '2026-01-01T00:00:00Z' }],
          },
        },
      ],
    },
    429,
    violates,
    cause('The disruption budget b0 does not allow evicting pods currently because it failed sync: no scale'),
  ],
  [
    'a budget that nobody has looked at yet',
    { budgets: [{ status: { ...allowing, observedGeneration: 0 } }] },
    429,
    violates,
    { ...cause('The disruption budget b0 is still being processed by the server.'), retryAfterSeconds: 10 },
  ],
  [
    'two budgets',
    { budgets: [{ status: allowing }, { status: allowing }] },
    500,
    'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
  ],
  [
    'an unwell pod while too few are well',
    { pod: unwell, budgets: [{ status: { ...spent, currentHealthy: 0 } }] },
    429,
    violates,
    cause('The disruption budget b0 needs 1 healthy pods and has 0 currently'),
  ],
]

for (const [what, setup, status, message, details] of refused) {
  test(`an eviction is refused by ${what}, and the pod is left as it is`, async () => {
    await using control = await startTestApiServer()
    await prepare(control, setup)
    const answer = await evict(control)
    assert.deepEqual([answer.status, answer.json.message, answer.json.details], [status, message, details])
    assert.equal(answer.retryAfter, (details as { retryAfterSeconds?: number })?.retryAfterSeconds?.toString())
    const pod = await control.client.get(pods, { namespace, name: 'p' })
    assert.deepEqual([pod.metadata.deletionTimestamp, pod.status.conditions?.length], [undefined, 1])
  })
}

const allowed: readonly [what: string, setup: Setup, left: number | undefined][] = [
  ['a pod without a budget', {}, undefined],
  ['a pod whose budget allows it', { budgets: [{ status: allowing }] }, 0],
  ['a pod that has ended', { pod: { phase: 'Succeeded' }, budgets: [{ status: spent }] }, 0],
  ['a pod that has not begun', { pod: { phase: 'Pending' }, budgets: [{ status: spent }] }, 0],
  ['an unwell pod while enough are well', { pod: unwell, budgets: [{ status: { ...spent, currentHealthy: 1 } }] }, 0],
  [
    'an unwell pod that may always go',
    { pod: unwell, budgets: [{ spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' }, status: { ...spent, currentHealthy: 0 } }] },
    0,
  ],
]

for (const [what, setup, left] of allowed) {
  test(`an eviction takes ${what}, which says why it goes`, async () => {
    await using control = await startTestApiServer()
    await prepare(control, setup)
    const answer = await evict(control)
    assert.deepEqual([answer.status, answer.json.status], [201, 'Success'])
    const pod = await control.client.get(pods, { namespace, name: 'p' })
    assert.ok(pod.metadata.deletionTimestamp)
    const told = pod.status.conditions?.find(({ type }) => type === 'DisruptionTarget')
    assert.deepEqual([told?.status, told?.reason, told?.message], ['True', 'EvictionByEvictionAPI', 'Eviction API: evicting'])
    if (left === undefined) return
    const { status } = await control.client.get(podDisruptionBudgets, { namespace, name: 'b0' })
    assert.equal(status.disruptionsAllowed, left)
  })
}

test('the last eviction that a budget allows is told by its condition, and counted by the name of the pod', async () => {
  await using control = await startTestApiServer()
  await prepare(control, { budgets: [{ status: allowing }] })
  await evict(control)
  const { status } = await control.client.get(podDisruptionBudgets, { namespace, name: 'b0' })
  assert.deepEqual(Object.keys(status.disruptedPods ?? {}), ['p'])
  const [condition] = status.conditions ?? []
  assert.deepEqual([condition?.type, condition?.status, condition?.reason], ['DisruptionAllowed', 'False', 'InsufficientPods'])
})

test('a dry run changes neither the budget nor the pod', async () => {
  await using control = await startTestApiServer()
  await prepare(control, { budgets: [{ status: allowing }] })
  assert.equal((await evict(control, undefined, '?dryRun=All')).status, 201)
  assert.equal((await evict(control, { dryRun: ['All'] }, '?dryRun=All')).status, 201)
  assert.equal((await evict(control, { dryRun: ['All'] })).status, 201)
  const pod = await control.client.get(pods, { namespace, name: 'p' })
  assert.deepEqual([pod.metadata.deletionTimestamp, pod.status.conditions?.length], [undefined, 1])
  const { status } = await control.client.get(podDisruptionBudgets, { namespace, name: 'b0' })
  assert.equal(status.disruptionsAllowed, 1)
})

test('preconditions are kept: another version or another pod of the name is not evicted', async () => {
  await using control = await startTestApiServer()
  await prepare(control, {})
  const { metadata } = await control.client.get(pods, { namespace, name: 'p' })
  const stale = await evict(control, { preconditions: { resourceVersion: '1' } })
  assert.equal(stale.status, 409)
  assert.match(stale.json.message, /the ResourceVersion in the precondition \(1\) does not match the ResourceVersion in record/)
  assert.match(
    (await evict(control, { preconditions: { uid: 'other' } })).json.message,
    /the UID in the precondition \(other\) does not match the UID in record/,
  )
  const { uid, resourceVersion } = metadata
  assert.equal((await evict(control, { preconditions: { uid, resourceVersion } })).status, 201)
})

test('an eviction that names another pod, or none that is there, is refused', async () => {
  await using control = await startTestApiServer()
  assert.equal((await evict(control)).status, 404)
  const body = JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'q' } })
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const response = await control.client.request({ method: 'POST', path: `/api/v1/namespaces/${namespace}/pods/p/eviction`, headers, body })
  assert.deepEqual([response.status, JSON.parse(await response.text()).message], [400, 'name in URL does not match name in Eviction object'])
})
