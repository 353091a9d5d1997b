import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { events, pods, resourceClaims, resourceClaimTemplates } from '#api/gen/resources.ts'
import { serviceUnavailable } from '#apimachinery/status-error.ts'
import { intercept } from '#client/interceptor.ts'
import { testControllers } from '#runtime/testing.ts'
import { resourceClaimController } from './index.ts'
import { generateName } from './make-claim.ts'

const finalizer = 'resource.kubernetes.io/delete-protection'
const template: any = {
  metadata: { namespace: 'n', name: 'gpu' },
  spec: { metadata: { labels: { team: 'a' } }, spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'gpu' } }] } } },
}
const pod = (name: string, more: any = {}): any => ({
  metadata: { namespace: 'n', name, uid: `uid-${name}` },
  spec: { resourceClaims: [{ name: 'mine', resourceClaimTemplateName: 'gpu' }], containers: [], ...more.spec },
  status: more.status ?? {},
})
const claim = (status: object, more: object = {}): any => ({ metadata: { namespace: 'n', name: 'c', finalizers: [finalizer], ...more }, spec: {}, status })
const allocation = { devices: { results: [{ request: 'r', driver: 'd', pool: 'p', device: 'x' }] } }
const reserved = (...names: string[]) => names.map((name) => ({ resource: 'pods', name, uid: `uid-${name}` }))

const start = (t: any, wrap?: any) => testControllers(t, { controllers: [resourceClaimController()], ...(wrap ? { wrap } : {}) })

test('A pod gets a claim of its own by the template, and says its name', async (t) => {
  const { client, settled } = start(t)
  client.seed(pods, pod('p'))
  await settled()
  assert.deepEqual(
    client.all(events).map(({ reason, message }) => `${reason}: ${message}`),
    ['FailedResourceClaimCreation: PodResourceClaim mine: resource claim template "gpu": resourceclaimtemplate.resource.k8s.io "gpu" not found'],
  )
  client.seed(resourceClaimTemplates, template)
  await settled()
  const [made, ...more] = client.all(resourceClaims)
  assert.equal(more.length, 0)
  assert.match(made!.metadata.name, /^p-mine-/)
  assert.deepEqual(made!.metadata.labels, { team: 'a' })
  assert.deepEqual(made!.metadata.annotations, { 'resource.kubernetes.io/pod-claim-name': 'mine' })
  assert.deepEqual(made!.spec, template.spec.spec)
  assert.deepEqual(client.peek(pods, 'n', 'p')!.status?.resourceClaimStatuses, [{ name: 'mine', resourceClaimName: made!.metadata.name }])
})

test('A lost answer makes no second claim', async (t) => {
  let losses = 0
  const { client, settled } = start(t, (fake: any) =>
    intercept(fake, {
      after: ({ verb }) => {
        if (verb === 'create' && losses++ < 2) throw serviceUnavailable('lost')
      },
      before: ({ verb }) => {
        if (verb === 'patch' && losses++ < 4) throw serviceUnavailable('lost')
      },
    }),
  )
  client.seed(resourceClaimTemplates, template)
  client.seed(pods, pod('p'))
  await settled()
  const [made, ...more] = client.all(resourceClaims)
  assert.equal(more.length, 0)
  assert.equal(client.peek(pods, 'n', 'p')!.status?.resourceClaimStatuses?.[0]?.resourceClaimName, made!.metadata.name)
})

for (const { name, users, given, left, kept } of [
  { name: 'of a pod that runs stays', users: [pod('p', { status: { phase: 'Running' } })], given: ['p'], left: ['p'], kept: true },
  { name: 'of a pod that ended is taken back', users: [pod('p', { status: { phase: 'Succeeded' } })], given: ['p'], left: [], kept: false },
  { name: 'of a pod that is gone is taken back', users: [], given: ['p'], left: [], kept: false },
  { name: 'of one of two is taken back alone', users: [pod('q', { status: { phase: 'Running' } })], given: ['p', 'q'], left: ['q'], kept: true },
  {
    name: 'of a pod of the same name is taken back',
    users: [{ ...pod('p'), metadata: { ...pod('p').metadata, uid: 'other' } }],
    given: ['p'],
    left: [],
    kept: false,
  },
])
  test(`A reservation ${name}`, async (t) => {
    const { client, settled } = start(t)
    const named = (each: any): Pod => ({ ...each, spec: { ...each.spec, resourceClaims: [{ name: 'mine', resourceClaimName: 'c' }] } })
    client.seed(pods, ...users.map(named))
    client.seed(resourceClaims, claim({ allocation, reservedFor: reserved(...given) }))
    await settled()
    const found = client.peek(resourceClaims, 'n', 'c')!
    assert.deepEqual(
      (found.status.reservedFor ?? []).map((each) => each.name),
      left,
    )
    assert.equal(found.status.allocation !== undefined, kept)
    assert.equal(found.metadata.finalizers?.includes(finalizer) ?? false, kept)
  })

test('A claim that was made for a pod goes when the pod has ended', async (t) => {
  const { client, settled } = start(t)
  client.seed(pods, pod('p', { status: { phase: 'Failed', resourceClaimStatuses: [{ name: 'mine', resourceClaimName: 'c' }] } }))
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'uid-p', controller: true }]
  client.seed(resourceClaims, claim({ allocation, reservedFor: reserved('p') }, { ownerReferences }))
  await settled()
  assert.equal(client.peek(resourceClaims, 'n', 'c'), undefined)
})

test('A pod that came to its node without the scheduler reserves what is allocated', async (t) => {
  const { client, settled } = start(t)
  client.seed(pods, pod('p', { spec: { nodeName: 'node', resourceClaims: [{ name: 'mine', resourceClaimName: 'c' }] } }))
  client.seed(resourceClaims, claim({ allocation }))
  await settled()
  assert.deepEqual(client.peek(resourceClaims, 'n', 'c')!.status.reservedFor, reserved('p'))
})

test('Names that are too long are shortened both, in proportion', () => {
  assert.equal(generateName('p', 'c'), 'p-c-')
  const name = generateName('p'.repeat(60), 'c'.repeat(30))
  assert.equal(name, `${'p'.repeat(37)}-${'c'.repeat(18)}`)
})
