/** Admission plugins that are off by default, and what PodSecurity and ResourceQuota are configured to do. */
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const plugins = [
  'NamespaceAutoProvision',
  'NamespaceExists',
  'LimitPodHardAntiAffinityTopology',
  'AlwaysPullImages',
  'PodNodeSelector',
  'PodTolerationRestriction',
  'EventRateLimit',
  'ExtendedResourceToleration',
  'OwnerReferencesPermissionEnforcement',
  'DenyServiceExternalIPs',
]

const configuration = `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    defaults: {enforce: baseline, audit: restricted, warn: restricted, warn-version: v1.25}
    exemptions: {usernames: [free], namespaces: [exempt], runtimeClasses: [boxed]}
- name: PodNodeSelector
  configuration:
    podNodeSelectorPluginConfig: {clusterDefaultNodeSelector: "zone=a", limited: "zone=a,disk=ssd"}
- name: PodTolerationRestriction
  configuration:
    apiVersion: podtolerationrestriction.admission.k8s.io/v1alpha1
    kind: Configuration
    default: [{key: common, operator: Exists}]
    whitelist: [{key: common, operator: Exists}, {key: own, operator: Exists}, {key: node.kubernetes.io/memory-pressure, operator: Exists}, {key: example.com/gpu, operator: Exists}, {key: node.kubernetes.io/not-ready, operator: Exists}, {key: node.kubernetes.io/unreachable, operator: Exists}]
- name: EventRateLimit
  configuration:
    apiVersion: eventratelimit.admission.k8s.io/v1alpha1
    kind: Configuration
    limits: [{type: Namespace, qps: 1, burst: 2}, {type: SourceAndObject, qps: 1, burst: 1}]
- name: ResourceQuota
  configuration:
    apiVersion: apiserver.config.k8s.io/v1
    kind: ResourceQuotaConfiguration
    limitedResources: [{resource: persistentvolumeclaims, matchContains: [gold.storageclass.storage.k8s.io/]}]
`

const json = { 'content-type': 'application/json' }
const post = (key: string, path: string, body: object, headers: Record<string, string> = {}): Question => ({
  key,
  method: 'POST',
  path,
  body,
  headers: { ...json, ...headers },
  shows: ['warning'],
})
const as = (user: string): Record<string, string> => ({ 'impersonate-user': user })
const namespace = (name: string, metadata: object = {}): Question =>
  post(`namespace ${name} ${JSON.stringify(metadata)}`, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...metadata } })
const account = (of: string): Question =>
  post(`service account in ${of}`, `/api/v1/namespaces/${of}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } })

const container = { name: 'a', image: 'a:1' }
const pod = (key: string, spec: object, of = 'golden', headers: Record<string, string> = {}, metadata: object = {}): Question =>
  post(
    key,
    `/api/v1/namespaces/${of}/pods?dryRun=All`,
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', ...metadata }, spec: { containers: [container], ...spec } },
    headers,
  )
const service = (key: string, method: 'POST' | 'PUT', externalIPs: string[]): Question => ({
  key,
  method,
  path: `/api/v1/namespaces/golden/services${method === 'PUT' ? '/s' : ''}`,
  body: { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { clusterIP: 'None', ports: [{ port: 1 }], externalIPs } },
  headers: json,
})
const event = (name: string, of: string): Question =>
  post(`event ${name} in ${of}`, `/api/v1/namespaces/${of}/events`, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name },
    involvedObject: { kind: 'Pod', namespace: of, name, uid: 'u' },
    source: { component: 'c', host: 'h' },
  })
const owned = (key: string, references: object[], headers: Record<string, string>, method: 'POST' | 'PUT' = 'POST', name = 'owned'): Question => ({
  key,
  method,
  path: `/api/v1/namespaces/golden/configmaps${method === 'PUT' ? `/${name}` : '?dryRun=All'}`,
  body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ownerReferences: references } },
  headers: { ...json, ...headers },
})
const reference = (more: object = {}): object => ({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: 'u-1', ...more })
const claim = (key: string, storageClassName: string): Question =>
  post(key, '/api/v1/namespaces/golden/persistentvolumeclaims?dryRun=All', {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'c' },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Gi' } } },
  })
const role = (name: string, rules: object[]): Question[] => [
  post(`role ${name}`, '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name },
    rules,
  }),
  post(`binding ${name}`, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
  }),
]
const tolerationsOf = 'scheduler.alpha.kubernetes.io'
const limited = { requests: { cpu: '1', 'example.com/gpu': '1', 'example.com/fpga': '1' }, limits: { 'example.com/gpu': '1', 'example.com/fpga': '1' } }
const antiAffinity = (topologyKey: string): object => ({
  affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: { matchLabels: { a: 'b' } } }] } },
})

export const pluginQuestions: Questionnaire = {
  flags: [`--enable-admission-plugins=${plugins.join(',')}`, '--admission-control-config-file=DIR/admission.yaml'],
  files: { 'admission.yaml': configuration },
  setup: [
    ...inNamespace,
    ...['exempt', 'limited', 'annotated', 'events'].flatMap((name) => [
      namespace(
        name,
        name === 'annotated'
          ? {
              annotations: {
                'scheduler.alpha.kubernetes.io/node-selector': 'zone=b, disk=hdd',
                [`${tolerationsOf}/defaultTolerations`]: '[{"key":"mine","operator":"Exists","effect":"NoSchedule"}]',
                [`${tolerationsOf}/tolerationsWhitelist`]:
                  '[{"key":"mine","operator":"Exists"},{"key":"node.kubernetes.io/not-ready","operator":"Exists"},{"key":"node.kubernetes.io/unreachable","operator":"Exists"}]',
              },
            }
          : {},
      ),
      account(name),
    ]),
    post('runtime class', '/apis/node.k8s.io/v1/runtimeclasses', {
      apiVersion: 'node.k8s.io/v1',
      kind: 'RuntimeClass',
      metadata: { name: 'boxed' },
      handler: 'h',
    }),
    ...role('editor', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'update', 'get'] }]),
    ...role('deleter', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'update', 'get', 'delete'] }]),
    ...role('finalizer', [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'update', 'get', 'delete'] },
      { apiGroups: ['apps'], resources: ['deployments/finalizers'], verbs: ['update'] },
    ]),
    ...role('free', [{ apiGroups: ['', 'apps'], resources: ['pods', 'deployments'], verbs: ['create'] }]),
    ...role('bound', [{ apiGroups: [''], resources: ['pods'], verbs: ['create'] }]),
  ],
  questions: [
    pod('plain', {}),
    pod('never pulls', {
      containers: [{ ...container, imagePullPolicy: 'Never' }],
      initContainers: [{ ...container, name: 'b', imagePullPolicy: 'IfNotPresent' }],
    }),
    pod('image volume', { volumes: [{ name: 'v', image: { reference: 'r:1', pullPolicy: 'IfNotPresent' } }] }),
    pod('privileged', { containers: [{ ...container, securityContext: { privileged: true } }] }),
    pod('privileged by free', { containers: [{ ...container, securityContext: { privileged: true } }] }, 'golden', as('free')),
    pod('privileged by bound', { containers: [{ ...container, securityContext: { privileged: true } }] }, 'golden', as('bound')),
    pod('privileged in exempt', { containers: [{ ...container, securityContext: { privileged: true } }] }, 'exempt'),
    pod('privileged in a box', { runtimeClassName: 'boxed', containers: [{ ...container, securityContext: { privileged: true } }] }),
    post('deployment', '/apis/apps/v1/namespaces/golden/deployments?dryRun=All', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } } },
    }),
    namespace('labelled', { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } }),
    {
      key: 'exempt is labelled',
      method: 'PATCH',
      path: '/api/v1/namespaces/exempt?dryRun=All',
      body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted', 'pod-security.kubernetes.io/warn-version': 'v1.20' } } },
      headers: { 'content-type': 'application/merge-patch+json' },
      shows: ['warning'],
    },
    pod('own zone', { nodeSelector: { zone: 'a', disk: 'hdd' } }),
    pod('other zone', { nodeSelector: { zone: 'b' } }),
    pod('other zone, named by the server', { nodeSelector: { zone: 'b' } }, 'golden', {}, { name: undefined, generateName: 'g-' }),
    pod('annotated zone', {}, 'annotated'),
    pod('annotated zone, against it', { nodeSelector: { zone: 'a' } }, 'annotated'),
    pod('limited', {}, 'limited'),
    pod('limited, allowed', { nodeSelector: { disk: 'ssd' } }, 'limited'),
    pod('limited, not allowed', { nodeSelector: { disk: 'hdd' } }, 'limited'),
    pod('limited, unknown', { nodeSelector: { rack: '1' } }, 'limited'),
    pod('tolerates its own', { tolerations: [{ key: 'own', operator: 'Exists', effect: 'NoSchedule' }] }),
    pod('tolerates another', { tolerations: [{ key: 'another', operator: 'Exists' }] }),
    pod('tolerates everything', { tolerations: [{ operator: 'Exists' }] }),
    pod('tolerates twice', {
      tolerations: [
        { key: 'common', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 },
        { key: 'common', operator: 'Equal', value: 'v' },
      ],
    }),
    pod('tolerates in annotated', { tolerations: [{ key: 'own', operator: 'Exists' }] }, 'annotated'),
    pod('burstable', { containers: [{ ...container, resources: { requests: { cpu: '1' } } }] }),
    pod('extended resources', { containers: [{ ...container, resources: { requests: { 'example.com/gpu': '1' }, limits: { 'example.com/gpu': '1' } } }] }),
    pod('extended resources beyond what is allowed', { containers: [{ ...container, resources: limited }] }),
    pod('extended resources, tolerated', {
      tolerations: [{ key: 'example.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
      containers: [{ ...container, resources: { requests: { 'example.com/gpu': '1' }, limits: { 'example.com/gpu': '1' } } }],
    }),
    pod('apart by node', antiAffinity('kubernetes.io/hostname')),
    pod('apart by zone', antiAffinity('topology.kubernetes.io/zone')),
    pod('in no namespace', {}, 'nowhere'),
    post('config map in no namespace', '/api/v1/namespaces/new-one/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }),
    { key: 'the new namespace', method: 'GET', path: '/api/v1/namespaces/new-one' },
    post('in no namespace, dry', '/api/v1/namespaces/never/configmaps?dryRun=All', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }),
    { key: 'delete in no namespace', method: 'DELETE', path: '/api/v1/namespaces/never/configmaps/c' },
    service('external address', 'POST', ['1.2.3.4']),
    service('no external address', 'POST', []),
    service('gets an external address', 'PUT', ['1.2.3.4']),
    event('e1', 'events'),
    event('e2', 'events'),
    event('e3', 'events'),
    event('e3', 'golden'),
    owned('owned by editor', [reference()], as('editor')),
    owned('blocking by editor', [reference({ blockOwnerDeletion: true })], as('editor')),
    owned('blocking by finalizer', [reference({ blockOwnerDeletion: true })], as('finalizer')),
    owned('blocking by finalizer, unknown', [reference({ kind: 'Gone', blockOwnerDeletion: true })], as('finalizer')),
    owned('blocking by admin', [reference({ kind: 'Gone', blockOwnerDeletion: true })], {}),
    post('something to own', '/api/v1/namespaces/golden/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned' } }),
    owned('set by editor', [reference()], as('editor'), 'PUT'),
    owned('set by deleter', [reference()], as('deleter'), 'PUT'),
    owned('set by deleter, blocking', [reference({ blockOwnerDeletion: true })], as('deleter'), 'PUT'),
    owned('set by finalizer, blocking', [reference({ blockOwnerDeletion: true })], as('finalizer'), 'PUT'),
    owned('unchanged by editor', [reference({ blockOwnerDeletion: true })], as('editor'), 'PUT'),
    claim('plain claim', 'plain'),
    claim('gold claim', 'gold'),
    post('quota', '/api/v1/namespaces/golden/resourcequotas', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q' },
      spec: { hard: { 'gold.storageclass.storage.k8s.io/requests.storage': '5Gi' } },
    }),
    { ...claim('gold claim, half covered', 'gold') },
  ],
}
