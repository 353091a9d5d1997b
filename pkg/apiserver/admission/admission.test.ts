import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { limitRanges, namespaces, nodes, pods, priorityClasses, resourceQuotas, runtimeClasses, serviceAccounts, storageClasses } from '#api/gen/resources.ts'
import { settle } from '#base/fake-clock.ts'
import { admissionAttributes, admit, createRig, kubeletUser } from '../test-rig.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../types.ts'
import { createAdmissionPlugins } from './index.ts'
import { tokenMountPath } from './service-account.ts'

const rig = createRig(
  [
    namespaces,
    { metadata: { name: 'default' } },
    { metadata: { name: 'going' }, status: { phase: 'Terminating' } },
    { metadata: { name: 'small' } },
    { metadata: { name: 'quota' } },
  ],
  [
    serviceAccounts,
    { metadata: { namespace: 'default', name: 'default' }, imagePullSecrets: [{ name: 'pull' }] },
    { metadata: { namespace: 'default', name: 'quiet' }, automountServiceAccountToken: false },
  ],
  [
    nodes,
    { metadata: { name: 'old' } },
    {
      metadata: { name: 'zoned', labels: { 'topology.kubernetes.io/zone': 'z1', 'topology.kubernetes.io/region': 'r1', 'kubernetes.io/hostname': 'zoned' } },
      status: { allocatable: { cpu: '2', memory: '1Gi' } },
    },
    { metadata: { name: 'windows', labels: { 'kubernetes.io/os': 'windows' } } },
    { metadata: { name: 'new' }, status: { declaredFeatures: ['InPlacePodLevelResourcesVerticalScaling'] } },
  ],
  [priorityClasses, { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' }],
  [
    limitRanges,
    {
      metadata: { namespace: 'small', name: 'l' },
      spec: {
        limits: [
          { type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m' }, max: { cpu: '1' }, min: { cpu: '50m' } },
          { type: 'Pod', max: { cpu: '1500m' } },
        ],
      },
    },
  ],
  [
    resourceQuotas,
    {
      metadata: { namespace: 'quota', name: 'q' },
      spec: { hard: { pods: '2', 'requests.cpu': '1' } },
      status: { hard: { pods: '2', 'requests.cpu': '1' }, used: { pods: '1', 'requests.cpu': '700m' } },
    },
  ],
  [
    storageClasses,
    { metadata: { name: 'old', creationTimestamp: '2025-01-01T00:00:00Z', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } },
    { metadata: { name: 'new', creationTimestamp: '2026-01-01T00:00:00Z', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } },
  ],
  [runtimeClasses, { metadata: { name: 'vm' }, handler: 'kata', overhead: { podFixed: { cpu: '250m' } }, scheduling: { nodeSelector: { vm: 'yes' } } }],
  [nodes, { metadata: { name: 'n1', uid: 'n1-uid' } }],
  [
    pods,
    {
      metadata: { namespace: 'default', name: 'mine', uid: 'u1' },
      spec: { nodeName: 'n1', containers: [], volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] },
    },
    { metadata: { namespace: 'default', name: 'theirs', uid: 'u2' }, spec: { nodeName: 'n2', containers: [] } },
  ],
)
const authorizer = { name: 'none', authorize: () => ({ decision: 'no-opinion', reason: '' }) as const }
const plugins = createAdmissionPlugins({ ...rig, authorizer })
await rig.start()
after(() => rig.stop())
const plugin = (name: string): AdmissionPlugin => plugins.find((each) => each.name === name)!

const podOf = (spec: object = {}, metadata: object = {}): any => ({
  metadata: { name: 'p', ...metadata },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
})
const run = async (name: string, object: any, more: Partial<AdmissionAttributes> = {}) => {
  const attributes = admissionAttributes(object, more)
  await admit(plugin(name), attributes)
  return object
}

test("the order is upstream's, with the quota last", () => {
  assert.deepEqual(
    plugins.map((each) => each.name),
    [
      'NamespaceLifecycle',
      'LimitRanger',
      'ServiceAccount',
      'NodeRestriction',
      'TaintNodesByCondition',
      'PodSecurity',
      'Priority',
      'DefaultTolerationSeconds',
      'DefaultStorageClass',
      'StorageObjectInUseProtection',
      'PersistentVolumeClaimResize',
      'RuntimeClass',
      'CertificateApproval',
      'CertificateSigning',
      'ClusterTrustBundleAttest',
      'CertificateSubjectRestriction',
      'DefaultIngressClass',
      'PodTopologyLabels',
      'NodeDeclaredFeatureValidator',
      'PodResizeValidator',
      'MutatingAdmissionPolicy',
      'MutatingAdmissionWebhook',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionWebhook',
      'ResourceQuota',
    ],
  )
})

test('nothing is made in a namespace that is not there or is going', async () => {
  await run('NamespaceLifecycle', podOf())
  await assert.rejects(run('NamespaceLifecycle', podOf(), { namespace: 'none' }), { code: 404, message: 'namespaces "none" not found' })
  await assert.rejects(run('NamespaceLifecycle', podOf(), { namespace: 'going' }), {
    code: 403,
    message: 'pods "p" is forbidden: unable to create new content in namespace going because it is being terminated',
  })
  await run('NamespaceLifecycle', podOf(), { namespace: 'going', operation: 'UPDATE' })
})

test("the system's namespaces stay", async () => {
  const remove = { operation: 'DELETE', resource: 'namespaces', namespace: 'kube-system', name: 'kube-system' } as const
  await assert.rejects(run('NamespaceLifecycle', undefined, remove), { message: 'namespaces "kube-system" is forbidden: this namespace may not be deleted' })
})

test('a pod runs as the default account with its token mounted', async () => {
  const pod = await run('ServiceAccount', podOf())
  assert.equal(pod.spec.serviceAccountName, 'default')
  assert.deepEqual(pod.spec.imagePullSecrets, [{ name: 'pull' }])
  const volume = pod.spec.volumes[0]
  assert.match(volume.name, /^kube-api-access-[a-z0-9]{5}$/)
  assert.deepEqual(pod.spec.containers[0].volumeMounts, [{ name: volume.name, readOnly: true, mountPath: tokenMountPath }])
  assert.deepEqual(volume.projected.sources[0], { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } })
})

test('no token where account, pod or a mount of its own says so', async () => {
  assert.equal((await run('ServiceAccount', podOf({ serviceAccountName: 'quiet' }))).spec.volumes, undefined)
  assert.equal((await run('ServiceAccount', podOf({ automountServiceAccountToken: false }))).spec.volumes, undefined)
  const own = { containers: [{ name: 'c', volumeMounts: [{ name: 'x', mountPath: tokenMountPath }] }] }
  assert.equal((await run('ServiceAccount', podOf(own))).spec.volumes, undefined)
})

test("a pod whose account is not there is refused in upstream's words", async () => {
  await assert.rejects(run('ServiceAccount', podOf({ serviceAccountName: 'none' })), {
    message: 'pods "p" is forbidden: error looking up service account default/none: serviceaccount "none" not found',
  })
  const refused = assert.rejects(run('ServiceAccount', podOf(), { namespace: 'small' }), {
    message: 'pods "p" is forbidden: error looking up service account small/default: serviceaccount "default" not found',
  })
  for (let turn = 0; turn < 10; turn++) await rig.clock.advance(100)
  await refused
})

test('the default account is waited for', async () => {
  const waiting = run('ServiceAccount', podOf(), { namespace: 'fresh' })
  await settle()
  rig.client.seed(serviceAccounts, { metadata: { namespace: 'fresh', name: 'default' } })
  await rig.clock.advance(200)
  assert.equal((await waiting).spec.serviceAccountName, 'default')
})

test('priority comes from the class, and from nowhere else', async () => {
  assert.deepEqual(pick((await run('Priority', podOf())).spec), { priority: 0, preemptionPolicy: 'PreemptLowerPriority' })
  assert.deepEqual(pick((await run('Priority', podOf({ priorityClassName: 'high' }))).spec), { priority: 1000, preemptionPolicy: 'Never' })
  await assert.rejects(run('Priority', podOf({ priorityClassName: 'none' })), { message: 'pods "p" is forbidden: no PriorityClass with name none was found' })
  await assert.rejects(run('Priority', podOf({ priority: 5 })), {
    message: /the integer value of priority \(5\) must not be provided in pod spec; priority admission controller computed 0/,
  })
})
const pick = ({ priority, preemptionPolicy }: any) => ({ priority, preemptionPolicy })

test('tolerations for five minutes are added unless there are some', async () => {
  const keys = (pod: any) => pod.spec.tolerations.map((each: any) => `${each.key}:${each.tolerationSeconds}`)
  assert.deepEqual(keys(await run('DefaultTolerationSeconds', podOf())), ['node.kubernetes.io/not-ready:300', 'node.kubernetes.io/unreachable:300'])
  const own = podOf({ tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }] })
  assert.deepEqual(keys(await run('DefaultTolerationSeconds', own)), ['node.kubernetes.io/not-ready:5', 'node.kubernetes.io/unreachable:300'])
  assert.equal((await run('DefaultTolerationSeconds', podOf({ tolerations: [{ operator: 'Exists' }] }))).spec.tolerations.length, 1)
})

test('limit ranges fill in and bound', async () => {
  const small = { namespace: 'small' }
  const pod = await run('LimitRanger', podOf(), small)
  assert.deepEqual(pod.spec.containers[0].resources, { requests: { cpu: '100m' }, limits: { cpu: '500m' } })
  assert.equal(pod.metadata.annotations['kubernetes.io/limit-ranger'], 'LimitRanger plugin set: cpu request for container c; cpu limit for container c')
  const big = (cpu: string, count = 1) =>
    podOf({ containers: Array.from({ length: count }, (_, index) => ({ name: `c${index}`, resources: { requests: { cpu }, limits: { cpu } } })) })
  await assert.rejects(run('LimitRanger', big('2'), small), {
    message: 'pods "p" is forbidden: [maximum cpu usage per Container is 1, but limit is 2, maximum cpu usage per Pod is 1500m, but limit is 2]',
  })
  await assert.rejects(run('LimitRanger', big('10m'), small), { message: 'pods "p" is forbidden: minimum cpu usage per Container is 50m, but request is 10m' })
})

test('a quota is booked, and refuses what does not fit', async () => {
  const quota = { namespace: 'quota' }
  const asking = (cpu?: string) => podOf({ containers: [{ name: 'c', resources: cpu ? { requests: { cpu } } : {} }] })
  await assert.rejects(run('ResourceQuota', asking('400m'), quota), {
    message: 'pods "p" is forbidden: exceeded quota: q, requested: requests.cpu=400m, used: requests.cpu=700m, limited: requests.cpu=1',
  })
  await assert.rejects(run('ResourceQuota', asking(), quota), { message: 'pods "p" is forbidden: failed quota: q: must specify requests.cpu for: c' })
  const asWhole = podOf({ containers: [{ name: 'c', resources: { requests: { cpu: '10m' } } }], resources: { requests: { cpu: '400m' } } })
  await assert.rejects(run('ResourceQuota', asWhole, quota), /requested: requests.cpu=400m, used: requests.cpu=700m/)
  const results = await Promise.allSettled([run('ResourceQuota', asking('200m'), quota), run('ResourceQuota', asking('100m'), quota)])
  assert.deepEqual(results.map((each) => each.status).sort(), ['fulfilled', 'rejected'])
  assert.deepEqual((await rig.client.get(resourceQuotas, { namespace: 'quota', name: 'q' })).status?.used, { pods: '2', 'requests.cpu': '900m' })
})

test('classes by default, finalizers, taints', async () => {
  const claim = await run('DefaultStorageClass', { metadata: { name: 'c' }, spec: {} }, { resource: 'persistentvolumeclaims' })
  assert.equal(claim.spec.storageClassName, 'new')
  const none = await run('DefaultStorageClass', { metadata: { name: 'c' }, spec: { storageClassName: '' } }, { resource: 'persistentvolumeclaims' })
  assert.equal(none.spec.storageClassName, '')
  const protectedClaim = await run('StorageObjectInUseProtection', { metadata: { name: 'c' } }, { resource: 'persistentvolumeclaims' })
  assert.deepEqual(protectedClaim.metadata.finalizers, ['kubernetes.io/pvc-protection'])
  const node = await run('TaintNodesByCondition', { metadata: { name: 'n' }, spec: {} }, { resource: 'nodes', namespace: '' })
  assert.deepEqual(node.spec.taints, [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }])
})

test('a runtime class brings overhead and node selector', async () => {
  const pod = await run('RuntimeClass', podOf({ runtimeClassName: 'vm' }))
  assert.deepEqual([pod.spec.overhead, pod.spec.nodeSelector], [{ cpu: '250m' }, { vm: 'yes' }])
  await assert.rejects(run('RuntimeClass', podOf({ runtimeClassName: 'none' })), {
    message: 'pods "p" is forbidden: pod rejected: RuntimeClass "none" not found',
  })
  await assert.rejects(run('RuntimeClass', podOf({ runtimeClassName: 'vm', nodeSelector: { vm: 'no' } })), {
    message: /conflict: runtimeClass.scheduling.nodeSelector\[vm\] = yes/,
  })
})

test('a running pod is changed only in ways that its node declares', async () => {
  const update = (nodeName: string, before: object, after: object) =>
    run('NodeDeclaredFeatureValidator', podOf({ nodeName, ...after }), {
      operation: 'UPDATE',
      resource: 'pods',
      subresource: 'resize',
      oldObject: podOf({ nodeName, ...before }),
    })
  const cpu = (amount: string) => ({ resources: { requests: { cpu: amount } } })
  const init = (amount: string, more: object = {}) => ({ initContainers: [{ name: 'i', image: 'i', ...cpu(amount), ...more }] })
  await update('new', cpu('1'), cpu('2'))
  await update('old', cpu('1'), { ...cpu('1'), activeDeadlineSeconds: 5 })
  await update('old', init('1', { restartPolicy: 'Always' }), init('2', { restartPolicy: 'Always' }))
  for (const [before, after, feature] of [
    [cpu('1'), cpu('2'), 'InPlacePodLevelResourcesVerticalScaling'],
    [init('1'), init('2'), 'InPlacePodVerticalScalingInitContainers'],
  ] as const)
    await assert.rejects(update('old', before, after), {
      message: `pods "p" is forbidden: pod update requires features ${feature} which are not available on node "old"`,
    })
  await assert.rejects(update('gone', cpu('1'), cpu('2')), { message: 'pods "p" is forbidden: node "gone" not found' })
})

test('a pod takes the zone and region of its node, and nothing where it has none', async () => {
  const zoned = { 'topology.kubernetes.io/zone': 'z1', 'topology.kubernetes.io/region': 'r1' }
  const binding = (name: string, metadata: object = {}) => ({ metadata: { name: 'p', ...metadata }, target: { kind: 'Node', name } })
  const bound = async (object: object) => (await run('PodTopologyLabels', object, { resource: 'pods', subresource: 'binding' })).metadata.labels
  assert.deepEqual(await bound(binding('zoned', { labels: { a: 'b', 'topology.kubernetes.io/zone': 'mine' } })), { a: 'b', ...zoned })
  assert.equal(await bound(binding('old')), undefined)
  assert.equal(await bound(binding('gone')), undefined)
  assert.equal(await bound({ ...binding('zoned'), target: { kind: 'Other', name: 'zoned' } }), undefined)
  assert.deepEqual((await run('PodTopologyLabels', podOf({ nodeName: 'zoned' }), { resource: 'pods' })).metadata.labels, zoned)
  assert.equal((await run('PodTopologyLabels', podOf(), { resource: 'pods' })).metadata.labels, undefined)
})

test('a pod is not resized beyond its node', async () => {
  const cpu = (amount: string, memory = '1Mi') => ({ containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: amount, memory } } }] })
  const resize = (nodeName: string, before: object, after: object) =>
    run('PodResizeValidator', podOf({ nodeName, ...after }), {
      operation: 'UPDATE',
      resource: 'pods',
      subresource: 'resize',
      oldObject: podOf({ nodeName, ...before }),
    })
  const refusal = (why: string, reason?: string) => ({
    message: `pods "p" is forbidden: ${why}`,
    code: 403,
    details: { name: 'p', kind: 'pods', ...(reason ? { causes: [{ reason }] } : {}) },
  })
  await resize('zoned', cpu('1'), cpu('2'))
  await resize('zoned', cpu('3'), cpu('3'))
  await assert.rejects(
    resize('zoned', cpu('1'), cpu('1500m', '2Gi')),
    refusal("node didn't have enough allocatable resources: memory, requested: 2147483648, allocatable: 1073741824", 'NodeCapacity'),
  )
  await assert.rejects(
    resize('zoned', cpu('1'), { ...cpu('1'), resources: { requests: { cpu: '1900m' } }, overhead: { cpu: '200m' } }),
    refusal("node didn't have enough allocatable resources: cpu, requested: 2100, allocatable: 2000", 'NodeCapacity'),
  )
  await assert.rejects(
    resize('windows', cpu('1'), cpu('2')),
    refusal('pod resize is only supported on linux nodes, node "windows" is "windows"', 'UnsupportedPlatform'),
  )
  await assert.rejects(resize('gone', cpu('1'), cpu('2')), refusal('node "gone" not found'))
})

test('a kubelet keeps to its own node and pods', async () => {
  const user = kubeletUser('n1')
  const node = (name: string, labels = {}): any => ({ metadata: { name, labels } })
  const onNodes = { user, resource: 'nodes', namespace: '' }
  await run('NodeRestriction', node('n1', { 'kubernetes.io/hostname': 'n1', own: 'x' }), onNodes)
  await assert.rejects(run('NodeRestriction', node('n2'), onNodes), { message: 'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"' })
  await assert.rejects(
    run('NodeRestriction', node('n1', { 'node-role.kubernetes.io/control-plane': '' }), onNodes),
    /is not allowed to set the following labels: node-role.kubernetes.io\/control-plane/,
  )
  await assert.rejects(run('NodeRestriction', podOf({ nodeName: 'n1' }), { user }), /can only create mirror pods/)
  const owned = (uid: string) => ({
    annotations: { 'kubernetes.io/config.mirror': 'h' },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n1', uid, controller: true }],
  })
  await run('NodeRestriction', podOf({ nodeName: 'n1' }, owned('n1-uid')), { user })
  await assert.rejects(run('NodeRestriction', podOf({ nodeName: 'n1' }, owned('other')), { user }), /UID mismatch: expected other got n1-uid/)
  await assert.rejects(
    run('NodeRestriction', undefined, { user, operation: 'DELETE', name: 'theirs' }),
    /can only delete pods with spec.nodeName set to itself/,
  )
  await run('NodeRestriction', undefined, { user, operation: 'DELETE', name: 'mine' })
  const token = (boundObjectRef?: object): any => ({ metadata: {}, spec: { boundObjectRef } })
  const asking = { user, resource: 'serviceaccounts', subresource: 'token', name: 'default' }
  await run('NodeRestriction', token({ apiVersion: 'v1', kind: 'Pod', name: 'mine', uid: 'u1' }), asking)
  await assert.rejects(run('NodeRestriction', token(), asking), /node requested token not bound to a pod/)
  await assert.rejects(run('NodeRestriction', token({ apiVersion: 'v1', kind: 'Pod', name: 'theirs', uid: 'u2' }), asking), /scheduled on a different node/)
})

test('signing for system:masters is refused, and signers say who may approve', async () => {
  await import('#base/reflect-metadata.ts')
  const x509 = await import('@peculiar/x509')
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  const request = async (organization: string) => {
    const made = await x509.Pkcs10CertificateRequestGenerator.create({
      name: [{ O: [organization] }, { CN: ['x'] }],
      keys,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    })
    return {
      metadata: { name: 'r' },
      spec: { signerName: 'kubernetes.io/kube-apiserver-client', request: Buffer.from(made.toString('pem')).toString('base64') },
    }
  }
  const on = { group: 'certificates.k8s.io', resource: 'certificatesigningrequests', namespace: '' }
  await run('CertificateSubjectRestriction', await request('devs'), on)
  await assert.rejects(run('CertificateSubjectRestriction', await request('system:masters'), on), /signer with system:masters group is not allowed/)
  const old = (await request('devs')) as any
  await assert.rejects(
    run('CertificateApproval', old, { ...on, operation: 'UPDATE', subresource: 'approval', oldObject: old }),
    /user not permitted to approve requests/,
  )
})

test('a bundle of a signer is written by who may attest for it; of nobody, by anyone', async () => {
  const on = { group: 'certificates.k8s.io', resource: 'clustertrustbundles', namespace: '' }
  const bundle = (signerName?: string, more: object = {}): any => ({
    metadata: { name: 'b', ...more },
    spec: { trustBundle: 'x', ...(signerName ? { signerName } : {}) },
  })
  await run('ClusterTrustBundleAttest', bundle(), on)
  const refused = /user not permitted to attest for signerName "example.com\/a"/
  await assert.rejects(run('ClusterTrustBundleAttest', bundle('example.com/a'), on), refused)
  const [operation, oldObject] = ['UPDATE' as const, bundle('example.com/a')]
  await run('ClusterTrustBundleAttest', bundle('example.com/a', { finalizers: ['a.b/c'] }), { ...on, operation, oldObject })
  await assert.rejects(run('ClusterTrustBundleAttest', bundle('example.com/a', { labels: { a: 'b' } }), { ...on, operation, oldObject }), refused)
})
