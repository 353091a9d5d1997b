/** A pod's other doors: status, binding, eviction, ephemeral containers, resize, and the ways to delete it. */
import { mutationsOf, updateEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const base = '/api/v1/namespaces/golden/pods'
const dry = 'dryRun=All&fieldValidation=Strict'
const web = { name: 'web', image: 'nginx:1.27' }
type Spec = Record<string, unknown>

const pod = (name: string, spec: Spec = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'golden', ...metadata },
  spec: { containers: [web], serviceAccountName: 'default', automountServiceAccountToken: false, ...spec },
})
const create = (object: { metadata: { name: string } }): Question => ({ key: `create ${object.metadata.name}`, method: 'POST', path: base, body: object })
const setStatus = (name: string, status: object): Question => ({
  key: `status of ${name}`,
  method: 'PATCH',
  path: `${base}/${name}/status`,
  headers: { 'content-type': 'application/merge-patch+json' },
  body: { status },
})
const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }

const told = pod('told', {
  nodeName: 'n1',
  initContainers: [{ ...web, name: 'first' }],
  resourceClaims: [{ name: 'gpu', resourceClaimTemplateName: 'gpu' }],
})
const containerStatus = (name: string) => ({
  name,
  state: { running: { startedAt: '2026-01-02T03:04:05Z' } },
  lastState: {
    terminated: {
      exitCode: 1,
      signal: 2,
      reason: 'Error',
      message: 'no',
      startedAt: '2026-01-02T03:04:05Z',
      finishedAt: '2026-01-02T03:04:06Z',
      containerID: 'cri://a',
    },
  },
  ready: true,
  restartCount: 1,
  image: 'nginx:1.27',
  imageID: 'nginx@sha256:1',
  containerID: 'cri://b',
  started: true,
  allocatedResources: { cpu: '1' },
  resources: { requests: { cpu: '1' } },
  volumeMounts: [{ name: 'data', mountPath: '/data', readOnly: true, recursiveReadOnly: 'Disabled' }],
  user: { linux: { uid: 1, gid: 2, supplementalGroups: [3] } },
  allocatedResourcesStatus: [{ name: 'claim:gpu', resources: [{ resourceID: 'a', health: 'Healthy' }] }],
  stopSignal: 'SIGTERM',
})
const status = {
  observedGeneration: 1,
  phase: 'Running',
  conditions: [
    {
      type: 'Ready',
      observedGeneration: 1,
      status: 'True',
      lastProbeTime: '2026-01-02T03:04:05Z',
      lastTransitionTime: '2026-01-02T03:04:05Z',
      reason: 'Fine',
      message: 'all is well',
    },
  ],
  message: 'm',
  reason: 'R',
  nominatedNodeName: 'n2',
  hostIP: '10.0.0.1',
  hostIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
  podIP: '10.1.0.1',
  podIPs: [{ ip: '10.1.0.1' }, { ip: 'fd01::1' }],
  startTime: '2026-01-02T03:04:05Z',
  initContainerStatuses: [{ ...containerStatus('first'), state: { terminated: { exitCode: 0 } } }],
  containerStatuses: [containerStatus('web')],
  qosClass: 'BestEffort',
  ephemeralContainerStatuses: [
    { name: 'debug', ready: false, restartCount: 0, image: 'busybox', imageID: '', state: { waiting: { reason: 'a', message: 'b' } } },
  ],
  resize: 'InProgress',
  resourceClaimStatuses: [{ name: 'gpu', resourceClaimName: 'gpu-1' }],
  extendedResourceClaimStatus: {
    requestMappings: [{ containerName: 'web', resourceName: 'example.com/gpu', requestName: 'r' }],
    resourceClaimName: 'c',
  },
  resources: { requests: { cpu: '1' }, limits: { cpu: '2' } },
  allocatedResources: { cpu: '1' },
}
const { extendedResourceClaimStatus: _, ...ownStatus } = status

const putStatus = (what: string, name: string, body: object): Question => ({
  key: `status ${what}`,
  method: 'PUT',
  path: `${base}/${name}/status?${dry}`,
  body,
})
const statuses: Question[] = [
  ...updateEach('status', `${base}/told/status`, { ...told, status: ownStatus }, { skip: ['metadata', 'spec'] }),
  putStatus('of extended resources', 'told', { ...told, status }),
  putStatus('with other spec and metadata', 'told', {
    ...pod(
      'told',
      { nodeName: 'n2' },
      { labels: { a: 'b' }, finalizers: ['example.com/x'], ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'x', uid: 'u' }] },
    ),
    status: { phase: 'Running' },
  }),
  putStatus('without a class', 'told', { ...told, status: { phase: 'Running' } }),
  putStatus('another class', 'told', { ...told, status: { qosClass: 'Guaranteed' } }),
  putStatus('resize of no kind', 'told', { ...told, status: { ...ownStatus, resize: 'x' } }),
  putStatus('three addresses', 'told', { ...told, status: { podIPs: [{ ip: '10.1.0.1' }, { ip: '10.1.0.2' }, { ip: 'fd01::1' }] } }),
  putStatus('two of a family', 'told', { ...told, status: { podIPs: [{ ip: '10.1.0.1' }, { ip: '10.1.0.2' }], hostIPs: [{ ip: 'x' }, { ip: '10.0.0.2' }] } }),
  putStatus('addresses that do not agree', 'told', {
    ...told,
    status: { podIP: '10.1.0.9', podIPs: [{ ip: '10.1.0.1' }], hostIP: '10.0.0.9', hostIPs: [{ ip: '10.0.0.1' }] },
  }),
  putStatus('addresses, of which one counts', 'told', { ...told, status: { podIP: '10.1.0.9', podIPs: [{ ip: '10.1.0.1' }, { ip: 'fd01::1' }] } }),
  putStatus('one address', 'told', { ...told, status: { podIP: '10.1.0.9' } }),
  putStatus('addresses without the one', 'told', { ...told, status: { podIPs: [{ ip: '10.1.0.1' }] } }),
  putStatus('odd addresses', 'told', { ...told, status: { podIP: '010.1.0.1', hostIPs: [{ ip: '::ffff:1.2.3.4' }] } }),
  putStatus('unknown claim', 'told', { ...told, status: { resourceClaimStatuses: [{ name: 'other' }, { name: 'gpu' }, { name: 'gpu' }] } }),
  putStatus('two conditions', 'told', {
    ...told,
    status: {
      conditions: [
        { type: 'a', status: 'x' },
        { type: 'a b', status: '' },
      ],
    },
  }),
  { ...putStatus('of no pod', 'none', { ...pod('none'), status: {} }) },
  { ...putStatus('under another name', 'told', { ...pod('other'), status: {} }) },
  {
    key: 'status of ended',
    method: 'PUT',
    path: `${base}/ended/status`,
    body: {
      ...pod('ended', { restartPolicy: 'Never', nodeName: 'n1' }),
      status: {
        phase: 'Failed',
        containerStatuses: [{ ...containerStatus('web'), state: { terminated: { exitCode: 1, finishedAt: '2026-01-02T03:04:05Z' } } }],
      },
    },
  },
  putStatus('runs again', 'ended', { ...pod('ended'), status: { phase: 'Running', containerStatuses: [containerStatus('web')] } }),
  putStatus('gone container', 'ended', { ...pod('ended'), status: { phase: 'Failed' } }),
  {
    key: 'status patched',
    method: 'PATCH',
    path: `${base}/told/status?${dry}`,
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    body: { status: { conditions: [{ type: 'example.com/ready', status: 'True' }] } },
  },
]

const door = (name: string, subresource: string, what: string, body: unknown, more: Partial<Question> = {}): Question => ({
  key: `${subresource} of ${name}, ${what}`,
  method: 'POST',
  path: `${base}/${name}/${subresource}${more.path ?? '?fieldValidation=Strict'}`,
  body,
  ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== 'path')),
})

const binding = {
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name: 'free', namespace: 'golden', labels: { l: 'm' }, annotations: { a: 'b' } },
  target: { apiVersion: 'v1', kind: 'Node', name: 'n1' },
}
const bind = (name: string, what: string, more: object = {}, path?: string): Question =>
  door(name, 'binding', what, { ...binding, metadata: { name }, ...more }, path === undefined ? {} : { path })
const show = (name: string, why: string): Question => ({ key: `${name} ${why}`, method: 'GET', path: `${base}/${name}`, whole: true })
const bindings: Question[] = [
  ...[...mutationsOf(binding)].map(({ name, object }) => door('free', 'binding', name, object, { path: `?${dry}` })),
  bind('free', 'dry', {}, `?${dry}`),
  show('free', 'before it is bound'),
  bind('free', 'other uid', { metadata: { name: 'free', uid: 'x' } }),
  bind('free', 'other revision', { metadata: { name: 'free', resourceVersion: '1' } }),
  bind('free', 'no target', { target: undefined }),
  bind('free', 'no target name', { target: { kind: 'Node' } }),
  bind('free', 'a target of another kind', { target: { kind: 'Pod', name: 'n1' } }),
  bind('free', 'well', { metadata: binding.metadata }),
  show('free', 'bound'),
  bind('free', 'again'),
  bind('gated', 'gated'),
  bind('none', 'no pod'),
  bind('going', 'on its way out'),
  { key: 'binding read', method: 'GET', path: `${base}/free/binding` },
  { key: 'binding deleted', method: 'DELETE', path: `${base}/free/binding` },
  { key: 'bindings, by their own resource', method: 'POST', path: '/api/v1/namespaces/golden/bindings', body: { ...binding, metadata: { name: 'free2' } } },
  { key: 'bindings, of no pod', method: 'POST', path: '/api/v1/namespaces/golden/bindings', body: { ...binding, metadata: { name: 'none' } } },
  { key: 'bindings, without a name', method: 'POST', path: '/api/v1/namespaces/golden/bindings', body: { ...binding, metadata: {} } },
  show('free2', 'bound by the resource'),
]

const eviction = {
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name: 'guarded', namespace: 'golden' },
  deleteOptions: { gracePeriodSeconds: 5, propagationPolicy: 'Background' },
}
const evict = (name: string, what: string, more: object = {}, path?: string): Question =>
  door(name, 'eviction', what, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, ...more }, path === undefined ? {} : { path })
const evictions: Question[] = [
  ...[...mutationsOf(eviction)].map(({ name, object }) => door('guarded', 'eviction', name, object, { path: `?${dry}` })),
  evict('guarded', 'refused'),
  evict('guarded', 'dry in the body', { deleteOptions: { dryRun: ['All'] } }),
  evict('guarded', 'dry of no kind', { deleteOptions: { dryRun: ['Some'] } }),
  evict('guarded', 'other uid', { deleteOptions: { preconditions: { uid: 'x' } } }),
  evict('guarded', 'ignoring what cannot be read', { deleteOptions: { ignoreStoreReadErrorWithClusterBreakingPotential: true } }),
  evict('guarded', 'under another name', { metadata: { name: 'x' } }),
  evict('guarded', 'without a name', { metadata: {} }),
  evict('guarded', 'v1beta1', { apiVersion: 'policy/v1beta1' }),
  evict('guarded', 'of another group', { apiVersion: 'v1' }),
  evict('guarded', 'of another kind', { kind: 'Pod' }),
  evict('guarded', 'without options', { deleteOptions: undefined }, ''),
  evict('none', 'no pod'),
  evict('twice', 'two budgets'),
  evict('failing', 'a budget that failed'),
  evict('stale', 'a budget not yet seen to'),
  evict('negative', 'a budget gone wrong'),
  evict('unwell', 'not ready, always allowed', {}, `?${dry}`),
  evict('unwell', 'not ready'),
  show('unwell', 'evicted'),
  evict('unwell2', 'not ready, budget not kept'),
  evict('unwell3', 'not ready, budget kept'),
  evict('pending', 'pending'),
  evict('ended', 'ended'),
  evict('spends', 'dry', {}, `?${dry}`),
  evict('spends', 'allowed'),
  show('spends', 'evicted'),
  { key: 'its budget', method: 'GET', path: '/apis/policy/v1/namespaces/golden/poddisruptionbudgets/spends', whole: true },
  evict('spends', 'again'),
  evict('spends2', 'after it was spent'),
  evict('unguarded', 'wrong revision', { deleteOptions: { preconditions: { resourceVersion: '1' } } }),
  evict('unguarded', 'free', { deleteOptions: { gracePeriodSeconds: 0 } }),
  show('unguarded', 'evicted'),
  { key: 'eviction read', method: 'GET', path: `${base}/guarded/eviction` },
]

const debug = { name: 'debug', image: 'busybox', targetContainerName: 'web', command: ['sh'], stdin: true, tty: true, env: [{ name: 'A', value: 'b' }] }
const ephemeral = (name: string, what: string, ephemeralContainers: unknown, more: object = {}, metadata: object = {}): Question => ({
  key: `ephemeral containers of ${name}, ${what}`,
  method: 'PUT',
  path: `${base}/${name}/ephemeralcontainers?${dry}`,
  body: { ...pod(name, { ...more, ephemeralContainers }, metadata) },
})
const ephemeralContainers: Question[] = [
  ...updateEach('ephemeral containers', `${base}/debugged/ephemeralcontainers`, pod('debugged', { ephemeralContainers: [debug] }), {
    skip: ['metadata', 'spec.containers', 'spec.serviceAccountName'],
  }),
  ephemeral('debugged', 'of a target that is not there', [{ ...debug, targetContainerName: 'x' }]),
  ephemeral('debugged', 'with the name of a container', [{ ...debug, name: 'web' }]),
  ephemeral('debugged', 'with ports, probes and hooks', [
    {
      ...debug,
      ports: [{ containerPort: 80 }],
      livenessProbe: { exec: { command: ['a'] } },
      readinessProbe: { exec: { command: ['a'] } },
      startupProbe: { exec: { command: ['a'] } },
      lifecycle: { preStop: { sleep: { seconds: 1 } } },
      resources: { limits: { cpu: '1' } },
      restartPolicy: 'Always',
      resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
      volumeMounts: [{ name: 'x', mountPath: '/x', subPath: 'a' }],
      volumeDevices: [{ name: 'x', devicePath: '/x' }],
    },
  ]),
  ephemeral('debugged', 'and another image', [debug], { containers: [{ ...web, image: 'nginx:2' }], nodeName: 'n9' }, { labels: { a: 'b' } }),
  {
    key: 'ephemeral containers added',
    method: 'PATCH',
    path: `${base}/debugged/ephemeralcontainers`,
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    body: { spec: { ephemeralContainers: [debug] } },
    whole: true,
  },
  ephemeral('debugged', 'changed', [{ ...debug, image: 'busybox:2' }]),
  ephemeral('debugged', 'gone', []),
  ephemeral('debugged', 'one more', [debug, { name: 'more', image: 'busybox' }]),
  ephemeral('mirror', 'of a static pod', [debug]),
  ephemeral('none', 'of no pod', [debug]),
  { key: 'ephemeral containers read', method: 'GET', path: `${base}/debugged/ephemeralcontainers` },
  { key: 'ephemeral containers deleted', method: 'DELETE', path: `${base}/debugged/ephemeralcontainers` },
]

const sized = (cpu: string, memory: string, limit = '2') => ({ requests: { cpu, memory }, limits: { cpu: limit, memory: '1Gi' } })
const resizable = (resources: object = sized('1', '512Mi'), more: Spec = {}) => ({
  initContainers: [
    { ...web, name: 'first', resources: sized('1', '512Mi') },
    { ...web, name: 'side', restartPolicy: 'Always', resources: sized('1', '512Mi'), resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }] },
  ],
  containers: [{ ...web, resources, resizePolicy: [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }] }],
  ...more,
})
const resize = (name: string, what: string, spec: Spec, more: object = {}): Question => ({
  key: `resize of ${name}, ${what}`,
  method: 'PUT',
  path: `${base}/${name}/resize?${dry}`,
  body: { ...pod(name, spec), ...more },
})
const init = resizable().initContainers
const gpu = {
  ...sized('1', '512Mi'),
  limits: { ...sized('1', '512Mi').limits, 'example.com/gpu': '1' },
  requests: { ...sized('1', '512Mi').requests, 'example.com/gpu': '1' },
}
const both = (cpu: string) => ({ requests: { cpu, memory: '1Gi' }, limits: { cpu, memory: '1Gi' } })
const resizes: Question[] = [
  ...updateEach('resize', `${base}/sized/resize`, pod('sized', resizable(sized('1500m', '600Mi'))), { skip: ['metadata', 'spec.serviceAccountName'] }),
  resize('sized', 'beyond its limit', resizable(sized('3', '512Mi'))),
  resize('sized', 'a limit gone', resizable({ requests: sized('1', '512Mi').requests, limits: { cpu: '2' } })),
  resize('sized', 'requests gone', resizable({ limits: sized('1', '512Mi').limits })),
  resize('sized', 'all gone', resizable({})),
  resize('sized', 'a device', resizable(gpu)),
  resize('sized', 'guaranteed', { initContainers: init.map((each) => ({ ...each, resources: both('1') })), containers: [{ ...web, resources: both('1') }] }),
  resize('sized', 'init container', resizable(undefined, { initContainers: [{ ...init[0], resources: sized('1500m', '512Mi') }, init[1]] })),
  resize(
    'sized',
    'init container by restart',
    resizable(undefined, {
      initContainers: [{ ...init[0], resources: sized('1500m', '512Mi'), resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] }, init[1]],
    }),
  ),
  resize('sized', 'sidecar', resizable(undefined, { initContainers: [init[0], { ...init[1], resources: sized('1500m', '512Mi') }] })),
  resize('sized', 'sidecar with a device', resizable(undefined, { initContainers: [init[0], { ...init[1], resources: gpu }] })),
  resize('sized', 'containers in another order', resizable(undefined, { initContainers: [...init].reverse() })),
  resize('sized', 'a container more', resizable(undefined, { containers: [web, { ...web, name: 'b' }] })),
  resize('sized', 'a container of another name', resizable(undefined, { containers: [{ ...web, name: 'b' }] })),
  resize('sized', 'no init containers', { containers: resizable().containers }),
  resize('sized', 'and another image and labels', resizable(sized('1500m', '512Mi'), { nodeName: 'n9' }), {
    metadata: { name: 'sized', labels: { a: 'b' } },
    status: { phase: 'Failed' },
  }),
  resize('sized', 'pod level added', resizable(undefined, { resources: { requests: { cpu: '4' } } })),
  resize('sized', 'memory limit below', resizable({ requests: { cpu: '1', memory: '256Mi' }, limits: { cpu: '2', memory: '512Mi' } })),
  {
    key: 'resize done',
    method: 'PATCH',
    path: `${base}/sized/resize`,
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    body: { spec: { containers: [{ name: 'web', resources: { requests: { cpu: '1200m' } } }] } },
    whole: true,
  },
  resize('whole', 'pod level', { resources: { requests: { cpu: '3', memory: '1Gi' }, limits: { cpu: '4', memory: '1Gi' } } }),
  resize('whole', 'pod level gone', {}),
  resize('whole', 'pod level request gone', { resources: { requests: { cpu: '2' }, limits: { cpu: '4', memory: '1Gi' } } }),
  resize('whole', 'pod level limit gone', { resources: { requests: { cpu: '2', memory: '1Gi' }, limits: { cpu: '4' } } }),
  resize('whole', 'pod level beyond', { resources: { requests: { cpu: '5', memory: '1Gi' }, limits: { cpu: '4', memory: '1Gi' } } }),
  resize('whole', 'pod level hugepages', {
    resources: { requests: { cpu: '2', memory: '1Gi', 'hugepages-2Mi': '2Mi' }, limits: { cpu: '4', memory: '1Gi', 'hugepages-2Mi': '2Mi' } },
  }),
  resize('whole', 'pod level of storage', {
    resources: { requests: { cpu: '2', memory: '1Gi', 'ephemeral-storage': '1Gi' }, limits: { cpu: '4', memory: '1Gi' } },
  }),
  resize('whole', 'container level', {
    resources: { requests: { cpu: '2', memory: '1Gi' }, limits: { cpu: '4', memory: '1Gi' } },
    containers: [{ ...web, resources: { requests: { cpu: '1' } } }],
  }),
  resize('mirror', 'of a static pod', {}),
  resize('windows', 'of a windows pod', {}),
  resize('plain', 'to burstable', { containers: [{ ...web, resources: { requests: { cpu: '1' } } }] }),
  resize('none', 'of no pod', {}),
  resize('noded', 'well', resizable(sized('1500m', '512Mi'))),
  resize('noded', 'beyond its node', resizable({ requests: { cpu: '9', memory: '512Mi' }, limits: { cpu: '9', memory: '1Gi' } })),
  resize('noded', 'beyond its node twice', resizable({ requests: { cpu: '9', memory: '9Gi' }, limits: { cpu: '9', memory: '9Gi' } })),
  resize('noded', 'nothing changed', resizable()),
  resize('lost', 'on no node that is there', resizable(sized('1500m', '512Mi'))),
  resize('windowed', 'on a windows node', resizable(sized('1500m', '512Mi'))),
  resize('old', 'on a node that cannot', resizable(sized('1500m', '512Mi'))),
  { key: 'resize read', method: 'GET', path: `${base}/sized/resize` },
]

const applied = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'applied', labels: { a: 'b' } } }
const apply = (manager: string, subresource: string, more: object): Question => ({
  key: `apply by ${manager} to ${subresource}`,
  method: 'PATCH',
  path: `${base}/applied/${subresource}?fieldManager=${manager}&force=true`,
  headers: { 'content-type': 'application/apply-patch+yaml' },
  body: { ...applied, ...more },
  whole: true,
})
const applies: Question[] = [
  apply('resizer', 'resize', { spec: { containers: [{ ...web, resources: { requests: { cpu: '2' } } }] } }),
  apply('debugger', 'ephemeralcontainers', { spec: { ephemeralContainers: [debug], containers: [web] } }),
  apply('kubelet', 'status', { status: { message: 'm' } }),
  apply('all', 'status', { spec: { containers: [web] }, status: { message: 'm' } }),
]

const remove = (name: string, what: string, body?: unknown, query = ''): Question => ({
  key: `delete ${name} ${what}`,
  method: 'DELETE',
  path: `${base}/${name}${query}`,
  ...(body === undefined ? {} : { body }),
})
const options = {
  apiVersion: 'v1',
  kind: 'DeleteOptions',
  gracePeriodSeconds: 7,
  preconditions: { uid: '11111111-2222-3333-4444-555555555555', resourceVersion: '1' },
  propagationPolicy: 'Background',
  dryRun: ['All'],
  ignoreStoreReadErrorWithClusterBreakingPotential: false,
}
const removals: Question[] = [
  remove('noded', 'with all options', options),
  ...[...mutationsOf(options)].map(({ name, object }) => remove('noded', name, object, '?fieldValidation=Strict')),
  remove('noded', 'both policies', { orphanDependents: true, propagationPolicy: 'Orphan' }),
  remove('noded', 'orphaning', { orphanDependents: true, dryRun: ['All'] }),
  remove('noded', 'in the foreground', { propagationPolicy: 'Foreground', dryRun: ['All'] }),
  remove('noded', 'forced, but with a grace period', { gracePeriodSeconds: -1, dryRun: ['All'] }),
  remove('noded', 'ignoring what cannot be read', { ignoreStoreReadErrorWithClusterBreakingPotential: true }),
  remove('noded', 'by query', undefined, '?gracePeriodSeconds=3&propagationPolicy=Orphan&dryRun=All'),
  remove('noded', 'by a wrong query', undefined, '?gracePeriodSeconds=x'),
  remove('noded', 'by a query of no policy', undefined, '?propagationPolicy=x'),
  remove('noded', 'by both', { gracePeriodSeconds: 4 }, '?gracePeriodSeconds=3&dryRun=All'),
  remove('noded', 'by DeleteOptions of another kind', { apiVersion: 'v1', kind: 'Pod' }),
  remove('noded', 'gracefully'),
  show('noded', 'on its way'),
  remove('noded', 'with a longer grace period', { gracePeriodSeconds: 60 }),
  remove('noded', 'with a shorter one', { gracePeriodSeconds: 10 }),
  {
    key: 'update of what goes',
    method: 'PUT',
    path: `${base}/noded?${dry}`,
    body: pod('noded', resizable(undefined, { nodeName: 'n1' }), { finalizers: ['example.com/late'] }),
  },
  remove('noded', 'at once', { gracePeriodSeconds: 0 }),
  remove('noded', 'that is gone'),
  remove('kept', 'with a finalizer'),
  remove('kept', 'with a finalizer, again'),
  {
    key: 'finalizer added to what goes',
    method: 'PATCH',
    path: `${base}/kept`,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { metadata: { finalizers: ['example.com/keep', 'example.com/late'] } },
  },
  {
    key: 'finalizer taken away',
    method: 'PATCH',
    path: `${base}/kept`,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { metadata: { finalizers: null } },
  },
  remove('kept', 'that has gone by its finalizer'),
  remove('orphaned', 'orphaning', { propagationPolicy: 'Orphan' }),
  show('orphaned', 'being orphaned'),
  remove('front', 'in the foreground', { propagationPolicy: 'Foreground' }),
  show('front', 'in the foreground'),
  { key: 'delete collection of no policy', method: 'DELETE', path: `${base}?labelSelector=app%3Dx`, body: { propagationPolicy: 'x' } },
  { key: 'delete collection dry', method: 'DELETE', path: `${base}?labelSelector=app%3Dx&dryRun=All` },
  { key: 'delete collection', method: 'DELETE', path: `${base}?labelSelector=app%3Dx` },
  { key: 'delete collection again', method: 'DELETE', path: `${base}?labelSelector=app%3Dx` },
]

const budget = (name: string, labels: object, status: object | undefined, spec: object = { minAvailable: 1 }): Question[] => [
  {
    key: `budget ${name}`,
    method: 'POST',
    path: '/apis/policy/v1/namespaces/golden/poddisruptionbudgets',
    body: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name }, spec: { ...spec, selector: { matchLabels: labels } } },
  },
  ...(status === undefined
    ? []
    : [
        {
          key: `budget status ${name}`,
          method: 'PATCH' as const,
          path: `/apis/policy/v1/namespaces/golden/poddisruptionbudgets/${name}/status`,
          headers: { 'content-type': 'application/merge-patch+json' },
          body: { status: { observedGeneration: 1, currentHealthy: 1, desiredHealthy: 1, expectedPods: 2, disruptionsAllowed: 0, ...status } },
        },
      ]),
]
const guarded = (name: string, app: string, status: object = ready, more: object = {}): Question[] => [
  create(pod(name, { nodeName: 'n1' }, { labels: { app, ...more } })),
  setStatus(name, status),
]
const node = (name: string, os: string, cpu: string): Question[] => [
  {
    key: `node ${name}`,
    method: 'POST',
    path: '/api/v1/nodes',
    body: { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/os': os } } },
  },
  {
    key: `node ${name} status`,
    method: 'PATCH',
    path: `/api/v1/nodes/${name}/status`,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { status: { allocatable: { cpu, memory: '4Gi' }, capacity: { cpu, memory: '4Gi' }, declaredFeatures: ['InPlacePodLevelResourcesVerticalScaling'] } },
  },
]

export const podDoors: Questionnaire = {
  setup: [
    ...inNamespace,
    ...node('n1', 'linux', '4'),
    ...node('nw', 'windows', '4'),
    create(told),
    create(pod('ended', { restartPolicy: 'Never', nodeName: 'n1' })),
    create(pod('free')),
    create(pod('free2')),
    create(pod('gated', { schedulingGates: [{ name: 'g' }] })),
    create(pod('going', {}, { finalizers: ['example.com/keep'] })),
    { key: 'going goes', method: 'DELETE', path: `${base}/going` },
    ...guarded('guarded', 'none-allowed'),
    ...budget('none-allowed', { app: 'none-allowed' }, {}),
    ...guarded('twice', 'twice'),
    ...budget('twice-a', { app: 'twice' }, {}),
    ...budget('twice-b', { app: 'twice' }, {}),
    ...guarded('failing', 'failing'),
    ...budget(
      'failing',
      { app: 'failing' },
      { conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: 'it broke', lastTransitionTime: '2026-01-02T03:04:05Z' }] },
    ),
    ...guarded('stale', 'stale'),
    ...budget('stale', { app: 'stale' }, undefined),
    ...guarded('negative', 'negative'),
    ...budget('negative', { app: 'negative' }, { disruptionsAllowed: 0, disruptedPods: {} }),
    ...guarded('unwell', 'unwell', { phase: 'Running' }),
    ...budget('unwell', { app: 'unwell' }, {}, { minAvailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' }),
    ...guarded('unwell2', 'unwell2', { phase: 'Running' }),
    ...budget('unwell2', { app: 'unwell2' }, { currentHealthy: 0 }),
    ...guarded('unwell3', 'unwell3', { phase: 'Running' }),
    ...budget('unwell3', { app: 'unwell3' }, { currentHealthy: 1 }),
    create(pod('pending', {}, { labels: { app: 'none-allowed' } })),
    ...guarded('spends', 'spends'),
    ...guarded('spends2', 'spends'),
    ...budget('spends', { app: 'spends' }, { disruptionsAllowed: 1, currentHealthy: 2 }),
    ...guarded('unguarded', 'unguarded'),
    create(pod('debugged')),
    create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'mirror', namespace: 'golden', annotations: { 'kubernetes.io/config.mirror': 'x' } },
      spec: { containers: [web], nodeName: 'n1' },
    } as never),
    create(pod('sized', resizable())),
    create(pod('whole', { resources: { requests: { cpu: '2', memory: '1Gi' }, limits: { cpu: '4', memory: '1Gi' } } })),
    create(pod('windows', { os: { name: 'windows' } })),
    create(pod('plain')),
    create(pod('applied', { containers: [{ ...web, resources: { requests: { cpu: '1' } } }] })),
    create(pod('noded', resizable(undefined, { nodeName: 'n1' }))),
    create(pod('lost', resizable(undefined, { nodeName: 'n9' }))),
    create(pod('windowed', resizable(undefined, { nodeName: 'nw' }))),
    create(pod('old', resizable(undefined, { nodeName: 'n1' }))),
    setStatus('old', { phase: 'Running', containerStatuses: [{ name: 'web', image: 'a', imageID: '', ready: true, restartCount: 0, state: { running: {} } }] }),
    create(pod('kept', {}, { finalizers: ['example.com/keep'] })),
    create(pod('orphaned')),
    create(pod('front')),
    create(pod('one', {}, { labels: { app: 'x' } })),
    create(pod('two', { nodeName: 'n1' }, { labels: { app: 'x' } })),
  ],
  questions: [...statuses, ...bindings, ...evictions, ...ephemeralContainers, ...resizes, ...applies, ...removals],
}
