import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ingressClasses, ingresses, nodes, secrets } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { ingressController } from './index.ts'

const node = (name: string, address: string, ready = 'True') => ({
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status: ready }], addresses: [{ type: 'InternalIP', address }] },
})
const ingress = (name: string, spec: object = {}, annotations = {}) => ({
  metadata: { namespace: 'n', name, annotations },
  spec: { ingressClassName: 'nginx', ...spec },
})

function given(t: { after(fn: () => unknown): void }) {
  const issued: string[] = []
  const certificateAuthority = {
    createCa: async () => ({ certificate: 'ca', key: 'ca key' }),
    signingRequest: async () => ({ request: Buffer.alloc(0), key: '' }),
    issue: async (dnsNames: readonly string[]) => {
      issued.push(dnsNames.join())
      throw new Error('no cryptography here')
    },
  }
  const it = testControllers(t, {
    controllers: [ingressController({ rootCa: '', certificateAuthority })],
    request: async () => ({ status: 404, headers: {}, bytes: async () => Buffer.alloc(0), text: async () => '', stream: async function* () {} }),
  })
  return { ...it, issued }
}

test('the class nginx is there from the start, as the default', async (t) => {
  const { client, settled } = given(t)
  await settled()
  const { metadata, spec } = client.peek(ingressClasses, undefined, 'nginx')!
  assert.equal(metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'], 'true')
  assert.equal(spec.controller, 'k8ts.io/ingress')
})

test('the addresses of ready nodes stand in the status of our Ingresses', async (t) => {
  const { client, settled } = given(t)
  client.seed(nodes, node('a', '172.30.0.3'), node('b', '172.30.0.2'), node('c', '172.30.0.4', 'Unknown'))
  client.seed(
    ingresses,
    ingress('ours'),
    ingress('old', { ingressClassName: undefined }, { 'kubernetes.io/ingress.class': 'nginx' }),
    ingress('other', { ingressClassName: 'x' }),
  )
  await settled()
  const addresses = (name: string) => client.peek(ingresses, 'n', name)!.status?.loadBalancer?.ingress?.map((each) => each.ip)
  assert.deepEqual([addresses('ours'), addresses('old'), addresses('other')], [['172.30.0.2', '172.30.0.3'], ['172.30.0.2', '172.30.0.3'], undefined])
  // One that is another's now has them no longer; what that one has said stays.
  await client.patch(ingresses, { namespace: 'n', name: 'ours' }, { spec: { ingressClassName: 'x' } }, { type: 'merge' })
  const theirs = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }
  await client.patch(ingresses, { namespace: 'n', name: 'old' }, { metadata: { annotations: { 'kubernetes.io/ingress.class': 'x' } } }, { type: 'merge' })
  await client.patch(ingresses, { namespace: 'n', name: 'old' }, { status: theirs }, { type: 'merge', subresource: 'status' })
  await settled()
  assert.deepEqual([addresses('ours'), addresses('old'), addresses('other')], [undefined, ['192.0.2.1'], undefined])
})

test('a Secret that somebody else made is left alone, a missing one is asked for', async (t) => {
  const { client, settled, issued } = given(t)
  const annotations = { 'cert-manager.io/cluster-issuer': 'letsencrypt-prod' }
  client.seed(secrets, { metadata: { namespace: 'n', name: 'theirs' }, data: {} })
  client.seed(ingresses, ingress('theirs', { tls: [{ hosts: ['a.test'], secretName: 'theirs' }] }, annotations))
  client.seed(ingresses, ingress('missing', { tls: [{ hosts: ['b.test', 'c.test'], secretName: 'missing' }] }, annotations))
  client.seed(ingresses, ingress('unasked', { tls: [{ hosts: ['d.test'], secretName: 'unasked' }] }))
  await settled()
  assert.deepEqual(new Set(issued), new Set(['b.test,c.test']))
  assert.ok(client.peek(secrets, 'kube-system', 'k8ts-ingress-ca'))
})
