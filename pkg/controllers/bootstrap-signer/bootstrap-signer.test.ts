import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flattenedVerify } from 'jose'
import { configMaps, secrets } from '#api/gen/resources.ts'
import { testControllers } from '#runtime/testing.ts'
import { bootstrapSignerController } from './index.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const token = (id: string, more: Record<string, string> = {}): any => ({
  metadata: { namespace: 'kube-system', name: `bootstrap-token-${id}` },
  type: 'bootstrap.kubernetes.io/token',
  data: Object.fromEntries(
    Object.entries({ 'token-id': id, 'token-secret': `secret-of-${id}`, 'usage-bootstrap-signing': 'true', ...more }).map(([key, value]) => [
      key,
      base64(value),
    ]),
  ),
})

test('The kubeconfig is signed by every token that may, and a signature goes with its token', async (t) => {
  const { client, settled } = testControllers(t, { controllers: [bootstrapSignerController()] })
  client.seed(configMaps, {
    metadata: { namespace: 'kube-public', name: 'cluster-info' },
    data: { kubeconfig: 'clusters: []', 'jws-kubeconfig-old': 'x', other: 'y' },
  })
  client.seed(secrets, token('aaaaaa'), token('bbbbbb', { 'usage-bootstrap-signing': 'false' }), token('cccccc', { expiration: '2001-01-01T00:00:00Z' }))
  await settled()
  const data = () => client.peek(configMaps, 'kube-public', 'cluster-info')!.data!
  assert.deepEqual(Object.keys(data()).sort(), ['jws-kubeconfig-aaaaaa', 'kubeconfig', 'other'])
  const [header, , signature] = data()['jws-kubeconfig-aaaaaa']!.split('.')
  const payload = Buffer.from('clusters: []').toString('base64url')
  const verified = await flattenedVerify({ protected: header!, payload, signature: signature! }, new TextEncoder().encode('secret-of-aaaaaa'))
  assert.deepEqual(verified.protectedHeader, { alg: 'HS256', kid: 'aaaaaa' })
  await client.delete(secrets, { namespace: 'kube-system', name: 'bootstrap-token-aaaaaa' })
  await settled()
  assert.deepEqual(Object.keys(data()).sort(), ['kubeconfig', 'other'])
})
