/** Of every built-in kind objects whose columns show all that they can show: `[path of the collection, objects]`, each with its status. */
const ns = (group: string, plural: string): string => `${group === '' ? '/api/v1' : `/apis/${group}`}/namespaces/golden/${plural}`
const top = (group: string, plural: string): string => `${group === '' ? '/api/v1' : `/apis/${group}`}/${plural}`
const past = '2024-01-02T03:04:05Z'
const micro = '2024-01-02T03:04:05.000006Z'

interface Shown {
  readonly metadata: { readonly name: string; readonly [key: string]: unknown }
  readonly status?: unknown
  readonly [key: string]: unknown
}
export interface ShownKind {
  readonly kind: string
  readonly apiVersion: string
  readonly path: string
  readonly objects: readonly Shown[]
}

/** Objects by name: each body gets its metadata and the label that finds it again. */
function shown(kind: string, group: string, path: string, bodies: Readonly<Record<string, Record<string, unknown>>>): ShownKind {
  return {
    kind,
    apiVersion: group === '' ? 'v1' : group,
    path,
    objects: Object.entries(bodies).map(([name, { metadata, ...body }]) => ({
      ...body,
      metadata: { ...(metadata as object), name, labels: { ...((metadata as any)?.labels ?? {}), table: 'shown' } },
    })),
  }
}

const container = (name: string, more: object = {}) => ({ name, image: `${name}:1`, ...more })
const pod = (spec: object, status: object, metadata: object = {}) => ({
  metadata,
  spec: { restartPolicy: 'Always', containers: [container('a'), container('b')], ...spec },
  status,
})
const ended = (exitCode: number, more: object = {}) => ({ terminated: { exitCode, finishedAt: past, ...more } })
const running = { running: { startedAt: past } }
const waiting = (reason?: string) => ({ waiting: reason ? { reason } : {} })
const status = (name: string, state: object, more: object = {}) => ({ name, image: name, imageID: '', ready: false, restartCount: 0, state, ...more })
const of = (type: string, value: string, reason?: string) => ({ type, status: value, ...(reason ? { reason } : {}), lastTransitionTime: past })
const init = { initContainers: [container('i'), container('s', { restartPolicy: 'Always' }), container('j')] }
const sidecar = (more: object = {}) => status('s', running, { started: true, ready: true, restartCount: 2, ...more })

const pods = shown('Pod', '', ns('', 'pods'), {
  'both-run': pod(
    { nodeName: 'one' },
    {
      phase: 'Running',
      podIP: '10.0.0.1',
      podIPs: [{ ip: '10.0.0.1' }, { ip: 'fd00::1' }],
      containerStatuses: [
        status('a', running, { ready: true, restartCount: 3, lastState: ended(1) }),
        status('b', running, { ready: true, restartCount: 2, lastState: { terminated: { exitCode: 0, finishedAt: '2024-02-02T03:04:05Z' } } }),
      ],
    },
  ),
  'restarted-when-unknown': pod({}, { phase: 'Running', containerStatuses: [status('a', running, { ready: true, restartCount: 3 })] }),
  'no-status': pod({}, {}),
  'nominated-gated': pod(
    { readinessGates: [{ conditionType: 'example.com/a' }, { conditionType: 'example.com/b' }, { conditionType: 'example.com/c' }] },
    { phase: 'Pending', nominatedNodeName: 'two', conditions: [of('example.com/a', 'True'), of('example.com/b', 'False')] },
  ),
  'scheduling-gated': pod(
    { schedulingGates: [{ name: 'example.com/wait' }] },
    { phase: 'Pending', conditions: [of('PodScheduled', 'False', 'SchedulingGated')] },
  ),
  evicted: pod({}, { phase: 'Failed', reason: 'Evicted', message: 'no room' }),
  succeeded: pod(
    {},
    { phase: 'Succeeded', containerStatuses: [status('a', ended(0, { reason: 'Completed' })), status('b', ended(0, { reason: 'Completed' }))] },
  ),
  'one-completed-ready': pod(
    {},
    {
      phase: 'Running',
      conditions: [of('Ready', 'True')],
      containerStatuses: [status('a', ended(0, { reason: 'Completed' })), status('b', running, { ready: true })],
    },
  ),
  'one-completed-not-ready': pod(
    {},
    { phase: 'Running', containerStatuses: [status('a', ended(0, { reason: 'Completed' })), status('b', running, { ready: true })] },
  ),
  'one-completed-one-failed': pod({}, { phase: 'Running', containerStatuses: [status('a', ended(0, { reason: 'Completed' })), status('b', ended(3))] }),
  'ended-by-signal': pod({}, { phase: 'Running', containerStatuses: [status('a', ended(0, { signal: 9 })), status('b', running)] }),
  'ended-with-code': pod({}, { phase: 'Running', containerStatuses: [status('a', ended(7)), status('b', running)] }),
  'ended-with-reason': pod({}, { phase: 'Running', containerStatuses: [status('a', ended(7, { reason: 'OOMKilled' })), status('b', running)] }),
  'waits-for-image': pod({}, { phase: 'Pending', containerStatuses: [status('a', waiting('ImagePullBackOff')), status('b', waiting())] }),
  'inits-first': pod(init, {
    phase: 'Pending',
    initContainerStatuses: [status('i', waiting('PodInitializing'), { restartCount: 4 }), status('s', waiting()), status('j', waiting())],
  }),
  'init-second': pod(init, { phase: 'Pending', initContainerStatuses: [status('i', ended(0)), sidecar({ lastState: ended(1) }), status('j', running)] }),
  'init-failed-code': pod(init, { phase: 'Pending', initContainerStatuses: [status('i', ended(2), { restartCount: 4, lastState: ended(2) })] }),
  'init-failed-signal': pod(init, { phase: 'Pending', initContainerStatuses: [status('i', ended(2, { signal: 11 }))] }),
  'init-failed-reason': pod(init, { phase: 'Pending', initContainerStatuses: [status('i', ended(2, { reason: 'Error' }))] }),
  'init-waits': pod(init, { phase: 'Pending', initContainerStatuses: [status('i', waiting('CrashLoopBackOff'), { restartCount: 1 })] }),
  'init-done-by-condition': pod(init, {
    phase: 'Running',
    conditions: [of('Initialized', 'True')],
    initContainerStatuses: [status('i', ended(0), { restartCount: 1 }), status('s', waiting('CrashLoopBackOff'), { restartCount: 5, lastState: ended(1) })],
    containerStatuses: [status('a', running, { ready: true, restartCount: 1 }), status('b', running)],
  }),
  'sidecar-runs': pod(init, {
    phase: 'Running',
    initContainerStatuses: [status('i', ended(0)), sidecar(), status('j', ended(0))],
    containerStatuses: [status('a', running, { ready: true }), status('b', running, { ready: true })],
  }),
  unreachable: pod({}, { phase: 'Running', reason: 'NodeLost', conditions: [of('Ready', 'Unknown')] }),
})

const template = (labels: object = { app: 'web' }) => ({
  metadata: { labels },
  spec: { containers: [container('a'), { name: 'b', image: 'registry.example.com/b@sha256:0' }], nodeSelector: { disk: 'fast', arch: 'x' } },
})
const selector = {
  matchLabels: { app: 'web' },
  matchExpressions: [
    { key: 'app', operator: 'In', values: ['web', 'api'] },
    { key: 'tier', operator: 'DoesNotExist' },
    { key: 'zone', operator: 'NotIn', values: ['b', 'a'] },
    { key: 'app', operator: 'Exists' },
  ],
}
const counts = { replicas: 5, readyReplicas: 4, availableReplicas: 3 }
const workloads = [
  shown('ReplicationController', '', ns('', 'replicationcontrollers'), {
    full: { spec: { replicas: 3, selector: { app: 'web', tier: 'x' }, template: template({ app: 'web', tier: 'x' }) }, status: counts },
    none: { spec: { replicas: 0, selector: { app: 'web' }, template: template() } },
  }),
  shown('ReplicaSet', 'apps/v1', ns('apps/v1', 'replicasets'), { full: { spec: { replicas: 3, selector, template: template() }, status: counts } }),
  shown('Deployment', 'apps/v1', ns('apps/v1', 'deployments'), {
    full: { spec: { replicas: 3, selector, template: template() }, status: { ...counts, updatedReplicas: 2 } },
    none: { spec: { replicas: 0, paused: true, selector: { matchLabels: { app: 'web' } }, template: template() } },
  }),
  shown('StatefulSet', 'apps/v1', ns('apps/v1', 'statefulsets'), {
    full: { spec: { replicas: 3, serviceName: 'x', selector, template: template() }, status: counts },
  }),
  shown('DaemonSet', 'apps/v1', ns('apps/v1', 'daemonsets'), {
    full: {
      spec: { selector, template: template() },
      status: { currentNumberScheduled: 1, numberMisscheduled: 2, desiredNumberScheduled: 3, numberReady: 4, updatedNumberScheduled: 5, numberAvailable: 6 },
    },
    bare: { spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [container('a')] } } } },
  }),
  shown('ControllerRevision', 'apps/v1', ns('apps/v1', 'controllerrevisions'), {
    owned: {
      metadata: {
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: '11111111-2222-3333-4444-555555555555', controller: true }],
      },
      revision: 3,
      data: {},
    },
    'owned-by-core': {
      metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'web', uid: '11111111-2222-3333-4444-555555555555', controller: true }] },
      revision: 4,
      data: {},
    },
    free: { revision: 0, data: {} },
  }),
  shown('PodTemplate', '', ns('', 'podtemplates'), { full: { template: template() }, bare: { template: { spec: { containers: [container('a')] } } } }),
  shown('Job', 'batch/v1', ns('batch/v1', 'jobs'), {
    runs: { spec: { completions: 5, parallelism: 2, template: jobTemplate() }, status: { startTime: past, succeeded: 2, active: 1, ready: 1 } },
    queue: { spec: { parallelism: 3, template: jobTemplate() } },
    one: { spec: { template: jobTemplate() } },
    suspended: { spec: { suspend: true, template: jobTemplate() }, status: { conditions: [of('Suspended', 'True')] } },
    done: {
      spec: { completions: 1, template: jobTemplate() },
      status: {
        startTime: past,
        completionTime: '2024-01-02T04:05:06Z',
        succeeded: 1,
        conditions: [of('SuccessCriteriaMet', 'True'), of('Complete', 'True')],
        uncountedTerminatedPods: {},
      },
    },
    failing: { spec: { template: jobTemplate() }, status: { startTime: past, conditions: [of('FailureTarget', 'True', 'BackoffLimitExceeded')] } },
    failed: {
      spec: { template: jobTemplate() },
      status: { startTime: past, conditions: [of('FailureTarget', 'True'), of('Failed', 'True')], uncountedTerminatedPods: {} },
    },
    succeeding: { spec: { completions: 1, template: jobTemplate() }, status: { startTime: past, conditions: [of('SuccessCriteriaMet', 'True')] } },
  }),
  shown('CronJob', 'batch/v1', ns('batch/v1', 'cronjobs'), {
    full: {
      spec: { schedule: '*/5 * * * *', timeZone: 'Europe/Berlin', suspend: true, jobTemplate: { spec: { template: jobTemplate() } } },
      status: { lastScheduleTime: past, lastSuccessfulTime: past, active: [{ kind: 'Job', name: 'a', apiVersion: 'batch/v1' }] },
    },
    bare: { spec: { schedule: '@daily', jobTemplate: { spec: { template: jobTemplate() } } } },
  }),
]
function jobTemplate() {
  return { spec: { restartPolicy: 'Never', containers: [container('a'), container('b')] } }
}

const scaled = { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 5 }
const resource = (name: string, target: object) => ({ type: 'Resource', resource: { name, target } })
const autoscalers = shown('HorizontalPodAutoscaler', 'autoscaling/v2', ns('autoscaling/v2', 'horizontalpodautoscalers'), {
  defaults: { spec: scaled },
  utilization: {
    spec: { ...scaled, minReplicas: 2, metrics: [resource('cpu', { type: 'Utilization', averageUtilization: 50 })] },
    status: {
      currentReplicas: 3,
      desiredReplicas: 4,
      currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 70, averageValue: '700m' } } }],
    },
  },
  'value-and-container': {
    spec: {
      ...scaled,
      metrics: [
        resource('memory', { type: 'AverageValue', averageValue: '100Mi' }),
        { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'a', target: { type: 'Utilization', averageUtilization: 10 } } },
      ],
    },
    status: {
      currentReplicas: 1,
      desiredReplicas: 1,
      currentMetrics: [
        { type: 'Resource', resource: { name: 'memory', current: { averageValue: '104857600' } } },
        { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'a', current: { averageValue: '5m' } } },
      ],
    },
  },
  'container-value-and-pods': {
    spec: {
      ...scaled,
      metrics: [
        { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'a', target: { type: 'AverageValue', averageValue: '0.5' } } },
        { type: 'Pods', pods: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '1k' } } },
      ],
    },
    status: {
      currentReplicas: 1,
      desiredReplicas: 1,
      currentMetrics: [
        { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'a', current: { averageValue: '5m' } } },
        { type: 'Pods', pods: { metric: { name: 'queue' }, current: { averageValue: '1500' } } },
      ],
    },
  },
  objects: {
    spec: {
      ...scaled,
      metrics: [
        { type: 'Object', object: { describedObject: { kind: 'Service', name: 's' }, metric: { name: 'a' }, target: { type: 'Value', value: '3' } } },
        {
          type: 'Object',
          object: { describedObject: { kind: 'Service', name: 's' }, metric: { name: 'b' }, target: { type: 'AverageValue', averageValue: '4' } },
        },
      ],
    },
    status: {
      currentReplicas: 1,
      desiredReplicas: 1,
      currentMetrics: [{ type: 'Object', object: { describedObject: { kind: 'Service', name: 's' }, metric: { name: 'a' }, current: { value: '2500m' } } }],
    },
  },
  externals: {
    spec: {
      ...scaled,
      metrics: [
        { type: 'External', external: { metric: { name: 'a' }, target: { type: 'Value', value: '3' } } },
        { type: 'External', external: { metric: { name: 'b' }, target: { type: 'AverageValue', averageValue: '4' } } },
        { type: 'External', external: { metric: { name: 'c' }, target: { type: 'Value', value: '5' } } },
      ],
    },
    status: {
      currentReplicas: 1,
      desiredReplicas: 1,
      currentMetrics: [
        { type: 'External', external: { metric: { name: 'a' }, current: { value: '1' } } },
        { type: 'External', external: { metric: { name: 'b' }, current: { value: '1', averageValue: '2' } } },
      ],
    },
  },
})

const port = (number: number, more: object = {}) => ({ name: `p${number}`, port: number, ...more })
const network = [
  shown('Service', '', ns('', 'services'), {
    cluster: { spec: { clusterIP: '10.96.77.1', selector: { app: 'web', tier: 'x' }, ports: [port(80), port(53, { protocol: 'UDP' })] } },
    headless: { spec: { clusterIP: 'None' } },
    external: { spec: { type: 'ExternalName', externalName: 'example.com' } },
    'external-ips': { spec: { clusterIP: '10.96.77.2', externalIPs: ['192.0.2.1', '192.0.2.2'], ports: [port(80)] } },
    node: { spec: { type: 'NodePort', clusterIP: '10.96.77.3', ports: [port(80, { nodePort: 30777 })] } },
    pending: { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, clusterIP: '10.96.77.4', ports: [port(80)] } },
    balanced: {
      spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, clusterIP: '10.96.77.5', ports: [port(80)] },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.9' }, { hostname: 'b.example.com' }, { hostname: 'a.example.com' }] } },
    },
    'balanced-with-external': {
      spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, clusterIP: '10.96.77.6', externalIPs: ['192.0.2.1'], ports: [port(80)] },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.9' }] } },
    },
  }),
  shown('Endpoints', '', ns('', 'endpoints'), {
    none: {},
    'no-ports': { subsets: [{ addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }] }] },
    many: {
      subsets: [
        {
          addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }],
          ports: [
            { name: 'a', port: 80 },
            { name: 'b', port: 81 },
          ],
        },
        { notReadyAddresses: [{ ip: '10.0.0.3' }], ports: [{ port: 80 }] },
      ],
    },
    six: { subsets: [{ addresses: [{ ip: 'fd00::1' }], ports: [{ port: 80 }] }] },
  }),
  shown('EndpointSlice', 'discovery.k8s.io/v1', ns('discovery.k8s.io/v1', 'endpointslices'), {
    full: {
      addressType: 'IPv4',
      ports: [{ name: 'a', port: 80 }, { name: 'b' }, { name: 'c', port: 82 }, { name: 'd', port: 83 }],
      endpoints: [{ addresses: ['10.0.0.1', '10.0.0.2'] }, { addresses: ['10.0.0.3'] }, { addresses: ['10.0.0.4'] }, { addresses: ['10.0.0.5'] }],
    },
    bare: { addressType: 'IPv6', endpoints: [] },
    one: { addressType: 'IPv6', endpoints: [{ addresses: ['fd00::1'] }], ports: [{ port: 1 }] },
  }),
  shown('Ingress', 'networking.k8s.io/v1', ns('networking.k8s.io/v1', 'ingresses'), {
    full: {
      spec: {
        ingressClassName: 'nginx',
        tls: [{ hosts: ['a.example.com'], secretName: 's' }],
        rules: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ host: `${name}.example.com` })),
      },
      status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'lb.example.com' }] } },
    },
    bare: { spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } },
    'no-host': { spec: { rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } }] } }] } },
  }),
  shown('IngressClass', 'networking.k8s.io/v1', top('networking.k8s.io/v1', 'ingressclasses'), {
    'shown-default': {
      metadata: { annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
      spec: { controller: 'example.com/a', parameters: { apiGroup: 'example.com', kind: 'Thing', name: 'x', scope: 'Cluster' } },
    },
    'shown-core': { spec: { controller: 'example.com/a', parameters: { kind: 'ConfigMap', name: 'x', scope: 'Namespace', namespace: 'golden' } } },
    'shown-bare': { spec: { controller: 'example.com/a' } },
  }),
  shown('NetworkPolicy', 'networking.k8s.io/v1', ns('networking.k8s.io/v1', 'networkpolicies'), {
    all: { spec: { podSelector: {} } },
    some: { spec: { podSelector: selector } },
  }),
  shown('ServiceCIDR', 'networking.k8s.io/v1', top('networking.k8s.io/v1', 'servicecidrs'), {
    'shown-two': { spec: { cidrs: ['10.200.0.0/24', 'fd00:1::/112'] } },
  }),
  shown('IPAddress', 'networking.k8s.io/v1', top('networking.k8s.io/v1', 'ipaddresses'), {
    '10.200.0.7': { spec: { parentRef: { group: 'example.com', resource: 'things', namespace: 'golden', name: 'x' } } },
    '10.200.0.8': { spec: { parentRef: { resource: 'nodes', name: 'x' } } },
  }),
]

const core = [
  shown('Namespace', '', top('', 'namespaces'), { 'shown-a': {} }),
  shown('ConfigMap', '', ns('', 'configmaps'), { full: { data: { a: 'b' }, binaryData: { c: 'ZA==' } }, bare: {} }),
  shown('Secret', '', ns('', 'secrets'), { full: { type: 'example.com/x', data: { a: 'Yg==' }, stringData: { c: 'd' } }, bare: {} }),
  shown('ServiceAccount', '', ns('', 'serviceaccounts'), { full: { secrets: [{ name: 'a' }] } }),
  shown('Node', '', top('', 'nodes'), {
    'shown-full': {
      metadata: { labels: { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/control-plane': 'x', 'kubernetes.io/role': 'old' } },
      spec: { unschedulable: true },
      status: {
        conditions: [of('Ready', 'True'), of('DiskPressure', 'False')],
        addresses: [
          { type: 'Hostname', address: 'h' },
          { type: 'InternalIP', address: '192.0.2.1' },
          { type: 'InternalIP', address: '192.0.2.2' },
          { type: 'ExternalIP', address: '192.0.2.3' },
        ],
        nodeInfo: {
          kubeletVersion: 'v1.36.1',
          osImage: 'Linux',
          kernelVersion: '6.1',
          containerRuntimeVersion: 'containerd://2',
          architecture: 'amd64',
          bootID: '',
          machineID: '',
          operatingSystem: 'linux',
          systemUUID: '',
          kubeProxyVersion: '',
        },
      },
    },
    'shown-not-ready': { status: { conditions: [of('Ready', 'Unknown')] } },
    'shown-bare': {},
  }),
  shown('PersistentVolume', '', top('', 'persistentvolumes'), {
    'shown-full': {
      spec: {
        capacity: { storage: '1024Mi' },
        accessModes: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'fast',
        volumeAttributesClassName: 'gold',
        volumeMode: 'Block',
        claimRef: { kind: 'PersistentVolumeClaim', namespace: 'golden', name: 'c' },
        csi: { driver: 'disk.example.com', volumeHandle: 'h' },
      },
      status: { phase: 'Failed', reason: 'Broken', message: 'x' },
    },
    'shown-pod-only': {
      metadata: { annotations: { 'volume.beta.kubernetes.io/storage-class': 'old' } },
      spec: { capacity: { storage: '1G' }, accessModes: ['ReadWriteOncePod'], hostPath: { path: '/x' } },
    },
  }),
  shown('PersistentVolumeClaim', '', ns('', 'persistentvolumeclaims'), {
    bound: {
      spec: {
        accessModes: ['ReadWriteMany'],
        resources: { requests: { storage: '1Gi' } },
        volumeName: 'v',
        storageClassName: 'fast',
        volumeAttributesClassName: 'gold',
        volumeMode: 'Block',
      },
      status: { phase: 'Bound', accessModes: ['ReadWriteOnce', 'ReadWriteMany'], capacity: { storage: '2Gi' } },
    },
    pending: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
    'old-class': {
      metadata: { annotations: { 'volume.beta.kubernetes.io/storage-class': 'old' } },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
    lost: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, volumeName: 'v' }, status: { phase: 'Lost' } },
  }),
  shown('LimitRange', '', ns('', 'limitranges'), { full: { spec: { limits: [{ type: 'PersistentVolumeClaim', max: { storage: '99Ti' } }] } } }),
  shown('ResourceQuota', '', ns('', 'resourcequotas'), {
    full: {
      spec: { hard: { pods: '5' }, scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['none'] }] } },
      status: {
        hard: { pods: '10', 'requests.cpu': '4', 'limits.cpu': '8', 'limits.memory': '1Gi', cpu: '2', 'count/secrets': '5' },
        used: { pods: '3', 'requests.cpu': '1500m', 'limits.cpu': '2', 'limits.memory': '100Mi', cpu: '1' },
      },
    },
  }),
  shown('Event', '', ns('', 'events'), {
    old: {
      involvedObject: { kind: 'Pod', namespace: 'golden', name: 'web', fieldPath: 'spec.containers{a}' },
      firstTimestamp: past,
      lastTimestamp: past,
      count: 4,
      type: 'Warning',
      reason: 'BackOff',
      message: ' it fails \n again\n',
      source: { component: 'kubelet', host: 'one' },
    },
    'old-no-host': {
      involvedObject: { kind: 'Pod', namespace: 'golden', name: 'web' },
      type: 'Normal',
      reason: 'X',
      message: 'x',
      source: { component: 'kubelet' },
    },
    nameless: { involvedObject: { kind: 'Pod', namespace: 'golden' }, type: 'Normal', reason: 'X', message: 'x' },
    new: {
      involvedObject: { kind: 'Pod', namespace: 'golden', name: 'web' },
      eventTime: micro,
      series: { count: 9, lastObservedTime: micro },
      type: 'Normal',
      action: 'Do',
      reason: 'Done',
      message: 'x',
      reportingComponent: 'example.com/maker',
      reportingInstance: 'maker-1',
    },
    'new-alone': {
      involvedObject: { kind: 'Pod', namespace: 'golden', name: 'web' },
      eventTime: micro,
      type: 'Normal',
      action: 'Do',
      reason: 'Done',
      message: 'x',
      reportingComponent: 'example.com/maker',
      reportingInstance: 'maker-1',
    },
  }),
]

const subjects = [
  { kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' },
  { kind: 'User', name: 'v', apiGroup: 'rbac.authorization.k8s.io' },
  { kind: 'Group', name: 'g', apiGroup: 'rbac.authorization.k8s.io' },
  { kind: 'ServiceAccount', name: 's', namespace: 'golden' },
]
const rbacGroup = 'rbac.authorization.k8s.io/v1'
const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }]
const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: 'x' })
const access = [
  shown('Role', rbacGroup, ns(rbacGroup, 'roles'), { full: { rules } }),
  shown('ClusterRole', rbacGroup, top(rbacGroup, 'clusterroles'), { 'shown-full': { rules } }),
  shown('RoleBinding', rbacGroup, ns(rbacGroup, 'rolebindings'), { full: { roleRef: roleRef('Role'), subjects }, bare: { roleRef: roleRef('ClusterRole') } }),
  shown('ClusterRoleBinding', rbacGroup, top(rbacGroup, 'clusterrolebindings'), { 'shown-full': { roleRef: roleRef('ClusterRole'), subjects } }),
]

const storageGroup = 'storage.k8s.io/v1'
const storage = [
  shown('StorageClass', storageGroup, top(storageGroup, 'storageclasses'), {
    'shown-full': { provisioner: 'disk.example.com', reclaimPolicy: 'Retain', volumeBindingMode: 'WaitForFirstConsumer', allowVolumeExpansion: true },
    'shown-bare': { provisioner: 'disk.example.com' },
    'shown-default': { metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }, provisioner: 'disk.example.com' },
  }),
  shown('VolumeAttributesClass', storageGroup, top(storageGroup, 'volumeattributesclasses'), {
    'shown-full': { driverName: 'disk.example.com', parameters: { a: 'b' } },
    'shown-default': {
      metadata: { annotations: { 'volumeattributesclass.alpha.kubernetes.io/is-default-class': 'true' } },
      driverName: 'disk.example.com',
      parameters: { a: 'b' },
    },
  }),
  shown('CSIDriver', storageGroup, top(storageGroup, 'csidrivers'), {
    'shown-full': {
      spec: {
        attachRequired: false,
        podInfoOnMount: true,
        storageCapacity: true,
        requiresRepublish: true,
        volumeLifecycleModes: ['Persistent', 'Ephemeral'],
        tokenRequests: [{ audience: 'a' }, { audience: '' }],
      },
    },
    'shown-bare': { spec: {} },
  }),
  shown('CSINode', storageGroup, top(storageGroup, 'csinodes'), {
    'shown-full': {
      spec: {
        drivers: [
          { name: 'a', nodeID: 'x' },
          { name: 'b', nodeID: 'x' },
        ],
      },
    },
    'shown-bare': { spec: { drivers: [] } },
  }),
  shown('CSIStorageCapacity', storageGroup, ns(storageGroup, 'csistoragecapacities'), {
    full: { storageClassName: 'fast', capacity: '1024Mi' },
    bare: { storageClassName: 'fast' },
  }),
  shown('VolumeAttachment', storageGroup, top(storageGroup, 'volumeattachments'), {
    'shown-full': { spec: { attacher: 'disk.example.com', nodeName: 'one', source: { persistentVolumeName: 'v' } }, status: { attached: true } },
  }),
]

const admission = 'admissionregistration.k8s.io/v1'
const matchResources = { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }] }
const webhook = (name: string) => ({
  name: `${name}.example.com`,
  clientConfig: { url: 'https://127.0.0.1:1/x' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  failurePolicy: 'Ignore',
  rules: [{ apiGroups: ['none.example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nothings'] }],
})
const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' }
const validations = [{ expression: 'true' }, { expression: 'true' }]
const mutations = {
  matchConstraints: matchResources,
  failurePolicy: 'Ignore',
  reinvocationPolicy: 'Never',
  mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "test", path: "/kind", value: "x"}]' } }],
}
const bindings = (actions: object) => ({
  'shown-name': { spec: { policyName: 'nothing', paramRef: { name: 'a', parameterNotFoundAction: 'Allow' }, ...actions } },
  'shown-namespace': { spec: { policyName: 'nothing', paramRef: { name: 'a', namespace: 'golden', parameterNotFoundAction: 'Allow' }, ...actions } },
  'shown-selector': { spec: { policyName: 'nothing', paramRef: { selector, parameterNotFoundAction: 'Allow' }, ...actions } },
  'shown-none': { spec: { policyName: 'nothing', ...actions } },
})
const admissions = [
  shown('MutatingWebhookConfiguration', admission, top(admission, 'mutatingwebhookconfigurations'), {
    'shown-two': { webhooks: [webhook('a'), webhook('b')] },
    'shown-bare': {},
  }),
  shown('ValidatingWebhookConfiguration', admission, top(admission, 'validatingwebhookconfigurations'), {
    'shown-two': { webhooks: [webhook('a'), webhook('b')] },
  }),
  shown('ValidatingAdmissionPolicy', admission, top(admission, 'validatingadmissionpolicies'), {
    'shown-params': { spec: { paramKind, matchConstraints: matchResources, validations } },
    'shown-bare': { spec: { matchConstraints: matchResources, validations } },
  }),
  shown('ValidatingAdmissionPolicyBinding', admission, top(admission, 'validatingadmissionpolicybindings'), bindings({ validationActions: ['Deny'] })),
  shown('MutatingAdmissionPolicy', admission, top(admission, 'mutatingadmissionpolicies'), {
    'shown-params': { spec: { paramKind, ...mutations } },
    'shown-bare': { spec: mutations },
  }),
  shown('MutatingAdmissionPolicyBinding', admission, top(admission, 'mutatingadmissionpolicybindings'), bindings({})),
]

const flow = 'flowcontrol.apiserver.k8s.io/v1'
const subject = [{ kind: 'User', user: { name: 'nobody-there' } }]
const flowRules = [{ subjects: subject, nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/nothing'] }] }]
const resources = 'resource.k8s.io/v1'
const claim = { devices: { requests: [{ name: 'a', exactly: { deviceClassName: 'c' } }] } }
const others = [
  shown('PodDisruptionBudget', 'policy/v1', ns('policy/v1', 'poddisruptionbudgets'), {
    least: { spec: { minAvailable: '50%', selector }, status: { currentHealthy: 1, desiredHealthy: 2, disruptionsAllowed: 3, expectedPods: 4 } },
    most: { spec: { maxUnavailable: 1, selector: { matchLabels: { a: 'nothing' } } } },
    neither: { spec: { selector: { matchLabels: { a: 'nothing' } } } },
  }),
  shown('PriorityClass', 'scheduling.k8s.io/v1', top('scheduling.k8s.io/v1', 'priorityclasses'), {
    'shown-full': { value: 5, preemptionPolicy: 'Never' },
    'shown-bare': { value: -5 },
  }),
  shown('RuntimeClass', 'node.k8s.io/v1', top('node.k8s.io/v1', 'runtimeclasses'), { 'shown-full': { handler: 'strict' } }),
  shown('Lease', 'coordination.k8s.io/v1', ns('coordination.k8s.io/v1', 'leases'), { full: { spec: { holderIdentity: 'me' } }, bare: {} }),
  shown('FlowSchema', flow, top(flow, 'flowschemas'), {
    'shown-b': {
      spec: { matchingPrecedence: 9000, priorityLevelConfiguration: { name: 'exempt' }, distinguisherMethod: { type: 'ByUser' }, rules: flowRules },
    },
    'shown-a': { spec: { matchingPrecedence: 9001, priorityLevelConfiguration: { name: 'catch-all' }, rules: flowRules } },
  }),
  shown('PriorityLevelConfiguration', flow, top(flow, 'prioritylevelconfigurations'), {
    'shown-queues': {
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Queue', queuing: { queues: 8, handSize: 2, queueLengthLimit: 5 } } },
      },
    },
    'shown-rejects': { spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } } } },
  }),
  shown('DeviceClass', resources, top(resources, 'deviceclasses'), { 'shown-full': { spec: {} } }),
  shown('ResourceClaim', resources, ns(resources, 'resourceclaims'), {
    pending: { spec: claim },
    allocated: {
      spec: claim,
      status: {
        allocation: { devices: { results: [{ request: 'a', driver: 'gpu.example.com', pool: 'p', device: 'd' }] } },
        reservedFor: [{ resource: 'pods', name: 'web', uid: '11111111-2222-3333-4444-555555555555' }],
      },
    },
  }),
  shown('ResourceClaimTemplate', resources, ns(resources, 'resourceclaimtemplates'), { full: { spec: { spec: claim } } }),
  shown('ResourceSlice', resources, top(resources, 'resourceslices'), {
    'shown-node': { spec: { driver: 'gpu.example.com', nodeName: 'one', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, devices: [{ name: 'd' }] } },
    'shown-all': { spec: { driver: 'gpu.example.com', allNodes: true, pool: { name: 'q', generation: 1, resourceSliceCount: 1 } } },
  }),
]

/** Others write to them too, so that nothing but their cells is the same each time. */
export const shownServices = shown('APIService', 'apiregistration.k8s.io/v1', top('apiregistration.k8s.io/v1', 'apiservices'), {
  'v1.shown.example.com': {
    spec: {
      group: 'shown.example.com',
      version: 'v1',
      groupPriorityMinimum: 1000,
      versionPriority: 10,
      insecureSkipTLSVerify: true,
      service: { namespace: 'golden', name: 'api', port: 443 },
    },
  },
  'v2.shown.example.com': { spec: { group: 'shown.example.com', version: 'v2', groupPriorityMinimum: 1000, versionPriority: 10 } },
})

export const shownKinds: readonly ShownKind[] = [pods, ...workloads, autoscalers, ...network, ...core, ...access, ...storage, ...admissions, ...others]
