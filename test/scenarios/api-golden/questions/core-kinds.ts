/** The smaller kinds of the core group: what is configured, who works, where, within which limits. */
import { createEach, updateEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const core = '/api/v1/namespaces/golden'
const dry = '?dryRun=All&fieldValidation=Strict'
type Json = Record<string, any>
const create = (key: string, path: string, body: object): Question => ({ key, method: 'POST', path: `${path}${dry}`, body })
const update = (key: string, path: string, body: object): Question => ({ key, method: 'PUT', path: `${path}${dry}`, body })
const make = (path: string, body: Json): Question => ({ key: body.metadata.name, method: 'POST', path, body })
const merge = (key: string, path: string, body: object, more = dry): Question => ({
  key,
  method: 'PATCH',
  path: `${path}${more}`,
  headers: { 'content-type': 'application/merge-patch+json' },
  body,
})
const of = (kind: string, name: string, more: Json = {}, metadata: Json = {}) => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'golden', ...metadata },
  ...more,
})
const time = '2026-01-02T03:04:05Z'

const maps = `${core}/configmaps`
const map = (name: string, more: Json = {}) => of('ConfigMap', name, { immutable: false, data: { a: 'b', 'c.d': '' }, binaryData: { e: 'YQ==' }, ...more })
const configMaps: Question[] = [
  ...createEach('ConfigMap', maps, map('new')),
  ...[
    { data: { a: 'b' }, binaryData: { a: 'YQ==' } },
    ...['a b', '..', '.', '..f', 'x'.repeat(254), ''].flatMap((key) => [{ data: { [key]: 'c' } }, { binaryData: { [key]: 'YQ==' } }]),
    { data: { a: 'x'.repeat(1024 * 1024 - 2) } },
    { data: { a: 'x'.repeat(1024 * 1024) } },
    { data: { a: null } },
    { binaryData: { a: 'not base64!' } },
    { immutable: true },
    { immutable: null },
  ].map((more, index) => create(`map by hand ${index}`, maps, map('new', more))),
  ...updateEach('ConfigMap', `${maps}/kept`, map('kept'), { skip: ['metadata'], brief: true }),
  ...[{}, { immutable: true }, { immutable: false }, { immutable: true, data: { a: 'c' } }, { immutable: true, binaryData: {} }].map((more, index) =>
    update(`immutable map ${index}`, `${maps}/fixed`, map('fixed', more)),
  ),
  merge('immutable map labelled', `${maps}/fixed`, { metadata: { labels: { a: 'b' } } }),
]

const secrets = `${core}/secrets`
const secret = (name: string, more: Json = {}, metadata: Json = {}) =>
  of('Secret', name, { immutable: false, data: { a: 'YQ==' }, stringData: { b: 'c' }, type: 'Opaque', ...more }, metadata)
const base64 = (text: string) => Buffer.from(text).toString('base64')
const typed = (type: string, data: Json, metadata: Json = {}) => secret('new', { type, stringData: undefined, data }, metadata)
const account = { 'kubernetes.io/service-account.name': 'worker' }
const auth = { auths: { 'registry.example.com': { username: 'u', password: 'p', auth: 'dTpw' } } }
const secretQuestions: Question[] = [
  ...createEach('Secret', secrets, secret('new')),
  ...[
    typed('', { a: 'YQ==' }),
    typed('example.com/mine', {}),
    typed('kubernetes.io/service-account-token', {}),
    typed('kubernetes.io/service-account-token', { token: 'YQ==' }, { annotations: account }),
    typed('kubernetes.io/service-account-token', {}, { annotations: { 'kubernetes.io/service-account.name': '' } }),
    typed('kubernetes.io/service-account-token', {}, { annotations: { 'kubernetes.io/service-account.name': 'nobody' } }),
    typed('kubernetes.io/dockercfg', {}),
    typed('kubernetes.io/dockercfg', { '.dockercfg': base64('{}') }),
    typed('kubernetes.io/dockercfg', { '.dockercfg': base64('x') }),
    typed('kubernetes.io/dockercfg', { '.dockercfg': base64('[]') }),
    typed('kubernetes.io/dockercfg', { '.dockercfg': '' }),
    typed('kubernetes.io/dockerconfigjson', {}),
    typed('kubernetes.io/dockerconfigjson', { '.dockerconfigjson': base64(JSON.stringify(auth)) }),
    typed('kubernetes.io/dockerconfigjson', { '.dockerconfigjson': base64('{"auths":') }),
    typed('kubernetes.io/dockerconfigjson', { '.dockerconfigjson': base64('"x"') }),
    typed('kubernetes.io/dockerconfigjson', { '.dockerconfigjson': base64('{"a":1}x') }),
    typed('kubernetes.io/basic-auth', {}),
    typed('kubernetes.io/basic-auth', { username: 'YQ==' }),
    typed('kubernetes.io/basic-auth', { password: '' }),
    typed('kubernetes.io/ssh-auth', {}),
    typed('kubernetes.io/ssh-auth', { 'ssh-privatekey': '' }),
    typed('kubernetes.io/ssh-auth', { 'ssh-privatekey': 'YQ==' }),
    typed('kubernetes.io/tls', {}),
    typed('kubernetes.io/tls', { 'tls.crt': '' }),
    typed('kubernetes.io/tls', { 'tls.crt': 'YQ==', 'tls.key': 'YQ==' }),
    typed('bootstrap.kubernetes.io/token', {}),
    typed('bootstrap.kubernetes.io/token', { 'token-id': base64('abcdef'), 'token-secret': base64('0123456789abcdef') }),
    secret('new', { stringData: { a: 'over', 'b c': 'd' } }),
    secret('new', { data: { a: 'x y' } }),
    secret('new', { data: { a: base64('x'.repeat(1024 * 1024)) }, stringData: { b: 'x' } }),
    secret('new', { data: { a: base64('x'.repeat(1024 * 1024)) }, stringData: undefined }),
    secret('new', { type: 'x'.repeat(300) }),
    secret('new', { type: 'with space' }),
    secret('new', { immutable: true }),
  ].map((body, index) => create(`secret by hand ${index}`, secrets, body)),
  ...updateEach('Secret', `${secrets}/kept`, secret('kept'), { skip: ['metadata'], brief: true }),
  update('secret of another type', `${secrets}/kept`, secret('kept', { type: 'example.com/mine' })),
  update('secret of no type', `${secrets}/kept`, secret('kept', { type: undefined })),
  update('secret made immutable', `${secrets}/kept`, secret('kept', { immutable: true })),
  ...[{}, { immutable: true }, { immutable: true, stringData: undefined }, { immutable: true, data: { a: 'Yg==' } }, { immutable: undefined }].map(
    (more, index) => update(`immutable secret ${index}`, `${secrets}/fixed`, secret('fixed', more)),
  ),
  ...[{}, { 'tls.crt': 'Yg==' }, { 'tls.crt': 'YQ==', 'tls.key': 'YQ==', more: 'YQ==' }].map((data, index) =>
    update(`secret of a certificate ${index}`, `${secrets}/certificate`, secret('certificate', { type: 'kubernetes.io/tls', data, stringData: undefined })),
  ),
  update(
    'token of another account',
    `${secrets}/token`,
    secret('token', { type: 'kubernetes.io/service-account-token', data: {} }, { annotations: { 'kubernetes.io/service-account.name': 'other' } }),
  ),
  update('token of no account', `${secrets}/token`, secret('token', { type: 'kubernetes.io/service-account-token', data: {} })),
  update('token as it was', `${secrets}/token`, secret('token', { type: 'kubernetes.io/service-account-token', data: {} }, { annotations: account })),
]

const accounts = `${core}/serviceaccounts`
const serviceAccount = (name: string, more: Json = {}, metadata: Json = {}) =>
  of(
    'ServiceAccount',
    name,
    { secrets: [{ name: 'keys', namespace: 'x', kind: 'Secret' }], imagePullSecrets: [{ name: 'pull' }], automountServiceAccountToken: false, ...more },
    metadata,
  )
const tokens = `${accounts}/worker/token`
const token = (spec: Json = {}, metadata: Json | undefined = undefined) => ({
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenRequest',
  ...(metadata ? { metadata } : {}),
  spec,
})
const ref = (more: Json = {}) => ({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'runner', ...more } })
const accountQuestions: Question[] = [
  ...createEach('ServiceAccount', accounts, serviceAccount('new')),
  ...[
    serviceAccount('New'),
    serviceAccount('new', { imagePullSecrets: [{ name: '' }, {}, { name: 'a' }, { name: 'a' }] }),
    serviceAccount('new', { secrets: [{ name: 'a' }, { name: 'a' }] }),
    serviceAccount('new', {}, { annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } }),
    serviceAccount('new', {}, { annotations: { 'kubernetes.io/enforce-mountable-secrets': 'false' } }),
  ].map((body, index) => create(`account by hand ${index}`, accounts, body)),
  ...updateEach('ServiceAccount', `${accounts}/kept`, serviceAccount('kept'), { skip: ['metadata'], brief: true }),
  update(
    'account with an annotation of old',
    `${accounts}/kept`,
    serviceAccount('kept', {}, { annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } }),
  ),
  ...[
    token(),
    token({ expirationSeconds: 599 }),
    token({ expirationSeconds: 600 }),
    token({ expirationSeconds: -1 }),
    token({ expirationSeconds: 4294967297 }),
    token({ expirationSeconds: 4294967296 }),
    token({ expirationSeconds: 'x' }),
    token({ audiences: [] }),
    token({ audiences: ['a', 'b'] }),
    token({ audiences: [''] }),
    token(ref()),
    token(ref({ name: 'nobody' })),
    token(ref({ uid: 'other' })),
    token(ref({ name: '' })),
    token(ref({ kind: '' })),
    token(ref({ apiVersion: '' })),
    token(ref({ apiVersion: 'v2' })),
    token(ref({ kind: 'pod' })),
    token(ref({ kind: 'Secret', name: 'keys' })),
    token(ref({ kind: 'Secret', name: 'kept' })),
    token(ref({ kind: 'Secret', name: 'kept', uid: 'other' })),
    token(ref({ kind: 'Node', name: 'one' })),
    token(ref({ kind: 'Node', name: 'nobody' })),
    token(ref({ kind: 'Node', name: 'one', uid: 'other' })),
    token(ref({ kind: 'Deployment', apiVersion: 'apps/v1' })),
    token(ref({ name: 'stranger' })),
    token({ boundObjectRef: {} }),
    token({}, { name: 'worker' }),
    token({}, { name: 'other' }),
    token({}, { namespace: 'other' }),
    token({}, { namespace: 'golden', labels: { a: 'b' } }),
    { ...token(), kind: 'TokenReview' },
    { ...token(), apiVersion: 'authentication.k8s.io/v1beta1' },
    { ...token(), status: { token: 'x' } },
    { kind: 'TokenRequest' },
    {},
    'x',
    '',
  ].map((body, index): Question => ({ key: `token ${index}`, method: 'POST', path: tokens, body })),
  { key: 'token, dry', method: 'POST', path: `${tokens}?dryRun=All`, body: token() },
  { key: 'token, dry in part', method: 'POST', path: `${tokens}?dryRun=x`, body: token() },
  { key: 'token of an unknown field', method: 'POST', path: `${tokens}?fieldValidation=Strict`, body: token({ x: 1 }) },
  { key: 'token of nobody', method: 'POST', path: `${accounts}/nobody/token`, body: token() },
  { key: 'token of a namespace not there', method: 'POST', path: '/api/v1/namespaces/none/serviceaccounts/nobody/token', body: token() },
  { key: 'token read', method: 'GET', path: tokens },
  { key: 'token put', method: 'PUT', path: tokens, body: token() },
  { key: 'token deleted', method: 'DELETE', path: tokens },
]

const namespaces = '/api/v1/namespaces'
const namespace = (name: string, more: Json = {}, metadata: Json = {}) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...metadata },
  spec: { finalizers: ['kubernetes'] },
  ...more,
})
const phase = {
  phase: 'Active',
  conditions: [{ type: 'NamespaceDeletionContentFailure', status: 'True', lastTransitionTime: time, reason: 'R', message: 'm' }],
}
const finalize = `${namespaces}/held/finalize`
const namespaceQuestions: Question[] = [
  ...createEach('Namespace', namespaces, namespace('new')),
  ...[
    namespace('New'),
    namespace('a.b'),
    namespace('x'.repeat(64)),
    namespace('new', { spec: {} }),
    namespace('new', { spec: { finalizers: [] } }),
    namespace('new', { spec: { finalizers: ['example.com/mine', 'kubernetes'] } }),
    namespace('new', { spec: { finalizers: ['mine'] } }),
    namespace('new', { spec: { finalizers: ['a b'] } }),
    namespace('new', { spec: { finalizers: ['kubernetes', 'kubernetes'] } }),
    namespace('new', {}, { labels: { 'kubernetes.io/metadata.name': 'other' } }),
    namespace('new', {}, { namespace: 'golden' }),
    namespace('new', { status: phase }),
    namespace('new', {}, { labels: { 'pod-security.kubernetes.io/enforce': 'x' } }),
    namespace(
      'new',
      {},
      {
        labels: {
          'pod-security.kubernetes.io/enforce': 'baseline',
          'pod-security.kubernetes.io/enforce-version': 'v1.x',
          'pod-security.kubernetes.io/warn': 'y',
          'pod-security.kubernetes.io/audit-version': '1.36',
        },
      },
    ),
    namespace('new', {}, { labels: { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/enforce-version': 'v1.99' } }),
    namespace('default'),
    namespace('kube-system'),
  ].map((body, index) => create(`namespace by hand ${index}`, namespaces, body)),
  ...updateEach('Namespace', `${namespaces}/kept`, namespace('kept'), { brief: true }),
  ...[
    namespace('kept', {}, { labels: { 'kubernetes.io/metadata.name': 'other' } }),
    namespace('kept', {}, { labels: {} }),
    namespace('kept', { spec: { finalizers: ['example.com/mine'] } }),
    namespace('kept', {}, { labels: { 'pod-security.kubernetes.io/enforce': 'x' } }),
    namespace('kept', {}, { labels: { 'pod-security.kubernetes.io/warn': 'baseline' } }),
  ].map((body, index) => update(`namespace by hand, update ${index}`, `${namespaces}/kept`, body)),
  ...updateEach('Namespace status', `${namespaces}/kept/status`, namespace('kept', { status: phase }), { skip: ['metadata', 'spec'], brief: true }),
  ...[{ phase: 'Terminating' }, { phase: 'Active' }, { phase: 'x' }, {}].map((status, index) =>
    update(`namespace status by hand ${index}`, `${namespaces}/kept/status`, namespace('kept', { status })),
  ),
  { key: 'namespace held, deleted', method: 'DELETE', path: `${namespaces}/held?dryRun=All` },
  ...[{ phase: 'Terminating' }, { phase: 'Active' }].map((status, index) =>
    update(`namespace that ends, status ${index}`, `${namespaces}/ending/status`, namespace('ending', { status })),
  ),
  ...[{ finalizers: ['example.com/mine'] }, { finalizers: ['mine'] }, { finalizers: [] }, {}].map((spec, index) =>
    update(`finalize ${index}`, finalize, namespace('held', { spec })),
  ),
  update('finalize what is not there', `${namespaces}/none/finalize`, namespace('none')),
  update('finalize another', finalize, namespace('other')),
  update('finalize no namespace', finalize, map('held')),
  { key: 'finalize read', method: 'GET', path: finalize },
  { key: 'finalize posted', method: 'POST', path: finalize, body: namespace('held') },
  merge('finalize merged', finalize, { spec: { finalizers: [] } }),
  { key: 'namespace default deleted', method: 'DELETE', path: `${namespaces}/default` },
  { key: 'namespace kube-system deleted', method: 'DELETE', path: `${namespaces}/kube-system` },
  { key: 'namespaces deleted all at once', method: 'DELETE', path: namespaces },
]

const nodes = '/api/v1/nodes'
const nodeSpec = {
  podCIDR: '10.1.0.0/24',
  podCIDRs: ['10.1.0.0/24', 'fd00::/64'],
  providerID: 'example://one',
  unschedulable: true,
  taints: [
    { key: 'a', value: 'b', effect: 'NoSchedule' },
    { key: 'a', value: 'b', effect: 'NoExecute', timeAdded: time },
  ],
}
const node = (name: string, spec: Json = {}, metadata: Json = {}) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, ...metadata },
  spec: { ...nodeSpec, ...spec },
})
const nodeStatus: Json = {
  capacity: { cpu: '4', memory: '8Gi', pods: '110', 'example.com/gpu': '2', 'hugepages-2Mi': '4Mi' },
  allocatable: { cpu: '3', memory: '7Gi' },
  phase: 'Running',
  conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: time, lastTransitionTime: time, reason: 'R', message: 'm' }],
  addresses: [
    { type: 'InternalIP', address: '10.0.0.1' },
    { type: 'Hostname', address: 'one' },
  ],
  daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
  nodeInfo: {
    machineID: 'a',
    systemUUID: 'b',
    bootID: 'c',
    kernelVersion: 'd',
    osImage: 'e',
    containerRuntimeVersion: 'f',
    kubeletVersion: 'v1.36.0',
    kubeProxyVersion: '',
    operatingSystem: 'linux',
    architecture: 'amd64',
    swap: { capacity: 5 },
  },
  images: [{ names: ['a', 'b'], sizeBytes: 5 }],
  volumesInUse: ['kubernetes.io/csi/x'],
  volumesAttached: [{ name: 'kubernetes.io/csi/x', devicePath: '/dev/x' }],
  config: { assigned: { configMap: { namespace: 'golden', name: 'kept', kubeletConfigKey: 'x', uid: 'u', resourceVersion: '1' } }, error: 'e' },
  runtimeHandlers: [{ name: 'runc', features: { recursiveReadOnlyMounts: true, userNamespaces: false } }, { name: '' }],
  features: { supplementalGroupsPolicy: true },
  declaredFeatures: ['A', 'B'],
}
const nodeQuestions: Question[] = [
  ...createEach('Node', nodes, node('new')),
  ...[
    { podCIDR: '10.1.0.0/24', podCIDRs: ['10.2.0.0/24'] },
    { podCIDRs: undefined },
    { podCIDR: undefined },
    { podCIDRs: ['10.1.0.0/24', '10.2.0.0/24'] },
    { podCIDRs: ['10.1.0.0/24', 'fd00::/64', '10.3.0.0/24'] },
    { podCIDR: '10.1.0.5/24', podCIDRs: ['10.1.0.5/24'] },
    { podCIDR: '010.1.0.0/24', podCIDRs: undefined },
    { podCIDR: 'x', podCIDRs: undefined },
    {
      taints: [
        { key: 'a', effect: 'NoSchedule' },
        { key: 'a', effect: 'NoSchedule', value: 'c' },
      ],
    },
    { taints: [{ key: 'a b', value: 'c d', effect: 'Never' }, { effect: '' }] },
    { externalID: 'x' },
    { configSource: { configMap: { namespace: 'golden', name: 'kept', kubeletConfigKey: 'x' } } },
    { configSource: {} },
    { providerID: '' },
  ].map((spec, index) => create(`node by hand ${index}`, nodes, node('new', spec))),
  ...[
    { labels: { 'beta.kubernetes.io/os': 'linux', 'failure-domain.beta.kubernetes.io/zone': 'a', 'kubernetes.io/role': 'x' } },
    { annotations: { 'scheduler.alpha.kubernetes.io/preferAvoidPods': '{}' } },
    { annotations: { 'scheduler.alpha.kubernetes.io/preferAvoidPods': '{"preferAvoidPods":[{"podSignature":{},"evictionTime":"x"}]}' } },
    { annotations: { 'scheduler.alpha.kubernetes.io/preferAvoidPods': 'x' } },
    { annotations: { 'scheduler.alpha.kubernetes.io/taints': 'x' } },
    { labels: { 'node.kubernetes.io/instance-type': 'not valid' } },
  ].map((metadata, index) => create(`node of metadata ${index}`, nodes, node('new', {}, metadata))),
  create('node with status', nodes, { ...node('new'), status: nodeStatus }),
  ...[{ cpu: '-1' }, { 'x y': '1' }, { 'example.com/gpu': '1500m' }].map((capacity, index) =>
    create(`node with an odd capacity ${index}`, nodes, { ...node('new'), status: { capacity } }),
  ),
  ...updateEach('Node', `${nodes}/one`, node('one'), { skip: ['metadata'], brief: true }),
  ...[
    { podCIDR: '10.9.0.0/24', podCIDRs: ['10.9.0.0/24', 'fd00::/64'] },
    { podCIDR: undefined, podCIDRs: undefined },
    { providerID: 'other://x' },
    { providerID: '' },
    { unschedulable: false },
    { taints: [] },
    { configSource: { configMap: { namespace: 'golden', name: 'kept', kubeletConfigKey: 'x' } } },
  ].map((spec, index) => update(`node by hand, update ${index}`, `${nodes}/one`, node('one', spec))),
  update('bare node given addresses', `${nodes}/bare`, node('bare')),
  ...updateEach('Node status', `${nodes}/one/status`, { ...node('one'), status: nodeStatus }, { skip: ['metadata', 'spec'], brief: true }),
  ...[
    { capacity: { cpu: '-1' } },
    { capacity: { 'x y': '1' } },
    { capacity: { 'example.com/gpu': '1500m' } },
    { capacity: { pods: '1.5' } },
    { allocatable: { cpu: '-1' } },
    {
      addresses: [
        { type: 'InternalIP', address: '10.0.0.1' },
        { type: 'InternalIP', address: '10.0.0.1' },
      ],
    },
    { addresses: [{ type: '', address: '' }] },
    { config: { active: { configMap: { namespace: 'golden', name: 'kept', kubeletConfigKey: 'x', uid: 'u' } } } },
    { config: { assigned: {} } },
    { config: { assigned: { configMap: { namespace: 'A_', name: '', kubeletConfigKey: '/' } } } },
    { images: [{ names: [], sizeBytes: 1 }] },
    { declaredFeatures: ['B', 'A'] },
    { declaredFeatures: ['A', 'A'] },
    { declaredFeatures: ['a b', ''] },
    { volumesAttached: [] },
    { runtimeHandlers: [{}, {}] },
    {},
  ].map((status, index) => update(`node status by hand ${index}`, `${nodes}/one/status`, { ...node('one'), status })),
]

const quotas = `${core}/resourcequotas`
const quotaSpec: Json = {
  hard: {
    cpu: '1',
    'requests.memory': '1Gi',
    'limits.cpu': '2',
    pods: '5',
    'requests.nvidia.com/gpu': '1',
    'count/deployments.apps': '3',
    'fast.storageclass.storage.k8s.io/requests.storage': '1Gi',
  },
}
const quota = (name: string, spec: Json = quotaSpec) => of('ResourceQuota', name, { spec })
const scope = (...expressions: Json[]) => ({ hard: { pods: '1' }, scopeSelector: { matchExpressions: expressions } })
const quotaQuestions: Question[] = [
  ...createEach('ResourceQuota', quotas, quota('new')),
  ...createEach(
    'scoped ResourceQuota',
    quotas,
    quota('new', {
      hard: { pods: '1' },
      scopes: ['BestEffort', 'NotTerminating'],
      scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] },
    }),
    { skip: ['metadata', 'spec.hard'] },
  ),
  ...[
    { hard: { cpu: '-1' } },
    { hard: { pods: '1.5' } },
    { hard: { services: '1500m', 'services.nodeports': '1', 'services.loadbalancers': '0' } },
    { hard: { x: '1' } },
    ...['x/y', 'requests.x', 'limits.example.com/x', 'count/x', 'count/'].map((name) => ({ hard: { [name]: '1' } })),
    { hard: { 'example.com/gpu': '1' } },
    { hard: { 'hugepages-2Mi': '1', 'requests.hugepages-2Mi': '2Mi', 'requests.ephemeral-storage': '1' } },
    { hard: { 'x y': '1' } },
    { hard: { 'fast.storageclass.storage.k8s.io/x': '1', 'fast.storageclass.storage.k8s.io/persistentvolumeclaims': '1' } },
    { hard: { 'gold.volumeattributesclass.storage.k8s.io/requests.storage': '1' } },
    { hard: { cpu: '1' }, scopes: ['BestEffort'] },
    { hard: { pods: '1' }, scopes: ['BestEffort', 'NotBestEffort'] },
    { hard: { pods: '1' }, scopes: ['Terminating', 'NotTerminating'] },
    { hard: { pods: '1' }, scopes: ['BestEffort', 'BestEffort'] },
    { hard: { services: '1' }, scopes: ['Terminating'] },
    { hard: { 'requests.storage': '1' }, scopes: ['VolumeAttributesClass'] },
    { hard: { pods: '1' }, scopes: ['VolumeAttributesClass'] },
    { hard: { pods: '1' }, scopes: ['CrossNamespacePodAffinity'] },
    { hard: { pods: '1' }, scopes: ['PriorityClass'] },
    { hard: { pods: '1' }, scopes: ['x'] },
    scope({ scopeName: 'PriorityClass', operator: 'In', values: [] }),
    scope({ scopeName: 'PriorityClass', operator: 'NotIn' }),
    scope({ scopeName: 'PriorityClass', operator: 'Exists', values: ['a'] }),
    scope({ scopeName: 'PriorityClass', operator: 'DoesNotExist' }),
    scope({ scopeName: 'PriorityClass', operator: 'Near' }),
    scope({ scopeName: 'PriorityClass', operator: 'In', values: ['a b'] }),
    scope({ scopeName: 'BestEffort', operator: 'In', values: ['a'] }),
    scope({ scopeName: 'Terminating', operator: 'Exists' }, { scopeName: 'NotTerminating', operator: 'Exists' }),
    scope({ scopeName: 'BestEffort', operator: 'Exists' }, { scopeName: 'NotBestEffort', operator: 'Exists' }),
    scope({ scopeName: 'x', operator: 'Exists' }),
    { hard: { services: '1' }, scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'Exists' }] } },
    {},
  ].map((spec, index) => create(`quota by hand ${index}`, quotas, quota('new', spec))),
  ...updateEach('ResourceQuota', `${quotas}/kept`, quota('kept'), { skip: ['metadata'], brief: true }),
  ...[
    { hard: { pods: '1' }, scopes: ['BestEffort'] },
    { hard: { pods: '1' }, scopes: [] },
    { hard: { pods: '1' }, scopes: ['NotTerminating', 'BestEffort'] },
    { hard: { pods: '1' }, scopes: ['BestEffort', 'NotTerminating'], scopeSelector: { matchExpressions: [] } },
  ].map((spec, index) => update(`quota of scopes, update ${index}`, `${quotas}/scoped`, quota('scoped', spec))),
  ...updateEach(
    'ResourceQuota status',
    `${quotas}/kept/status`,
    { ...quota('kept'), status: { hard: { cpu: '1', pods: '2' }, used: { cpu: '500m', pods: '1' } } },
    { skip: ['metadata', 'spec'], brief: true },
  ),
  ...[{ hard: { x: '1' }, used: { 'y z': '1' } }, { used: { cpu: '-1' } }, { hard: { pods: '1.5' } }, { used: { pods: '1.5' } }, {}].map((status, index) =>
    update(`quota status by hand ${index}`, `${quotas}/kept/status`, { ...quota('kept'), status }),
  ),
]

const ranges = `${core}/limitranges`
const limit: Json = {
  type: 'Container',
  max: { cpu: '2', memory: '2Gi' },
  min: { cpu: '100m', memory: '10Mi' },
  default: { cpu: '1', memory: '1Gi' },
  defaultRequest: { cpu: '500m', memory: '500Mi' },
  maxLimitRequestRatio: { cpu: '10' },
}
const range = (name: string, ...limits: Json[]) => of('LimitRange', name, { spec: { limits } })
const rangeQuestions: Question[] = [
  ...createEach('LimitRange', ranges, range('new', limit)),
  ...[
    [],
    [{ type: 'Container', max: { cpu: '1' } }],
    [{ type: 'Container', min: { cpu: '1' } }],
    [{ type: 'Container', default: { cpu: '1' } }],
    [{ type: 'Container', max: { cpu: '1' }, min: { cpu: '2' } }],
    [{ type: 'Container', max: { cpu: '1' }, default: { cpu: '2' } }],
    [{ type: 'Container', min: { cpu: '3' }, default: { cpu: '2' }, defaultRequest: { cpu: '1' } }],
    [{ type: 'Container', default: { cpu: '1' }, defaultRequest: { cpu: '2' } }],
    [{ type: 'Container', max: { cpu: '1' }, defaultRequest: { cpu: '2' } }],
    [{ type: 'Container', max: { cpu: '2' }, min: { cpu: '1' }, maxLimitRequestRatio: { cpu: '3' } }],
    [{ type: 'Container', maxLimitRequestRatio: { cpu: '500m' } }],
    [{ type: 'Pod', max: { cpu: '2' }, default: { cpu: '1' }, defaultRequest: { cpu: '1' } }],
    [{ type: 'Pod', maxLimitRequestRatio: { cpu: '2' } }],
    [{ type: 'PersistentVolumeClaim', max: { storage: '2Gi' } }],
    [{ type: 'PersistentVolumeClaim', max: { cpu: '1' } }],
    [{ type: 'PersistentVolumeClaim', min: { storage: '2Gi' }, max: { storage: '1Gi' } }],
    [{ type: 'example.com/Thing', max: { cpu: '1' } }],
    [{ type: 'Thing', max: { cpu: '1' } }],
    [{ type: '' }],
    [limit, limit],
    ...['x y', 'foo', 'hugepages-2Mi', 'pods'].map((name) => [{ type: 'Container', max: { [name]: '3' } }]),
    [{ type: 'Container', max: { 'example.com/gpu': '1' }, default: { 'example.com/gpu': '2' } }],
    [{ type: 'Container', max: { cpu: '-1' } }],
  ].map((limits, index) => create(`range by hand ${index}`, ranges, range('new', ...limits))),
  ...updateEach('LimitRange', `${ranges}/kept`, range('kept', { type: 'Pod', max: { cpu: '100', memory: '200Gi' } }), { skip: ['metadata'], brief: true }),
]

const bindings = `${core}/bindings`
const binding = (name: string, target: Json = { kind: 'Node', name: 'one' }, metadata: Json = {}) => of('Binding', name, { target }, metadata)
const others: Question[] = [
  ...createEach('Binding', bindings, binding('unbound'), { skip: ['metadata.namespace'] }),
  ...[
    binding('unbound', { apiVersion: 'v1', kind: 'Node', name: 'one' }),
    binding('unbound', { kind: 'Minion', name: 'one' }),
    binding('unbound', { kind: 'Pod', name: 'one' }),
    binding('unbound', { kind: '', name: '' }),
    binding('unbound', { kind: 'Node', name: 'nobody' }),
    binding('nobody'),
    binding('bound'),
    binding('unbound', { kind: 'Node', name: 'one' }, { annotations: { a: 'b' }, labels: { c: 'd' }, uid: 'other' }),
  ].map((body, index) => create(`binding by hand ${index}`, bindings, body)),
  ...['unbound', 'bound', 'nobody'].map((name) => create(`binding at the door of ${name}`, `${core}/pods/${name}/binding`, binding(name))),
  create('binding at the door of another', `${core}/pods/unbound/binding`, binding('bound')),
  { key: 'bindings read', method: 'GET', path: bindings },
  { key: 'binding read', method: 'GET', path: `${core}/pods/unbound/binding` },
  { key: 'component status of nothing', method: 'GET', path: '/api/v1/componentstatuses/nobody' },
  {
    key: 'component status made',
    method: 'POST',
    path: '/api/v1/componentstatuses',
    body: { apiVersion: 'v1', kind: 'ComponentStatus', metadata: { name: 'x' } },
  },
  { key: 'component status deleted', method: 'DELETE', path: '/api/v1/componentstatuses/scheduler' },
  { key: 'component statuses watched', method: 'GET', path: '/api/v1/componentstatuses?watch=true' },
]

const events = `${core}/events`
const event = (name: string, more: Json = {}) =>
  of('Event', name, {
    involvedObject: { kind: 'Pod', namespace: 'golden', name: 'web', uid: 'x', apiVersion: 'v1', resourceVersion: '5', fieldPath: 'spec' },
    reason: 'Made',
    message: 'it is made',
    source: { component: 'maker', host: 'one' },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 2,
    type: 'Normal',
    ...more,
  })
const fresh = {
  eventTime: '2026-01-02T03:04:05.000006Z',
  action: 'Making',
  reportingComponent: 'example.com/maker',
  reportingInstance: 'one',
  series: { count: 2, lastObservedTime: '2026-01-02T03:04:05.000006Z' },
}
const newEvents = '/apis/events.k8s.io/v1/namespaces/golden/events'
const eventQuestions: Question[] = [
  ...createEach('Event', events, event('new')),
  ...[
    event('new', fresh),
    event('new', { ...fresh, action: undefined }),
    event('new', { ...fresh, reportingComponent: 'x y', reportingInstance: 'x'.repeat(129), type: 'Odd' }),
    event('new', { ...fresh, reason: 'x'.repeat(129), message: 'x'.repeat(1025) }),
    event('new', { message: 'x'.repeat(1025), type: 'Odd', reason: '' }),
    event('new', { involvedObject: { kind: 'Node', name: 'one' } }),
    event('new', { involvedObject: { kind: 'Node', name: 'one', namespace: 'default' } }),
    event('new', { involvedObject: { kind: 'Pod', name: 'one', namespace: 'other' } }),
    event('new', { involvedObject: { kind: 'Thing', apiVersion: 'example.com/v1', name: 'one', namespace: 'other' } }),
    event('new', { involvedObject: { kind: 'Thing', apiVersion: 'example.com/v1', name: 'one' } }),
    event('new', { involvedObject: {} }),
    event('new', { involvedObject: { kind: 'Pod', name: 'x', namespace: 'golden', apiVersion: 'a/b/c' } }),
  ].map((body, index) => create(`event by hand ${index}`, events, body)),
  create('event of a node, in default', '/api/v1/namespaces/default/events', {
    ...event('new', { involvedObject: { kind: 'Node', name: 'one' } }),
    metadata: { name: 'new', namespace: 'default' },
  }),
  create('event in default of a pod', '/api/v1/namespaces/default/events', { ...event('new'), metadata: { name: 'new', namespace: 'default' } }),
  ...updateEach('Event', `${events}/old`, event('old'), { skip: ['metadata'], brief: true }),
  { key: 'Event as events.k8s.io/v1', method: 'GET', path: `${newEvents}/old`, whole: true },
  update('old event through the new door', `${newEvents}/old`, {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'old', namespace: 'golden' },
    regarding: { kind: 'Pod', name: 'web', namespace: 'golden' },
    reason: 'Other',
    note: 'x',
    type: 'Normal',
  }),
  ...[
    {},
    { series: { count: 1, lastObservedTime: time } },
    { reportingController: 'x' },
    { type: 'x' },
    { reason: '' },
    { regarding: { kind: 'Pod', name: 'x', namespace: 'other' } },
    { note: 'x'.repeat(1025) },
    { eventTime: null },
    { deprecatedCount: 5 },
    { deprecatedSource: { component: 'x' } },
  ].map((more, index) =>
    create(`new event by hand ${index}`, newEvents, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'new', namespace: 'golden' },
      eventTime: '2026-01-02T03:04:05.000006Z',
      reportingController: 'example.com/maker',
      reportingInstance: 'one',
      action: 'Making',
      reason: 'Made',
      regarding: { kind: 'Pod', name: 'web', namespace: 'golden' },
      note: 'n',
      type: 'Normal',
      ...more,
    }),
  ),
]

const pod = (name: string, spec: Json = {}) =>
  of('Pod', name, {
    spec: {
      serviceAccountName: 'worker',
      automountServiceAccountToken: false,
      containers: [{ name: 'a', image: 'a', resources: { requests: { cpu: '1m', memory: '1Mi' }, limits: { cpu: '1m', memory: '1Mi' } } }],
      ...spec,
    },
  })

const setup: Question[] = [
  ...inNamespace,
  make(maps, map('kept')),
  make(maps, map('fixed', { immutable: true })),
  make(secrets, secret('kept')),
  make(secrets, secret('fixed', { immutable: true })),
  make(secrets, secret('certificate', { type: 'kubernetes.io/tls', data: { 'tls.crt': 'YQ==', 'tls.key': 'YQ==' }, stringData: undefined })),
  make(accounts, serviceAccount('kept')),
  make(accounts, of('ServiceAccount', 'worker')),
  make(secrets, secret('token', { type: 'kubernetes.io/service-account-token', data: {} }, { annotations: account })),
  make(namespaces, namespace('kept')),
  make(namespaces, namespace('held', { spec: { finalizers: ['example.com/mine', 'kubernetes'] } })),
  make(namespaces, namespace('ending')),
  { key: 'ending', method: 'DELETE', path: `${namespaces}/ending` },
  make(nodes, node('one')),
  make(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'bare' } }),
  make(`${core}/pods`, pod('runner')),
  make(`${core}/pods`, pod('stranger', { serviceAccountName: 'default' })),
  make(`${core}/pods`, pod('unbound')),
  make(`${core}/pods`, pod('bound', { nodeName: 'one' })),
  make(events, event('old')),
]
const limits: Question[] = [
  ...inNamespace,
  make(quotas, quota('kept')),
  make(quotas, quota('scoped', { hard: { pods: '1' }, scopes: ['BestEffort', 'NotTerminating'] })),
  make(ranges, range('kept', { type: 'Pod', max: { cpu: '100', memory: '200Gi' } })),
]

export const coreConfiguration: Questionnaire = { setup, questions: [...configMaps, ...secretQuestions, ...accountQuestions, ...namespaceQuestions] }
export const coreNodes: Questionnaire = { setup, questions: [...nodeQuestions, ...others, ...eventQuestions] }
export const coreLimits: Questionnaire = { setup: limits, questions: [...quotaQuestions, ...rangeQuestions] }
