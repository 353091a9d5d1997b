/** Every default of pkg/apis/GROUP/VERSION/defaults.go and of the facts, by kind: what the server adds to an object that says little. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definitionUnderTest, madeUnderTest } from './kind-under-test.ts'

const podSpec = { containers: [{ name: 'c', image: 'i:1' }] }
const template = { metadata: { labels: { a: 'b' } }, spec: podSpec }
const containerDefaults = { terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'File', imagePullPolicy: 'IfNotPresent' }
const templateDefaults = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  securityContext: {},
  schedulerName: 'default-scheduler',
}
const probe = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }
const filled = { ...podSpec, containers: [{ name: 'c', image: 'i:1', resources: {}, ...containerDefaults }], ...templateDefaults }

type Row = [string, object, (object: any) => unknown, unknown]
const container = (more: object) => ({ spec: { containers: [{ name: 'c', image: 'i:1', ...more }] } })
const first = ({ spec }: any) => spec.containers[0]
const volume = (source: object) => ({ spec: { ...podSpec, volumes: [{ name: 'v', ...source }] } })
const firstVolume = ({ spec }: any) => spec.volumes[0]
const spec = (object: any) => object.spec
const hook = { name: 'a.b.c', admissionReviewVersions: ['v1'], sideEffects: 'None' }
const rule = { operations: ['*'], apiGroups: ['*'], apiVersions: ['*'], resources: ['*'] }
const scaled = (behavior: object) => ({ spec: { scaleTargetRef: {}, maxReplicas: 1, behavior } })

const tables: Record<string, Row[]> = {
  '/pods': [
    ['one', container({}), spec, { ...filled, enableServiceLinks: true }],
    ['ports', container({ ports: [{ containerPort: 1 }] }), (o) => first(o).ports, [{ containerPort: 1, protocol: 'TCP' }]],
    [
      'ports of the host',
      { spec: { hostNetwork: true, containers: [{ name: 'c', ports: [{ containerPort: 1 }] }] } },
      (o) => first(o).ports,
      [{ hostPort: 1, containerPort: 1, protocol: 'TCP' }],
    ],
    ['requests', container({ resources: { limits: { cpu: '1' } } }), (o) => first(o).resources, { limits: { cpu: '1' }, requests: { cpu: '1' } }],
    ['a gRPC probe', container({ livenessProbe: { grpc: { port: 1 } } }), (o) => first(o).livenessProbe, { grpc: { port: 1, service: '' }, ...probe }],
    [
      'an HTTP probe',
      container({ startupProbe: { httpGet: { port: 1 } } }),
      (o) => first(o).startupProbe,
      { httpGet: { path: '/', port: 1, scheme: 'HTTP' }, ...probe },
    ],
    [
      'a hook',
      container({ lifecycle: { preStop: { httpGet: { port: 1 } } } }),
      (o) => first(o).lifecycle.preStop.httpGet,
      { path: '/', port: 1, scheme: 'HTTP' },
    ],
    [
      'variables',
      container({
        env: [
          { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'B', valueFrom: { fileKeyRef: { volumeName: 'v', path: 'p', key: 'k' } } },
        ],
      }),
      (o) => first(o).env.map((each: any) => Object.values(each.valueFrom)[0]),
      [
        { apiVersion: 'v1', fieldPath: 'metadata.name' },
        { volumeName: 'v', path: 'p', key: 'k', optional: false },
      ],
    ],
    ['a pull of latest', { spec: { containers: [{ name: 'c', image: 'i' }] } }, (o) => first(o).imagePullPolicy, 'Always'],
    ['an account', { spec: { ...podSpec, serviceAccount: 's' } }, ({ spec }) => spec.serviceAccountName, 's'],
    ['no source', volume({}), firstVolume, { name: 'v', emptyDir: {} }],
    ['a secret', volume({ secret: { secretName: 's' } }), firstVolume, { name: 'v', secret: { secretName: 's', defaultMode: 420 } }],
    ['a config map', volume({ configMap: { name: 's' } }), firstVolume, { name: 'v', configMap: { name: 's', defaultMode: 420 } }],
    [
      'the downward API',
      volume({ downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'metadata.name' } }] } }),
      firstVolume,
      { name: 'v', downwardAPI: { items: [{ path: 'p', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } }], defaultMode: 420 } },
    ],
    [
      'a projection',
      volume({
        projected: { sources: [{ serviceAccountToken: { path: 't' } }, { downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'metadata.uid' } }] } }] },
      }),
      firstVolume,
      {
        name: 'v',
        projected: {
          sources: [
            { serviceAccountToken: { expirationSeconds: 3600, path: 't' } },
            { downwardAPI: { items: [{ path: 'p', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.uid' } }] } },
          ],
          defaultMode: 420,
        },
      },
    ],
    ['a path of the host', volume({ hostPath: { path: '/a' } }), firstVolume, { name: 'v', hostPath: { path: '/a', type: '' } }],
    [
      'RBD',
      volume({ rbd: { monitors: ['m'], image: 'i' } }),
      (o) => firstVolume(o).rbd,
      { monitors: ['m'], image: 'i', pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' },
    ],
    [
      'iSCSI',
      volume({ iscsi: { targetPortal: 't', iqn: 'i', lun: 0 } }),
      (o) => firstVolume(o).iscsi,
      { targetPortal: 't', iqn: 'i', lun: 0, iscsiInterface: 'default' },
    ],
    [
      'an Azure disk',
      volume({ azureDisk: { diskName: 'd', diskURI: 'u' } }),
      (o) => firstVolume(o).azureDisk,
      { diskName: 'd', diskURI: 'u', cachingMode: 'ReadWrite', fsType: 'ext4', readOnly: false, kind: 'Shared' },
    ],
    [
      'ScaleIO',
      volume({ scaleIO: { gateway: 'g', system: 's', secretRef: {} } }),
      (o) => [firstVolume(o).scaleIO.storageMode, firstVolume(o).scaleIO.fsType],
      ['ThinProvisioned', 'xfs'],
    ],
    [
      'a claim of its own',
      volume({ ephemeral: { volumeClaimTemplate: { spec: {} } } }),
      (o) => firstVolume(o).ephemeral.volumeClaimTemplate.spec.volumeMode,
      'Filesystem',
    ],
  ],
  '/podtemplates': [['a template', { template }, (o) => o.template.spec, filled]],
  '/replicationcontrollers': [
    [
      'one',
      { spec: { template } },
      ({ metadata, spec }) => [metadata.labels, spec.replicas, spec.selector, spec.template.spec],
      [{ a: 'b' }, 1, { a: 'b' }, filled],
    ],
  ],
  '/endpoints': [['one', { subsets: [{ ports: [{ port: 1 }] }] }, (o) => o.subsets[0].ports, [{ port: 1, protocol: 'TCP' }]]],
  '/namespaces': [['one', {}, ({ metadata, status }) => [metadata.labels, status.phase], [{ 'kubernetes.io/metadata.name': 'x' }, 'Active']]],
  '/nodes': [['one', { status: { capacity: { cpu: '1' } } }, (o) => o.status.allocatable, { cpu: '1' }]],
  '/secrets': [['one', {}, (o) => o.type, 'Opaque']],
  '/persistentvolumeclaims': [['one', { spec: {} }, ({ spec, status }) => [spec.volumeMode, status.phase], ['Filesystem', 'Pending']]],
  '/persistentvolumes': [
    [
      'one',
      { spec: { hostPath: { path: '/' } } },
      ({ spec, status }) => [spec.persistentVolumeReclaimPolicy, spec.volumeMode, spec.hostPath.type, status.phase],
      ['Retain', 'Filesystem', '', 'Pending'],
    ],
    [
      'RBD',
      { spec: { rbd: { monitors: ['m'], image: 'i' } } },
      ({ spec }) => [spec.rbd.pool, spec.rbd.user, spec.rbd.keyring],
      ['rbd', 'admin', '/etc/ceph/keyring'],
    ],
    ['iSCSI', { spec: { iscsi: { targetPortal: 't', iqn: 'i', lun: 0 } } }, ({ spec }) => spec.iscsi.iscsiInterface, 'default'],
    [
      'ScaleIO',
      { spec: { scaleIO: { gateway: 'g', system: 's' } } },
      ({ spec }) => [spec.scaleIO.storageMode, spec.scaleIO.fsType],
      ['ThinProvisioned', 'xfs'],
    ],
  ],
  '/limitranges': [
    [
      'containers',
      { spec: { limits: [{ type: 'Container', max: { cpu: '2', memory: '2' }, default: { cpu: '1' }, min: { 'a.b/c': '1' } }] } },
      ({ spec }) => [spec.limits[0].default, spec.limits[0].defaultRequest],
      [
        { cpu: '1', memory: '2' },
        { cpu: '1', memory: '2', 'a.b/c': '1' },
      ],
    ],
    ['pods', { spec: { limits: [{ type: 'Pod', max: { cpu: '2' } }] } }, ({ spec }) => spec.limits[0].default, undefined],
  ],
  '/services': [
    [
      'one',
      { spec: { ports: [{ port: 1 }] } },
      spec,
      { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster', ports: [{ protocol: 'TCP', port: 1, targetPort: 1 }] },
    ],
    ['of the world', { spec: { externalIPs: ['1.2.3.4'] } }, ({ spec }) => spec.externalTrafficPolicy, 'Cluster'],
    [
      'balanced',
      { spec: { type: 'LoadBalancer' } },
      spec,
      {
        type: 'LoadBalancer',
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        externalTrafficPolicy: 'Cluster',
        allocateLoadBalancerNodePorts: true,
      },
    ],
    ['elsewhere', { spec: { type: 'ExternalName', externalName: 'a' } }, spec, { type: 'ExternalName', externalName: 'a', sessionAffinity: 'None' }],
    ['true to its clients', { spec: { sessionAffinity: 'ClientIP' } }, ({ spec }) => spec.sessionAffinityConfig, { clientIP: { timeoutSeconds: 10800 } }],
  ],
  'apps/deployments': [
    [
      'one',
      { spec: { selector: {}, template } },
      spec,
      {
        replicas: 1,
        selector: {},
        template: { metadata: template.metadata, spec: filled },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
        revisionHistoryLimit: 10,
        progressDeadlineSeconds: 600,
      },
    ],
    ['made anew', { spec: { selector: {}, template, strategy: { type: 'Recreate' } } }, ({ spec }) => spec.strategy, { type: 'Recreate' }],
  ],
  'apps/replicasets': [['one', { spec: { selector: {}, template } }, ({ spec }) => spec.replicas, 1]],
  'apps/daemonsets': [
    [
      'one',
      { spec: { selector: {}, template } },
      ({ spec }) => [spec.updateStrategy, spec.revisionHistoryLimit],
      [{ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } }, 10],
    ],
    ['on deletion', { spec: { selector: {}, template, updateStrategy: { type: 'OnDelete' } } }, ({ spec }) => spec.updateStrategy, { type: 'OnDelete' }],
  ],
  'apps/statefulsets': [
    [
      'one',
      { spec: { selector: {}, template, volumeClaimTemplates: [{ metadata: { name: 'v' }, spec: {} }] } },
      ({ spec }) => [
        spec.replicas,
        spec.podManagementPolicy,
        spec.updateStrategy.type,
        spec.updateStrategy.rollingUpdate.partition,
        spec.revisionHistoryLimit,
        spec.persistentVolumeClaimRetentionPolicy,
        spec.volumeClaimTemplates[0].spec.volumeMode,
      ],
      [1, 'OrderedReady', 'RollingUpdate', 0, 10, { whenDeleted: 'Retain', whenScaled: 'Retain' }, 'Filesystem'],
    ],
  ],
  'batch/jobs': [
    [
      'one',
      { spec: { template } },
      ({ spec: { parallelism, completions, completionMode, backoffLimit, suspend, podReplacementPolicy } }) => [
        parallelism,
        completions,
        completionMode,
        backoffLimit,
        suspend,
        podReplacementPolicy,
      ],
      [1, 1, 'NonIndexed', 6, false, 'TerminatingOrFailed'],
    ],
    ['many at once', { spec: { template, parallelism: 3 } }, ({ spec }) => [spec.parallelism, spec.completions], [3, undefined]],
    ['limits by index', { spec: { template, backoffLimitPerIndex: 1 } }, ({ spec }) => spec.backoffLimit, 2147483647],
    [
      'a policy',
      { spec: { template, podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] } } },
      ({ spec }) => [spec.podReplacementPolicy, spec.podFailurePolicy.rules[0].onPodConditions],
      ['Failed', [{ type: 'DisruptionTarget', status: 'True' }]],
    ],
  ],
  'batch/cronjobs': [
    [
      'one',
      { spec: { schedule: '* * * * *', jobTemplate: { spec: { template } } } },
      ({ spec: { concurrencyPolicy, suspend, successfulJobsHistoryLimit, failedJobsHistoryLimit } }) => [
        concurrencyPolicy,
        suspend,
        successfulJobsHistoryLimit,
        failedJobsHistoryLimit,
      ],
      ['Allow', false, 3, 1],
    ],
  ],
  'autoscaling/horizontalpodautoscalers': [
    [
      'one',
      { spec: { scaleTargetRef: {}, maxReplicas: 1 } },
      ({ spec }) => [spec.minReplicas, spec.metrics],
      [1, [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }]],
    ],
    [
      'with behavior',
      scaled({ scaleDown: { stabilizationWindowSeconds: 5 } }),
      ({ spec }) => spec.behavior,
      {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          selectPolicy: 'Max',
          policies: [
            { type: 'Pods', value: 4, periodSeconds: 15 },
            { type: 'Percent', value: 100, periodSeconds: 15 },
          ],
        },
        scaleDown: { stabilizationWindowSeconds: 5, selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
      },
    ],
  ],
  'networking.k8s.io/ingressclasses': [['parameters', { spec: { parameters: { kind: 'K', name: 'n' } } }, ({ spec }) => spec.parameters.scope, 'Cluster']],
  'networking.k8s.io/networkpolicies': [
    ['one', { spec: {} }, ({ spec }) => spec.policyTypes, ['Ingress']],
    [
      'both ways',
      { spec: { ingress: [{ ports: [{ port: 1 }] }], egress: [{}] } },
      ({ spec }) => [spec.policyTypes, spec.ingress[0].ports],
      [['Ingress', 'Egress'], [{ protocol: 'TCP', port: 1 }]],
    ],
  ],
  'rbac.authorization.k8s.io/clusterrolebindings': [
    [
      'one',
      {
        roleRef: { kind: 'ClusterRole', name: 'r' },
        subjects: [
          { kind: 'ServiceAccount', name: 'a' },
          { kind: 'Group', name: 'g' },
        ],
      },
      ({ roleRef, subjects }) => [roleRef.apiGroup, subjects.map((each: any) => each.apiGroup)],
      ['rbac.authorization.k8s.io', [undefined, 'rbac.authorization.k8s.io']],
    ],
  ],
  'storage.k8s.io/storageclasses': [
    ['one', { provisioner: 'p' }, ({ reclaimPolicy, volumeBindingMode }) => [reclaimPolicy, volumeBindingMode], ['Delete', 'Immediate']],
  ],
  'storage.k8s.io/csidrivers': [
    [
      'one',
      { spec: {} },
      spec,
      {
        attachRequired: true,
        podInfoOnMount: false,
        storageCapacity: false,
        fsGroupPolicy: 'ReadWriteOnceWithFSType',
        volumeLifecycleModes: ['Persistent'],
        requiresRepublish: false,
        seLinuxMount: false,
      },
    ],
  ],
  'scheduling.k8s.io/priorityclasses': [['one', {}, (o) => o.preemptionPolicy, 'PreemptLowerPriority']],
  'discovery.k8s.io/endpointslices': [['ports', { addressType: 'IPv4', ports: [{ port: 1 }] }, (o) => o.ports, [{ name: '', protocol: 'TCP', port: 1 }]]],
  'flowcontrol.apiserver.k8s.io/flowschemas': [['one', { spec: {} }, ({ spec }) => spec.matchingPrecedence, 1000]],
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': [
    [
      'queues',
      { spec: { type: 'Limited', limited: { limitResponse: { type: 'Queue', queuing: {} } } } },
      ({ spec }) => spec.limited,
      { nominalConcurrencyShares: 30, lendablePercent: 0, limitResponse: { type: 'Queue', queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } } },
    ],
    ['none', { spec: { type: 'Exempt', exempt: {} } }, ({ spec }) => spec.exempt, { nominalConcurrencyShares: 0, lendablePercent: 0 }],
  ],
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': [
    [
      'one',
      { webhooks: [{ ...hook, clientConfig: { service: { namespace: 'n', name: 's' } }, rules: [rule] }] },
      (o) => o.webhooks[0],
      {
        ...hook,
        clientConfig: { service: { namespace: 'n', name: 's', port: 443 } },
        rules: [{ ...rule, scope: '*' }],
        failurePolicy: 'Fail',
        matchPolicy: 'Equivalent',
        namespaceSelector: {},
        objectSelector: {},
        timeoutSeconds: 10,
        reinvocationPolicy: 'Never',
      },
    ],
  ],
  'admissionregistration.k8s.io/validatingadmissionpolicies': [
    [
      'one',
      { spec: { matchConstraints: { resourceRules: [rule] } } },
      ({ spec }) => [spec.failurePolicy, spec.matchConstraints],
      ['Fail', { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {}, resourceRules: [{ ...rule, scope: '*' }] }],
    ],
  ],
  'apiextensions.k8s.io/customresourcedefinitions': [
    [
      'one',
      {
        spec: {
          names: { kind: 'Widget', plural: 'widgets' },
          conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: { service: { namespace: 'n', name: 's' } } } },
        },
      },
      ({ spec }) => [spec.names.singular, spec.names.listKind, spec.conversion.webhook.clientConfig.service.port],
      ['widget', 'WidgetList', 443],
    ],
    ['without conversion', { spec: { names: { kind: 'Widget', plural: 'widgets' } } }, ({ spec }) => spec.conversion, { strategy: 'None' }],
  ],
  'apiregistration.k8s.io/apiservices': [['one', { spec: { service: { namespace: 'n', name: 's' } } }, ({ spec }) => spec.service.port, 443]],
  'resource.k8s.io/resourceclaims': [
    [
      'requests',
      {
        spec: {
          devices: {
            requests: [
              { name: 'a', exactly: { deviceClassName: 'c', tolerations: [{}] } },
              { name: 'b', firstAvailable: [{ name: 'x', deviceClassName: 'c', allocationMode: 'All' }] },
            ],
          },
        },
      },
      ({ spec }) => spec.devices.requests.map((each: any) => each.exactly ?? each.firstAvailable[0]),
      [
        { deviceClassName: 'c', allocationMode: 'ExactCount', count: 1, tolerations: [{ operator: 'Equal' }] },
        { name: 'x', deviceClassName: 'c', allocationMode: 'All' },
      ],
    ],
  ],
}

/** As it is sent: what is undefined is not there. */
const sent = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)))

for (const [kind, rows] of Object.entries(tables))
  test(`${kind.split('/')[1]} get every default of upstream`, () => {
    const definition = definitionUnderTest(kind, kind.startsWith('autoscaling/') ? 'v2' : 'v1')
    for (const [name, object, pick, expected] of rows) assert.deepEqual(sent(pick(madeUnderTest(definition, object))), sent(expected), String(name))
  })
