import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configMaps, pods, secrets, serviceAccounts } from '#api/gen/resources.ts'
import { FakeClock } from '#base/fake-clock.ts'
import { testControllers } from '#runtime/testing.ts'
import { legacyTokenCleanerController } from './index.ts'

const invalidSince = 'kubernetes.io/legacy-token-invalid-since'
const token: any = {
  metadata: { namespace: 'n', name: 't', creationTimestamp: '2023-01-01T00:00:00Z', annotations: { 'kubernetes.io/service-account.name': 'a' } },
  type: 'kubernetes.io/service-account-token',
}
const account: any = { metadata: { namespace: 'n', name: 'a', uid: 'a-uid' }, secrets: [{ name: 't' }] }
const tracking = (since: string): any => ({
  metadata: { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' },
  data: { since },
})
const labelled = (labels: object): any => ({ ...token, metadata: { ...token.metadata, labels } })
const user: any = { metadata: { namespace: 'n', name: 'p' }, spec: { containers: [], volumes: [{ name: 'v', secret: { secretName: 't' } }] } }

for (const { name, secret = token, by = account, since = '2024-01-01', user: used, expected } of [
  { name: 'unused for a year is marked', expected: '2026-01-01' },
  { name: 'that is not watched for long enough is left', since: '2025-06-01', expected: 'kept' },
  { name: 'that nobody watches is left', since: 'what', expected: 'kept' },
  { name: 'used lately is left', secret: labelled({ 'kubernetes.io/legacy-token-last-used': '2025-11-11' }), expected: 'kept' },
  { name: 'used long ago is marked', secret: labelled({ 'kubernetes.io/legacy-token-last-used': '2024-05-05' }), expected: '2026-01-01' },
  { name: 'with a use that cannot be read is left', secret: labelled({ 'kubernetes.io/legacy-token-last-used': 'x' }), expected: 'kept' },
  { name: 'made by hand is left', by: { ...account, secrets: [] }, expected: 'kept' },
  { name: 'that a pod mounts is left', user, expected: 'kept' },
  { name: 'marked lately is left', secret: labelled({ [invalidSince]: '2025-11-11' }), expected: '2025-11-11' },
  { name: 'marked a year ago goes', secret: labelled({ [invalidSince]: '2024-05-05' }), expected: 'gone' },
])
  test(`A token ${name}`, async (t) => {
    const clock = new FakeClock(Date.parse('2026-01-01T12:00:00Z'))
    const { client, settled } = testControllers(t, { controllers: [legacyTokenCleanerController({ rootCa: '' })], clock })
    client.seed(configMaps, tracking(since))
    client.seed(serviceAccounts, by)
    client.seed(secrets, secret)
    if (used) client.seed(pods, used)
    await settled()
    const left = client.peek(secrets, 'n', 't')
    assert.equal(left ? (left.metadata.labels?.[invalidSince] ?? 'kept') : 'gone', expected)
  })
