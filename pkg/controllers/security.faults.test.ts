/** Tokens, certificates, policies, tainted devices and growing volumes in trouble: the same end, whatever happened on the way. */
import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { after, test } from 'node:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  certificateSigningRequests,
  configMaps,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  resourceClaims,
  resourceSlices,
  secrets,
  serviceAccounts,
  subjectAccessReviews,
  validatingAdmissionPolicies,
  volumeAttributesClasses,
} from '#api/gen/resources.ts'
import { isNotFound } from '#apimachinery/status-error.ts'
import { startTestApiServer } from '#apiserver/testing.ts'
import type { Client } from '#client/types.ts'
import { bootstrapSignerController } from './bootstrap-signer/index.ts'
import { tokenCleanerController } from './bootstrap-tokens/index.ts'
import { certificateApprovingController, certificateSigningController, kubeletServingApprovingController } from './certificates/index.ts'
import { library } from './certificates/request.ts'
import { deviceTaintEvictionController } from './device-taint-eviction/index.ts'
import { controllerFactories } from './index.ts'
import { legacyTokenCleanerController } from './legacy-token-cleaner/index.ts'
import { serviceAccountTokenController } from './service-account-token/index.ts'
import { faultTests } from './testing/faults.ts'
import { vacProtectionController } from './vac-protection/index.ts'
import { validatingAdmissionPolicyStatusController } from './validating-admission-policy-status/index.ts'
import { volumeExpandController } from './volume-expand/index.ts'

const key = (name: string) => ({ namespace: 'n', name })
const named = (list: readonly { metadata: { name: string } }[]) => list.map(({ metadata }) => metadata.name).sort()
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A thing that is gone already is as good as deleted. */
async function gone(deleting: Promise<void>): Promise<void> {
  await deleting.catch((error) => {
    if (!isNotFound(error)) throw error
  })
}

/** Cryptography and other servers take real time, while the clock stands: as many turns as they need, and no more than that. */
async function inRealTime(isDone: () => boolean, most: number): Promise<void> {
  for (let turn = 0; turn < most && !isDone(); turn++) await new Promise((resolve) => setImmediate(resolve))
}
const calmAfter = 60
const turnsAt = (second: number): number => (second < calmAfter ? 100 : 20_000)

const bootstrapToken = (id: string, more: Record<string, string> = {}): any => ({
  metadata: { namespace: 'kube-system', name: `bootstrap-token-${id}` },
  type: 'bootstrap.kubernetes.io/token',
  data: Object.fromEntries(
    Object.entries({ 'token-id': id, 'token-secret': `secret-of-${id}`, 'usage-bootstrap-signing': 'true', ...more }).map(([name, value]) => [
      name,
      base64(value),
    ]),
  ),
})
const accountToken = (name: string, account: string, more: object = {}): any => ({
  metadata: { namespace: 'n', name, annotations: { 'kubernetes.io/service-account.name': account }, ...more },
  type: 'kubernetes.io/service-account-token',
})
const mint = ({ name, secretName }: { name: string; secretName: string }) => `token of ${name} in ${secretName}`
/** As an account's old token is found: whole, so that its cleaner, which looks once a day, has no other writer beside it. */
const filled = (name: string, more: object): any => ({
  ...accountToken(name, 'old', more),
  metadata: {
    namespace: 'n',
    name,
    annotations: { 'kubernetes.io/service-account.name': 'old', 'kubernetes.io/service-account.uid': 'old-uid' },
    ...more,
  },
  data: { 'ca.crt': base64('PEM'), namespace: base64('n'), token: base64(mint({ name: 'old', secretName: name })) },
})
const signatures = (data: Readonly<Record<string, string>> | undefined) =>
  Object.keys(data ?? {})
    .filter((each) => each.startsWith('jws-'))
    .sort()

faultTests({
  name: 'Tokens of service accounts, old and new, and of machines that join',
  controllers: () => [
    serviceAccountTokenController({ rootCa: 'PEM', mintServiceAccountToken: mint })!,
    tokenCleanerController(),
    bootstrapSignerController(),
    legacyTokenCleanerController({ rootCa: '' }),
  ],
  seconds: 120,
  troubledSeconds: calmAfter,
  seed(client) {
    client.seed(serviceAccounts, { metadata: { namespace: 'n', name: 'bot', uid: 'bot-uid' } } as any)
    client.seed(serviceAccounts, { metadata: { namespace: 'n', name: 'going', uid: 'going-uid' } } as any)
    client.seed(serviceAccounts, { metadata: { namespace: 'n', name: 'old', uid: 'old-uid' }, secrets: [{ name: 'unused' }, { name: 'condemned' }] } as any)
    client.seed(secrets, accountToken('s', 'bot'), accountToken('t', 'going'), accountToken('orphan', 'nobody'))
    const creationTimestamp = '2023-01-01T00:00:00Z'
    client.seed(secrets, filled('unused', { creationTimestamp }))
    client.seed(secrets, filled('condemned', { creationTimestamp, labels: { 'kubernetes.io/legacy-token-invalid-since': '2024-05-05' } }))
    client.seed(configMaps, {
      metadata: { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' },
      data: { since: '2024-01-01' },
    } as any)
    client.seed(configMaps, { metadata: { namespace: 'kube-public', name: 'cluster-info' }, data: { kubeconfig: 'clusters: []' } } as any)
    client.seed(secrets, bootstrapToken('aaaaaa'), bootstrapToken('bbbbbb', { expiration: '2026-01-01T00:00:30Z' }), bootstrapToken('cccccc'))
  },
  async drive(client, second) {
    if (second === 20) await gone(client.delete(serviceAccounts, key('going')))
    if (second === 40) await gone(client.delete(secrets, { namespace: 'kube-system', name: 'bootstrap-token-cccccc' }))
    const wanted = second > 40 ? 1 : second > 30 ? 2 : 3
    await inRealTime(() => signatures(client.peek(configMaps, 'kube-public', 'cluster-info')?.data).length === wanted, turnsAt(second))
  },
  invariant: (client) =>
    assert.ok(
      ['s', 'unused'].every((name) => client.peek(secrets, 'n', name)),
      'a token of an account that is there stays',
    ),
  outcome: (client) => ({
    secrets: client
      .all(secrets)
      .map(({ metadata, data }) => [metadata.name, metadata.labels ?? {}, metadata.annotations ?? {}, Object.keys(data ?? {}).sort()]),
    signatures: signatures(client.peek(configMaps, 'kube-public', 'cluster-info')?.data),
  }),
})

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const x509 = await library()
const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
const caCertificate = (await x509.X509CertificateGenerator.createSelfSigned({ name: 'CN=ca', keys, signingAlgorithm: algorithm })).toString('pem')
const caKey = `-----BEGIN PRIVATE KEY-----\n${base64Of(await crypto.subtle.exportKey('pkcs8', keys.privateKey))}\n-----END PRIVATE KEY-----\n`
const subject = 'O=system:nodes, CN=system:node:x'
const requested = async (extensions: InstanceType<typeof x509.Extension>[] = []) =>
  base64((await x509.Pkcs10CertificateRequestGenerator.create({ name: subject, keys, signingAlgorithm: algorithm, extensions })).toString('pem'))
const clientRequest = await requested()
const servingRequest = await requested([
  new x509.SubjectAlternativeNameExtension([
    { type: 'dns', value: 'x' },
    { type: 'ip', value: '10.0.0.1' },
  ]),
])

function base64Of(bytes: ArrayBuffer): string {
  return Buffer.from(bytes).toString('base64')
}

/** Every node may ask for its own certificate. */
const reviewing = (client: Client): Client => ({
  ...client,
  create: async (of: any, object: any, options: any) =>
    of === subjectAccessReviews ? { ...object, status: { allowed: true } } : client.create(of, object, options),
})
const conditionsOf = (request: any): string[] => (request?.status?.conditions ?? []).map(({ type }: any) => type)

faultTests({
  name: 'Certificates of nodes, asked for, approved and signed',
  controllers: () => [
    certificateApprovingController(),
    kubeletServingApprovingController(),
    certificateSigningController({ rootCa: '', clusterSigning: { caCertificate, caKey } })!,
  ],
  seconds: 90,
  troubledSeconds: calmAfter,
  serve: reviewing,
  seed(client) {
    client.seed(nodes, { metadata: { name: 'x' }, status: { addresses: [{ type: 'InternalIP', address: '10.0.0.1' }] } } as any)
    const ask = (name: string, kind: string, request: string, usage: string, username = 'system:node:x'): any => ({
      metadata: { name },
      spec: { signerName: `kubernetes.io/${kind}`, request, usages: ['digital signature', usage], username, groups: ['system:nodes'] },
      status: {},
    })
    client.seed(certificateSigningRequests, ask('client', 'kube-apiserver-client-kubelet', clientRequest, 'client auth'))
    client.seed(certificateSigningRequests, ask('serving', 'kubelet-serving', servingRequest, 'server auth'))
    client.seed(certificateSigningRequests, ask('foreign', 'kubelet-serving', servingRequest, 'server auth', 'system:node:y'))
  },
  async drive(client, second) {
    const isSigned = (name: string) => client.peek(certificateSigningRequests, undefined, name)?.status?.certificate !== undefined
    await inRealTime(() => isSigned('client') && isSigned('serving'), turnsAt(second))
  },
  invariant(client) {
    for (const request of client.all(certificateSigningRequests)) {
      assert.ok(conditionsOf(request).filter((each) => each === 'Approved').length <= 1, 'approved once')
      if (request.status?.certificate) assert.ok(conditionsOf(request).includes('Approved'), 'signed only when approved')
    }
    assert.deepEqual(conditionsOf(client.peek(certificateSigningRequests, undefined, 'foreign')), [], "another node's stays open")
  },
  outcome: (client) =>
    client.all(certificateSigningRequests).map((request) => {
      const pem = request.status?.certificate
      return [request.metadata.name, conditionsOf(request), pem ? new X509Certificate(Buffer.from(pem, 'base64')).subject : undefined]
    }),
})

const api = await startTestApiServer()
after(() => api[Symbol.asyncDispose]())
const policy = (name: string, expression: string): any => ({
  metadata: { name, generation: 1 },
  spec: {
    matchConstraints: { resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }] },
    validations: [{ expression }],
  },
})

faultTests({
  name: 'Policies whose expressions are checked',
  controllers: () => [validatingAdmissionPolicyStatusController()],
  seconds: 90,
  troubledSeconds: calmAfter,
  request: (request) => api.client.request(request),
  seed: (client) => void client.seed(validatingAdmissionPolicies, policy('fine', 'object.spec.replicas > 1'), policy('broken', 'object.spec.nothing > 1')),
  drive: (client, second) =>
    inRealTime(() => client.all(validatingAdmissionPolicies).every(({ status }) => status?.observedGeneration !== undefined), turnsAt(second)),
  outcome: (client) => client.all(validatingAdmissionPolicies).map(({ metadata, status }) => [metadata.name, status]),
})

const local = { 'pv.kubernetes.io/provisioned-by': 'k8ts.io/local-path' }

faultTests({
  name: 'Tainted devices, volumes that grow, and classes in use',
  controllers: () => [deviceTaintEvictionController(), volumeExpandController(), vacProtectionController()],
  seconds: 180,
  seed(client) {
    for (const name of ['soon', 'never'])
      client.seed(pods, { metadata: { namespace: 'n', name, uid: name }, spec: { nodeName: 'node', containers: [] }, status: { phase: 'Running' } } as any)
    const claim = (name: string, tolerations: object[]): any => ({
      metadata: { namespace: 'n', name },
      spec: {},
      status: {
        allocation: { devices: { results: [{ request: 'r', driver: 'd', pool: 'p', device: 'x', tolerations }] } },
        reservedFor: [{ resource: 'pods', name, uid: name }],
      },
    })
    client.seed(resourceClaims, claim('soon', [{ operator: 'Exists', tolerationSeconds: 20 }]), claim('never', [{ operator: 'Exists' }]))
    client.seed(resourceSlices, {
      metadata: { name: 's' },
      spec: { driver: 'd', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, devices: [{ name: 'x' }] },
    } as any)
    client.seed(persistentVolumes, {
      metadata: { name: 'v', annotations: local },
      spec: { capacity: { storage: '5Gi' }, claimRef: { namespace: 'n', name: 'c', uid: 'c' }, local: { path: '/x' }, volumeAttributesClassName: 'gold' },
    } as any)
    client.seed(persistentVolumeClaims, {
      metadata: { namespace: 'n', name: 'c', uid: 'c' },
      spec: { volumeName: 'v', resources: { requests: { storage: '5Gi' } } },
      status: { phase: 'Bound', capacity: { storage: '5Gi' } },
    } as any)
    for (const name of ['gold', 'free']) client.seed(volumeAttributesClasses, { metadata: { name }, driverName: 'd' } as any)
  },
  async drive(client, second) {
    if (second === 20) {
      const taint = { key: 'broken', value: 'yes', effect: 'NoExecute', timeAdded: '2026-01-01T00:00:20Z' }
      await client.patch(resourceSlices, { name: 's' }, { spec: { devices: [{ name: 'x', taints: [taint] }] } }, { type: 'merge' })
    }
    if (second === 30) await client.patch(persistentVolumeClaims, key('c'), { spec: { resources: { requests: { storage: '8Gi' } } } }, { type: 'merge' })
    if (second === 40) for (const name of ['gold', 'free']) await gone(client.delete(volumeAttributesClasses, { name }))
    for (const { metadata } of client.all(pods)) if (metadata.deletionTimestamp) await gone(client.delete(pods, key(metadata.name), { gracePeriodSeconds: 0 }))
  },
  invariant(client) {
    assert.equal(client.peek(pods, 'n', 'never')?.metadata.deletionTimestamp, undefined, 'what tolerates it stays')
    assert.ok(client.peek(volumeAttributesClasses, undefined, 'gold'), 'a class in use stays')
    const [volume, claim] = [client.peek(persistentVolumes, undefined, 'v')!, client.peek(persistentVolumeClaims, 'n', 'c')!]
    if (claim.status?.capacity?.storage === '8Gi') assert.equal(volume.spec.capacity?.storage, '8Gi', 'the volume grows before its claim says so')
  },
  outcome: (client) => ({
    pods: named(client.all(pods)),
    volume: client.peek(persistentVolumes, undefined, 'v')!.spec.capacity,
    claim: client.peek(persistentVolumeClaims, 'n', 'c')!.status,
    classes: client.all(volumeAttributesClasses).map(({ metadata }) => [metadata.name, metadata.finalizers]),
  }),
})

test('every controller is held to its end in trouble', () => {
  const texts = readdirSync(import.meta.dirname)
    .filter((name) => /\.faults\.test\.ts$/.test(name))
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'))
  const missing = controllerFactories.map(({ name }) => name).filter((name) => !texts.some((text) => text.includes(`${name}(`)))
  assert.deepEqual(missing, [])
})
