/** What the admission plugins say: of pods' security, limits, quotas, priorities, runtimes, accounts, nodes, classes. */
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const dry = '?dryRun=All&fieldValidation=Strict'
type Json = Record<string, any>
const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`
const create = (key: string, path: string, body: object, headers?: Record<string, string>): Question => ({
  key,
  method: 'POST',
  path: `${path}${dry}`,
  body,
  ...(headers ? { headers } : {}),
})
const update = (key: string, path: string, body: object, headers?: Record<string, string>): Question => ({ ...create(key, path, body, headers), method: 'PUT' })
const make = (path: string, body: Json): Question => ({ key: `${body.kind} ${body.metadata.name}`, method: 'POST', path, body })
const remove = (key: string, path: string, headers?: Record<string, string>): Question => ({
  key,
  method: 'DELETE',
  path: `${path}?dryRun=All`,
  ...(headers ? { headers } : {}),
})

const room = (name: string, labels: Json = {}): Question[] => [
  make('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }),
  make(`/api/v1/namespaces/${name}/serviceaccounts`, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: name },
    automountServiceAccountToken: false,
  }),
]
const web = { name: 'web', image: 'nginx:1.27' }
const pod = (namespace: string, spec: Json = {}, container: Json = {}, metadata: Json = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'new', namespace, ...metadata },
  spec: { containers: [{ ...web, ...container }], ...spec },
})

const level = (enforce: string, more: Json = {}) => ({ 'pod-security.kubernetes.io/enforce': enforce, ...more })
const hardened = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }
const secured = (more: Json = {}) => ({ securityContext: { ...hardened, ...more } })
const onePort = [{ containerPort: 80, hostPort: 80 }]
const controls: readonly (readonly [Json, Json, Json?])[] = [
  [{}, {}],
  [{}, secured()],
  [{ hostNetwork: true }, secured()],
  [{ hostPID: true, hostIPC: true }, secured()],
  [
    { hostNetwork: true, hostPID: true },
    { ...secured(), ports: onePort },
  ],
  [{}, { ...secured(), ports: onePort }],
  [{}, { ...secured(), ports: [...onePort, { containerPort: 81, hostPort: 81 }] }],
  [{}, secured({ privileged: true, allowPrivilegeEscalation: true })],
  [{}, secured({ allowPrivilegeEscalation: true })],
  [{}, secured({ allowPrivilegeEscalation: undefined })],
  [{}, secured({ capabilities: undefined })],
  [{}, secured({ capabilities: { drop: ['NET_RAW'] } })],
  [{}, secured({ capabilities: { add: ['SYS_ADMIN', 'NET_ADMIN'], drop: ['ALL'] } })],
  [{}, secured({ capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] } })],
  [{}, secured({ capabilities: { add: ['CHOWN'], drop: ['ALL'] } })],
  [{}, secured({ procMount: 'Unmasked' })],
  [{ hostUsers: false }, secured({ procMount: 'Unmasked' })],
  [{ hostUsers: false }, secured({ runAsNonRoot: undefined, runAsUser: 0 })],
  [{}, secured({ runAsUser: 0 })],
  [{}, secured({ runAsNonRoot: false })],
  [{}, secured({ runAsNonRoot: undefined })],
  [{ securityContext: { runAsNonRoot: true } }, secured({ runAsNonRoot: undefined })],
  [{ securityContext: { runAsNonRoot: false } }, secured()],
  [{ securityContext: { runAsUser: 0 } }, secured()],
  [{}, secured({ seccompProfile: undefined })],
  [{}, secured({ seccompProfile: { type: 'Unconfined' } })],
  [{ securityContext: { seccompProfile: { type: 'Unconfined' } } }, secured({ seccompProfile: undefined })],
  [{ securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }, secured({ seccompProfile: undefined })],
  [{ securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'a' } } }, secured({ seccompProfile: { type: 'Unconfined' } })],
  [{}, secured({ seLinuxOptions: { type: 'spc_t', user: 'u', role: 'r' } })],
  [{ securityContext: { seLinuxOptions: { type: 'container_t' } } }, secured({ seLinuxOptions: { level: 's0' } })],
  [{ securityContext: { seLinuxOptions: { type: 'x' } } }, secured({ seLinuxOptions: { user: 'u' } })],
  [{}, secured({ appArmorProfile: { type: 'Unconfined' } })],
  [{ securityContext: { appArmorProfile: { type: 'Unconfined' } } }, secured()],
  [{}, secured(), { annotations: { 'container.apparmor.security.beta.kubernetes.io/web': 'unconfined' } }],
  [
    {
      securityContext: {
        sysctls: [
          { name: 'kernel.msgmax', value: '1' },
          { name: 'net.ipv4.tcp_syncookies', value: '1' },
        ],
      },
    },
    secured(),
  ],
  [{ securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem', value: '1' }] } }, secured()],
  [{ securityContext: { windowsOptions: { hostProcess: true } }, hostNetwork: true }, secured({ windowsOptions: { hostProcess: true } })],
  [{ volumes: [{ name: 'a', hostPath: { path: '/' } }] }, secured()],
  [
    {
      volumes: [
        { name: 'a', hostPath: { path: '/' } },
        { name: 'b', nfs: { server: 'a', path: '/' } },
        { name: 'c', emptyDir: {} },
        { name: 'd', hostPath: { path: '/' } },
      ],
    },
    secured(),
  ],
  [{ os: { name: 'windows' } }, {}],
  [{ initContainers: [{ ...web, name: 'first' }], containers: [{ ...web, ...secured() }] }, {}],
  [{ containers: [web, { ...web, name: 'other' }, { ...web, name: 'third', ...secured() }] }, {}],
  [{}, { ...secured(), livenessProbe: { httpGet: { port: 80, host: '10.0.0.1' } } }],
  [{}, { ...secured(), lifecycle: { postStart: { httpGet: { port: 80, host: '10.0.0.1' } } }, readinessProbe: { tcpSocket: { port: 80, host: 'x' } } }],
  [{ runtimeClassName: 'exempt' }, {}],
]
const ofSecurity: Question[] = ['strict', 'base', 'warned', 'old'].flatMap((namespace) =>
  controls.map(([spec, container, metadata], index) =>
    create(`${namespace}: control ${index}`, pods(namespace), pod(namespace, spec, container, metadata ?? {})),
  ),
)
const template = (container: Json = {}, spec: Json = {}) => ({ metadata: { labels: { app: 'a' } }, spec: { containers: [{ ...web, ...container }], ...spec } })
const selector = { matchLabels: { app: 'a' } }
const workload = (apiVersion: string, kind: string, namespace: string, spec: Json) => ({ apiVersion, kind, metadata: { name: 'new', namespace }, spec })
const ofWorkloads: Question[] = ['strict', 'warned', 'base'].flatMap((namespace) => [
  create(
    `${namespace}: deployment`,
    `/apis/apps/v1/namespaces/${namespace}/deployments`,
    workload('apps/v1', 'Deployment', namespace, { selector, template: template() }),
  ),
  create(
    `${namespace}: deployment, hardened`,
    `/apis/apps/v1/namespaces/${namespace}/deployments`,
    workload('apps/v1', 'Deployment', namespace, { selector, template: template(secured()) }),
  ),
  create(
    `${namespace}: deployment, privileged`,
    `/apis/apps/v1/namespaces/${namespace}/deployments`,
    workload('apps/v1', 'Deployment', namespace, { selector, template: template({ securityContext: { privileged: true } }, { hostPID: true }) }),
  ),
  create(
    `${namespace}: daemon set`,
    `/apis/apps/v1/namespaces/${namespace}/daemonsets`,
    workload('apps/v1', 'DaemonSet', namespace, { selector, template: template() }),
  ),
  create(
    `${namespace}: stateful set`,
    `/apis/apps/v1/namespaces/${namespace}/statefulsets`,
    workload('apps/v1', 'StatefulSet', namespace, { selector, serviceName: 'a', template: template() }),
  ),
  create(
    `${namespace}: replica set`,
    `/apis/apps/v1/namespaces/${namespace}/replicasets`,
    workload('apps/v1', 'ReplicaSet', namespace, { selector, template: template() }),
  ),
  create(
    `${namespace}: replication controller`,
    `/api/v1/namespaces/${namespace}/replicationcontrollers`,
    workload('v1', 'ReplicationController', namespace, { selector: { app: 'a' }, template: template() }),
  ),
  create(
    `${namespace}: job`,
    `/apis/batch/v1/namespaces/${namespace}/jobs`,
    workload('batch/v1', 'Job', namespace, { template: template({}, { restartPolicy: 'Never' }) }),
  ),
  create(
    `${namespace}: cron job`,
    `/apis/batch/v1/namespaces/${namespace}/cronjobs`,
    workload('batch/v1', 'CronJob', namespace, { schedule: '@daily', jobTemplate: { spec: { template: template({}, { restartPolicy: 'Never' }) } } }),
  ),
  create(`${namespace}: pod template`, `/api/v1/namespaces/${namespace}/podtemplates`, {
    apiVersion: 'v1',
    kind: 'PodTemplate',
    metadata: { name: 'new', namespace },
    template: template(),
  }),
])
const relabel = (key: string, name: string, labels: Json): Question => ({
  key,
  method: 'PATCH',
  path: `/api/v1/namespaces/${name}${dry}`,
  headers: { 'content-type': 'application/merge-patch+json' },
  body: { metadata: { labels } },
})
const ofNamespaces: Question[] = [
  relabel('held to baseline', 'loose', level('baseline')),
  relabel('held to restricted', 'loose', level('restricted')),
  relabel('held to restricted of old', 'loose', level('restricted', { 'pod-security.kubernetes.io/enforce-version': 'v1.19' })),
  relabel('held to nothing', 'loose', level('privileged')),
  relabel('held to what there is not', 'loose', level('none')),
  relabel('warned only', 'loose', { 'pod-security.kubernetes.io/warn': 'restricted' }),
  relabel('of a version without a level', 'loose', { 'pod-security.kubernetes.io/enforce-version': 'latest' }),
  relabel('no longer held', 'strict', { 'pod-security.kubernetes.io/enforce': null }),
  create('made with a level that there is not', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'new', labels: level('none') },
  }),
]

const resources = (requests: Json, limits: Json = {}) => ({ resources: { requests, limits } })
const limited: readonly (readonly [Json, Json])[] = [
  [{}, {}],
  [{}, resources({ cpu: '10m' })],
  [{}, resources({ cpu: '100m', memory: '50Mi' }, { cpu: '3' })],
  [{}, resources({ cpu: '100m' }, { cpu: '2', memory: '1Mi' })],
  [{}, resources({ cpu: '2', memory: '1Gi' }, { cpu: '2', memory: '1Gi' })],
  [{}, resources({}, { cpu: '1500m', memory: '3Gi' })],
  [{ initContainers: [{ ...web, name: 'first' }] }, {}],
  [{ initContainers: [{ ...web, name: 'first', ...resources({ cpu: '4' }, { cpu: '4' }) }] }, {}],
  [{ containers: [web, { ...web, name: 'other' }, { ...web, name: 'third' }, { ...web, name: 'fourth' }] }, {}],
  [{ overhead: { cpu: '1' } }, {}],
  [{ resources: { requests: { cpu: '5' }, limits: { cpu: '5' } } }, {}],
]
const claim = (namespace: string, storage: string, more: Json = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'new', namespace },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } }, ...more },
})
const claims = (namespace: string) => `/api/v1/namespaces/${namespace}/persistentvolumeclaims`
const ofLimits: Question[] = [
  ...limited.map(
    ([spec, container], index) =>
      ({ ...create(`limited ${index}`, pods('limited'), pod('limited', spec, container)), whole: index === 0 || index === 6 }) as Question,
  ),
  ...['1Mi', '2Gi', '5Gi'].map((size) => create(`limited claim of ${size}`, claims('limited'), claim('limited', size))),
]

const range = (namespace: string, limits: Json[]) =>
  make(`/api/v1/namespaces/${namespace}/limitranges`, { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'range', namespace }, spec: { limits } })
const quota = (namespace: string, name: string, spec: Json) => [
  make(`/api/v1/namespaces/${namespace}/resourcequotas`, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name, namespace }, spec }),
  {
    key: `status of quota ${name}`,
    method: 'PATCH',
    path: `/api/v1/namespaces/${namespace}/resourcequotas/${name}/status`,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { status: { hard: spec.hard, used: Object.fromEntries(Object.keys(spec.hard).map((each) => [each, '0'])) } },
  } as Question,
]
const counted: readonly (readonly [Json, Json])[] = [
  [{}, {}],
  [{}, resources({ cpu: '1', memory: '1Gi' })],
  [{}, resources({ cpu: '1', memory: '1Gi' }, { cpu: '1', memory: '1Gi' })],
  [{}, resources({ cpu: '3', memory: '5Gi' }, { cpu: '3', memory: '5Gi' })],
  [{}, resources({ cpu: '3', memory: '1Gi' }, { cpu: '3', memory: '1Gi' })],
  [{ initContainers: [{ ...web, name: 'first' }] }, resources({ cpu: '1', memory: '1Gi' }, { cpu: '1', memory: '1Gi' })],
  [{ priorityClassName: 'high' }, resources({ cpu: '1', memory: '1Gi' }, { cpu: '1', memory: '1Gi' })],
  [{ activeDeadlineSeconds: 5 }, resources({ cpu: '1', memory: '1Gi' }, { cpu: '1', memory: '1Gi' })],
  [
    { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'a', labelSelector: {}, namespaces: ['other'] }] } } },
    resources({ cpu: '1', memory: '1Gi' }, { cpu: '1', memory: '1Gi' }),
  ],
  [{}, { resources: { requests: { cpu: '1', memory: '1Gi', 'example.com/gpu': '2' }, limits: { cpu: '1', memory: '1Gi', 'example.com/gpu': '2' } } }],
]
const service = (type: string, ports = 1) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'new', namespace: 'counted' },
  spec: { type, ports: Array.from({ length: ports }, (_, index) => ({ name: `p${index}`, port: index + 1 })) },
})
const ofQuotas: Question[] = [
  ...counted.map(([spec, container], index) => create(`counted ${index}`, pods('counted'), pod('counted', spec, container))),
  ...counted.slice(0, 3).map(([spec, container], index) => create(`none left ${index}`, pods('full'), pod('full', spec, container))),
  ...counted.slice(0, 8).map(([spec, container], index) => create(`scoped ${index}`, pods('scoped'), pod('scoped', spec, container))),
  create('counted claim', claims('counted'), claim('counted', '1Gi')),
  create('counted claim, too large', claims('counted'), claim('counted', '20Gi')),
  create('counted claim of a class', claims('counted'), claim('counted', '6Gi', { storageClassName: 'fast' })),
  create('counted service', '/api/v1/namespaces/counted/services', service('ClusterIP')),
  create('counted service of node ports', '/api/v1/namespaces/counted/services', service('NodePort', 2)),
  create('counted service of a load balancer', '/api/v1/namespaces/counted/services', service('LoadBalancer')),
  create('counted config map', '/api/v1/namespaces/counted/configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'new', namespace: 'counted' },
  }),
  create(
    'counted deployment',
    '/apis/apps/v1/namespaces/counted/deployments',
    workload('apps/v1', 'Deployment', 'counted', { selector, template: template() }),
  ),
  create('counted secret', '/api/v1/namespaces/counted/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'new', namespace: 'counted' } }),
]

const ofPods: Question[] = [
  ...[
    { priorityClassName: 'high' },
    { priorityClassName: 'none' },
    { priorityClassName: 'high', priority: 1000 },
    { priorityClassName: 'high', priority: 5 },
    { priority: 5 },
    { priority: 0 },
    { preemptionPolicy: 'Never' },
    { priorityClassName: 'high', preemptionPolicy: 'PreemptLowerPriority' },
    { priorityClassName: 'system-node-critical' },
    { runtimeClassName: 'strict' },
    { runtimeClassName: 'none' },
    { runtimeClassName: 'strict', overhead: { cpu: '1' } },
    { runtimeClassName: 'strict', overhead: { cpu: '10m', memory: '10Mi' } },
    { runtimeClassName: 'plain', overhead: { cpu: '1' } },
    { overhead: { cpu: '1' } },
    { runtimeClassName: 'strict', nodeSelector: { kind: 'other' } },
    { runtimeClassName: 'strict', nodeSelector: { kind: 'strict', more: 'x' }, tolerations: [{ operator: 'Exists' }] },
    { serviceAccountName: 'nobody' },
    { serviceAccountName: 'puller' },
    { serviceAccountName: 'puller', imagePullSecrets: [{ name: 'mine' }] },
    { serviceAccountName: 'automatic' },
    { serviceAccountName: 'automatic', automountServiceAccountToken: false },
    { automountServiceAccountToken: true, volumes: [{ name: 'kube-api-access-mine', emptyDir: {} }] },
    { tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 }] },
    { tolerations: [{ operator: 'Exists' }] },
    { tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }] },
    { serviceAccountName: 'holder' },
    { serviceAccountName: 'holder', volumes: [{ name: 'a', secret: { secretName: 'known' } }] },
    { serviceAccountName: 'holder', volumes: [{ name: 'a', secret: { secretName: 'other' } }] },
    { serviceAccountName: 'holder', containers: [{ ...web, env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'other', key: 'a' } } }] }] },
    { serviceAccountName: 'holder', initContainers: [{ ...web, name: 'first', envFrom: [{ secretRef: { name: 'other' } }] }] },
    { serviceAccountName: 'holder', imagePullSecrets: [{ name: 'mine' }] },
    { serviceAccount: 'puller' },
    { serviceAccountName: 'automatic', serviceAccount: 'puller' },
  ].map(
    (spec, index): Question => ({ ...create(`pod ${index}`, pods('golden'), pod('golden', spec)), ...([0, 9, 20].includes(index) ? { whole: true } : {}) }),
  ),
  ...[
    {},
    { serviceAccountName: 'puller' },
    { volumes: [{ name: 'a', secret: { secretName: 'a' } }] },
    { volumes: [{ name: 'a', configMap: { name: 'a' } }] },
    { volumes: [{ name: 'a', persistentVolumeClaim: { claimName: 'a' } }] },
    { volumes: [{ name: 'a', projected: { sources: [{ serviceAccountToken: { path: 'a' } }] } }] },
    { imagePullSecrets: [{ name: 'a' }] },
    { containers: [{ ...web, envFrom: [{ secretRef: { name: 'a' } }] }] },
    { resourceClaims: [{ name: 'a', resourceClaimName: 'b' }] },
  ].map((spec, index) => create(`mirror pod ${index}`, pods('golden'), pod('golden', spec, {}, { annotations: { 'kubernetes.io/config.mirror': 'x' } }))),
  ...['nobody', 'system:node:one'].map((name) => create(`pod in a namespace without an account, as ${name}`, pods('bare'), pod('bare'))),
  create('pod in no namespace', pods('none'), pod('none')),
  create('pod in a namespace that ends', pods('ending'), pod('ending')),
  create('config map in a namespace that ends', '/api/v1/namespaces/ending/configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'new', namespace: 'ending' },
  }),
  create('config map in no namespace', '/api/v1/namespaces/none/configmaps', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'new', namespace: 'none' },
  }),
  remove('deleted in no namespace', '/api/v1/namespaces/none/configmaps/x'),
  update('updated in no namespace', '/api/v1/namespaces/none/configmaps/x', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'x', namespace: 'none' },
  }),
  create('a review in no namespace', '/apis/authorization.k8s.io/v1/namespaces/none/localsubjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'LocalSubjectAccessReview',
    metadata: { namespace: 'none' },
    spec: { user: 'a', resourceAttributes: { namespace: 'none', verb: 'get', resource: 'pods' } },
  }),
]

const priority = (name: string, more: Json = {}) => ({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value: 1000, ...more })
const storageClass = (name: string, more: Json = {}, annotations: Json = {}) => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name, annotations },
  provisioner: 'disk.example.com',
  ...more,
})
const ingressClass = (name: string, isDefault: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name, annotations: { 'ingressclass.kubernetes.io/is-default-class': isDefault } },
  spec: { controller: 'example.com/x' },
})
const ingress = (more: Json = {}, annotations: Json = {}) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'new', namespace: 'golden', annotations },
  spec: { defaultBackend: { service: { name: 'a', port: { number: 80 } } }, ...more },
})
const ingresses = '/apis/networking.k8s.io/v1/namespaces/golden/ingresses'
const grown = (name: string, storageClassName: string, storage: string) => ({
  ...claim('golden', storage, { storageClassName, volumeName: 'x' }),
  metadata: { name, namespace: 'golden' },
})
const boundTo = (name: string): Question => ({
  key: `${name} bound`,
  method: 'PATCH',
  path: `${claims('golden')}/${name}/status`,
  headers: { 'content-type': 'application/merge-patch+json' },
  body: { status: { phase: 'Bound', capacity: { storage: '1Gi' } } },
})
const ofClasses: Question[] = [
  create('priority class, default too', '/apis/scheduling.k8s.io/v1/priorityclasses', priority('other', { globalDefault: true })),
  remove('system priority class deleted', '/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical'),
  create('claim of the default class', claims('golden'), claim('golden', '1Gi')),
  create('claim of no class', claims('golden'), claim('golden', '1Gi', { storageClassName: '' })),
  create('ingress of the default class', ingresses, ingress()),
  create('ingress of an annotated class', ingresses, ingress({}, { 'kubernetes.io/ingress.class': 'x' })),
  create('ingress of both', ingresses, ingress({ ingressClassName: 'y' }, { 'kubernetes.io/ingress.class': 'x' })),
  update('claim grown', `${claims('golden')}/growing`, grown('growing', 'fast', '2Gi')),
  update('claim of a class that does not grow, grown', `${claims('golden')}/fixed`, grown('fixed', 'slow', '2Gi')),
  update('claim of a class that is not there, grown', `${claims('golden')}/lost`, grown('lost', 'gone', '2Gi')),
  update('claim made smaller', `${claims('golden')}/growing`, grown('growing', 'fast', '1Mi')),
  create('node, new', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'new' } }),
  create('node, new, tainted', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'new' },
    spec: { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule', value: 'x' }] },
  }),
  create('persistent volume, protected', '/api/v1/persistentvolumes', {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'new', finalizers: ['example.com/x'] },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } },
  }),
]

const asNode = { 'impersonate-user': 'system:node:one', 'impersonate-group': 'system:nodes' }
const asOddNode = { 'impersonate-user': 'odd', 'impersonate-group': 'system:nodes' }
const node = (name: string, labels: Json = {}, spec: Json = {}, metadata: Json = {}) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels, ...metadata },
  spec,
})
const mirror = (spec: Json = {}, metadata: Json = {}) =>
  pod(
    'golden',
    { nodeName: 'one', ...spec },
    {},
    {
      annotations: { 'kubernetes.io/config.mirror': 'x' },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'one', uid: 'x', controller: true }],
      ...metadata,
    },
  )
const lease = (name: string, namespace = 'kube-node-lease') => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, namespace },
  spec: { holderIdentity: 'one' },
})
const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'
const tokenFor = (account: string, boundObjectRef?: Json, namespace = 'golden') =>
  create(
    `as a node: token of ${account} for ${JSON.stringify(boundObjectRef)}`,
    `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { boundObjectRef } },
    asNode,
  )
const owner = (more: Json) => ({ ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'one', uid: 'x', controller: true, ...more }] })
const ofNodes: Question[] = [
  create('as a node: itself', '/api/v1/nodes', node('one'), asNode),
  create(
    'as a new node: itself with labels',
    '/api/v1/nodes',
    node('three', { 'node-restriction.kubernetes.io/x': 'a', 'kubernetes.io/x': 'a', 'example.com/x': 'a' }),
    { ...asNode, 'impersonate-user': 'system:node:three' },
  ),
  create('as a node: another', '/api/v1/nodes', node('other'), asNode),
  ...[
    { 'kubernetes.io/hostname': 'one', 'topology.kubernetes.io/zone': 'a', 'node.kubernetes.io/instance-type': 'x', 'beta.kubernetes.io/os': 'linux' },
    { 'node-restriction.kubernetes.io/x': 'a' },
    { 'kubernetes.io/x': 'a', 'foo.k8s.io/y': 'b' },
    { 'node-role.kubernetes.io/control-plane': '' },
    { 'kubelet.kubernetes.io/x': 'a', 'node.kubernetes.io/x': 'a', 'a.kubelet.kubernetes.io/x': 'a' },
    { 'example.com/x': 'a' },
  ].flatMap((labels, index) => [
    update(`as a node: labels ${index}`, '/api/v1/nodes/one', node('one', labels), asNode),
    { ...create(`as a node: status with labels ${index}`, '/api/v1/nodes/one/status', node('one', labels), asNode), method: 'PUT' } as Question,
  ]),
  update('as a node: another updated', '/api/v1/nodes/two', node('two'), asNode),
  update('as a node: taints', '/api/v1/nodes/one', node('one', {}, { taints: [{ key: 'a', effect: 'NoSchedule' }] }), asNode),
  update('as a node: owners', '/api/v1/nodes/one', node('one', {}, {}, owner({})), asNode),
  update('as a node: unschedulable', '/api/v1/nodes/one', node('one', {}, { unschedulable: true }), asNode),
  remove('as a node: itself deleted', '/api/v1/nodes/one', asNode),
  remove('as a node: another deleted', '/api/v1/nodes/two', asNode),
  create('as an odd node: a node', '/api/v1/nodes', node('odd'), asOddNode),
  create('as a node: a plain pod', pods('golden'), pod('golden', { nodeName: 'one' }), asNode),
  create('as a node: its mirror pod', pods('golden'), mirror(), asNode),
  create('as a node: a mirror pod elsewhere', pods('golden'), mirror({ nodeName: 'two' }), asNode),
  create('as a node: a mirror pod without owner', pods('golden'), mirror({}, { ownerReferences: [] }), asNode),
  create(
    'as a node: a mirror pod of two owners',
    pods('golden'),
    mirror({}, { ownerReferences: [...owner({}).ownerReferences, ...owner({ name: 'two', controller: false }).ownerReferences] }),
    asNode,
  ),
  ...[{ name: 'two' }, { kind: 'Pod' }, { controller: false }, { controller: undefined }, { blockOwnerDeletion: true }, { uid: 'other' }].map((each) =>
    create(`as a node: a mirror pod of owner ${JSON.stringify(each)}`, pods('golden'), mirror({}, owner(each)), asNode),
  ),
  create('as a node: a mirror pod of an account', pods('golden'), mirror({ serviceAccountName: 'puller' }), asNode),
  create('as a node: a mirror pod with a secret', pods('golden'), mirror({ volumes: [{ name: 'a', secret: { secretName: 'a' } }] }), asNode),
  create('as a node: a mirror pod with a claim', pods('golden'), mirror({ volumes: [{ name: 'a', persistentVolumeClaim: { claimName: 'a' } }] }), asNode),
  remove('as a node: its pod deleted', `${pods('golden')}/here`, asNode),
  remove('as a node: a pod elsewhere deleted', `${pods('golden')}/there`, asNode),
  remove('as a node: no pod deleted', `${pods('golden')}/nowhere`, asNode),
  {
    key: 'as a node: a pod given labels',
    method: 'PATCH',
    path: `${pods('golden')}/here${dry}`,
    headers: { ...asNode, 'content-type': 'application/merge-patch+json' },
    body: { metadata: { labels: { a: 'b' } } },
  },
  update('as a node: a claim', `${claims('golden')}/growing/status`, { ...grown('growing', 'fast', '1Gi'), status: { phase: 'Lost' } }, asNode),
  update(
    'as a node: a pod updated',
    `${pods('golden')}/here`,
    { ...pod('golden', { nodeName: 'one' }), metadata: { name: 'here', namespace: 'golden', labels: { a: 'b' } } },
    asNode,
  ),
  update(
    'as a node: status of its pod',
    `${pods('golden')}/here/status`,
    { ...pod('golden', { nodeName: 'one' }), metadata: { name: 'here', namespace: 'golden' }, status: { phase: 'Running' } },
    asNode,
  ),
  update(
    'as a node: labels in the status of its pod',
    `${pods('golden')}/here/status`,
    { ...pod('golden', { nodeName: 'one' }), metadata: { name: 'here', namespace: 'golden', labels: { a: 'b' } } },
    asNode,
  ),
  update(
    'as a node: status of a pod elsewhere',
    `${pods('golden')}/there/status`,
    { ...pod('golden', { nodeName: 'two' }), metadata: { name: 'there', namespace: 'golden' } },
    asNode,
  ),
  ...['here', 'there', 'nowhere'].map((name) =>
    create(
      `as a node: eviction of ${name}`,
      `${pods('golden')}/${name}/eviction`,
      { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'golden' } },
      asNode,
    ),
  ),
  tokenFor('default'),
  tokenFor('default', { kind: 'Pod', apiVersion: 'v1', name: 'here' }),
  tokenFor('default', { kind: 'Pod', apiVersion: 'v1', name: 'here', uid: 'x' }),
  tokenFor('default', { kind: 'Pod', apiVersion: 'v1', name: 'nowhere', uid: 'x' }),
  tokenFor('default', { kind: 'Secret', apiVersion: 'v1', name: 'here' }),
  create('as a node: its lease', leases, lease('one'), asNode),
  create('as a node: the lease of another', leases, lease('two'), asNode),
  create('as a node: its lease elsewhere', '/apis/coordination.k8s.io/v1/namespaces/golden/leases', lease('one', 'golden'), asNode),
  create(
    'as a node: its CSINode',
    '/apis/storage.k8s.io/v1/csinodes',
    { apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata: { name: 'one' }, spec: { drivers: [] } },
    asNode,
  ),
  create(
    'as a node: the CSINode of another',
    '/apis/storage.k8s.io/v1/csinodes',
    { apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata: { name: 'two' }, spec: { drivers: [] } },
    asNode,
  ),
  ...['one', 'two'].map((nodeName) =>
    create(
      `as a node: a slice of ${nodeName}`,
      '/apis/resource.k8s.io/v1/resourceslices',
      {
        apiVersion: 'resource.k8s.io/v1',
        kind: 'ResourceSlice',
        metadata: { name: 'new' },
        spec: { driver: 'a.example.com', nodeName, pool: { name: 'p', generation: 1, resourceSliceCount: 1 } },
      },
      asNode,
    ),
  ),
  create(
    'as a node: a slice of all',
    '/apis/resource.k8s.io/v1/resourceslices',
    {
      apiVersion: 'resource.k8s.io/v1',
      kind: 'ResourceSlice',
      metadata: { name: 'new' },
      spec: { driver: 'a.example.com', allNodes: true, pool: { name: 'p', generation: 1, resourceSliceCount: 1 } },
    },
    asNode,
  ),
  ...['configmaps/x', 'secrets/x', 'persistentvolumeclaims/growing', 'secrets'].map(
    (path): Question => ({ key: `as a node: GET ${path}`, method: 'GET', path: `/api/v1/namespaces/golden/${path}`, headers: asNode }),
  ),
  {
    key: 'as a node: pods',
    method: 'GET',
    path: '/api/v1/pods?fieldSelector=spec.nodeName%3Done&limit=1&resourceVersion=0',
    headers: { ...asNode, accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' },
  },
  { key: 'as a node: all pods', method: 'GET', path: '/api/v1/pods', headers: asNode },
]

const runtime = (name: string, more: Json = {}) =>
  make('/apis/node.k8s.io/v1/runtimeclasses', { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name }, handler: 'x', ...more })
const account = (name: string, more: Json = {}) =>
  make('/api/v1/namespaces/golden/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'golden' }, ...more })
const bound = (name: string, nodeName: string) =>
  make(pods('golden'), { ...pod('golden', { nodeName, automountServiceAccountToken: false }), metadata: { name, namespace: 'golden' } })

export const admission: Questionnaire = {
  setup: [
    ...inNamespace,
    account('puller', { imagePullSecrets: [{ name: 'pull' }], automountServiceAccountToken: false }),
    make('/api/v1/namespaces/golden/serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'holder', namespace: 'golden', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
      secrets: [{ name: 'known' }],
      imagePullSecrets: [{ name: 'pull' }],
      automountServiceAccountToken: false,
    }),
    account('automatic', { automountServiceAccountToken: true }),
    ...room('strict', level('restricted')),
    ...room('base', level('baseline')),
    ...room('old', level('restricted', { 'pod-security.kubernetes.io/enforce-version': 'v1.10' })),
    ...room('warned', { 'pod-security.kubernetes.io/warn': 'restricted', 'pod-security.kubernetes.io/audit': 'baseline' }),
    ...room('loose'),
    ...['a', 'b'].map((name) =>
      make(pods('loose'), { ...pod('loose', { hostNetwork: true }, { securityContext: { privileged: true } }), metadata: { name, namespace: 'loose' } }),
    ),
    make(pods('loose'), { ...pod('loose'), metadata: { name: 'c', namespace: 'loose' } }),
    ...room('limited'),
    range('limited', [
      {
        type: 'Container',
        min: { cpu: '50m', memory: '10Mi' },
        max: { cpu: '2', memory: '2Gi' },
        default: { cpu: '200m', memory: '100Mi' },
        defaultRequest: { cpu: '100m', memory: '50Mi' },
        maxLimitRequestRatio: { cpu: '4' },
      },
      { type: 'Pod', max: { cpu: '3' }, min: { memory: '20Mi' }, maxLimitRequestRatio: { memory: '2' } },
      { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '3Gi' } },
    ]),
    make('/apis/scheduling.k8s.io/v1/priorityclasses', priority('high', { preemptionPolicy: 'Never' })),
    make(
      '/apis/storage.k8s.io/v1/storageclasses',
      storageClass('fast', { allowVolumeExpansion: true }, { 'storageclass.kubernetes.io/is-default-class': 'true' }),
    ),
    make('/apis/storage.k8s.io/v1/storageclasses', storageClass('slow')),
    make('/apis/networking.k8s.io/v1/ingressclasses', ingressClass('usual', 'true')),
    ...room('counted'),
    ...quota('counted', 'amounts', { hard: { 'requests.cpu': '2', 'limits.memory': '2Gi', pods: '2', 'requests.example.com/gpu': '1' } }),
    ...quota('counted', 'counts', {
      hard: {
        services: '1',
        'services.nodeports': '1',
        'services.loadbalancers': '0',
        configmaps: '0',
        'count/deployments.apps': '0',
        'requests.storage': '10Gi',
        'fast.storageclass.storage.k8s.io/requests.storage': '5Gi',
      },
    }),
    ...room('full'),
    ...quota('full', 'none', { hard: { pods: '0', 'count/pods': '0' } }),
    ...room('scoped'),
    ...quota('scoped', 'best', { hard: { pods: '0' }, scopes: ['BestEffort'] }),
    ...quota('scoped', 'short', { hard: { 'limits.cpu': '500m' }, scopes: ['Terminating'] }),
    ...quota('scoped', 'high', {
      hard: { pods: '0' },
      scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] },
    }),
    runtime('strict', {
      overhead: { podFixed: { cpu: '10m', memory: '10Mi' } },
      scheduling: { nodeSelector: { kind: 'strict' }, tolerations: [{ key: 'strict', operator: 'Exists' }] },
    }),
    runtime('plain'),
    runtime('exempt'),
    make('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bare' } }),
    make('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ending' } }),
    { key: 'ending', method: 'DELETE', path: '/api/v1/namespaces/ending' },
    make('/api/v1/nodes', node('two')),
    make('/api/v1/nodes', node('one')),
    bound('here', 'one'),
    bound('there', 'two'),
    ...['growing fast', 'fixed slow', 'lost gone'].flatMap((each) => {
      const [name, className] = each.split(' ') as [string, string]
      return [make(claims('golden'), grown(name, className, '1Gi')), boundTo(name)]
    }),
  ],
  questions: [...ofSecurity, ...ofWorkloads, ...ofNamespaces, ...ofLimits, ...ofQuotas, ...ofPods, ...ofClasses, ...ofNodes],
}
