import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices, services } from '#api/gen/resources.ts'
import { createRig } from '../../test-rig.ts'
import { startTestWebhook } from '../test-webhook.ts'
import { createWebhookClient } from './client.ts'

test('a Service is reached by its ready endpoints, under its own name', async () => {
  await using webhook = await startTestWebhook(() => ({ allowed: true }))
  const slice = (name: string, address: string, ready: boolean) => ({
    metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': 'hook' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready } }],
    ports: [{ name: 'https', port: webhook.port }],
  })
  const rig = createRig(
    [services, { metadata: { name: 'hook', namespace: 'default' }, spec: { ports: [{ name: 'https', port: 443, targetPort: 'https' }] } }],
    [services, { metadata: { name: 'idle', namespace: 'default' }, spec: { ports: [{ port: 443 }] } }],
    [endpointSlices, slice('a', '127.0.0.1', true), slice('b', '192.0.2.1', false)],
  )
  const client = createWebhookClient(rig)
  const call = (name: string, port = 443) =>
    client.call({ config: { service: { namespace: 'default', name, port }, caBundle: webhook.caBundle }, body: '{"request":{"uid":"1"}}', timeoutMs: 3000 })
  const { status, text } = await call('hook')
  assert.deepEqual([status, (JSON.parse(text) as any).response], [200, { uid: '1', allowed: true }])
  await assert.rejects(call('idle'), /^Error: Post "https:\/\/idle\.default\.svc:443\/\?timeout=3s": no endpoints available for service "idle"$/)
  await assert.rejects(call('hook', 8443), /no service port 8443 found for service "hook"/)
})
