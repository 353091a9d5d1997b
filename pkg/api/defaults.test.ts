import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalize } from '#apimachinery/codec/index.ts'
import { definitionFor } from './index.ts'

function defaulted(group: string, version: string, plural: string, object: object): any {
  const definition = definitionFor(group, version, plural)!
  const whole = normalize<any>(definition.schema, { metadata: { name: 'x' }, ...object })
  definition.defaults?.(whole)
  return whole
}

const template = { metadata: { labels: { app: 'a' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } }

test('a pod gets the defaults of upstream', () => {
  const { spec } = defaulted('', 'v1', 'pods', {
    spec: {
      containers: [
        {
          name: 'c',
          image: 'nginx@sha256:abc',
          resources: { limits: { cpu: '1' } },
          ports: [{ containerPort: 80 }],
          readinessProbe: { httpGet: { port: 80 } },
        },
      ],
      volumes: [{ name: 'e' }, { name: 's', secret: { secretName: 'a' } }],
    },
  })
  assert.equal(spec.restartPolicy, 'Always')
  assert.equal(spec.dnsPolicy, 'ClusterFirst')
  assert.equal(spec.terminationGracePeriodSeconds, 30)
  assert.equal(spec.schedulerName, 'default-scheduler')
  assert.equal(spec.enableServiceLinks, true)
  assert.deepEqual(spec.securityContext, {})
  const [container] = spec.containers
  assert.equal(container.imagePullPolicy, 'IfNotPresent')
  assert.deepEqual(container.resources.requests, { cpu: '1' })
  assert.equal(container.ports[0].protocol, 'TCP')
  assert.deepEqual(container.readinessProbe, {
    httpGet: { path: '/', port: 80, scheme: 'HTTP' },
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  })
  assert.deepEqual(spec.volumes, [
    { name: 'e', emptyDir: {} },
    { name: 's', secret: { secretName: 'a', defaultMode: 420 } },
  ])
})

test('images without a tag, and with latest, are always pulled', () => {
  const policyOf = (image: string) => defaulted('', 'v1', 'pods', { spec: { containers: [{ name: 'c', image }] } }).spec.containers[0].imagePullPolicy
  for (const image of ['nginx', 'nginx:latest', 'host:5000/nginx']) assert.equal(policyOf(image), 'Always', image)
  for (const image of ['nginx:1', 'host:5000/nginx:1', 'nginx@sha256:abc']) assert.equal(policyOf(image), 'IfNotPresent', image)
})

const cases: [string, string, string, object, (object: any) => unknown, unknown][] = [
  [
    'apps',
    'v1',
    'deployments',
    { spec: { template } },
    ({ spec }) => [spec.replicas, spec.strategy, spec.revisionHistoryLimit, spec.progressDeadlineSeconds],
    [1, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } }, 10, 600],
  ],
  [
    'apps',
    'v1',
    'daemonsets',
    { spec: { template } },
    ({ spec }) => spec.updateStrategy,
    { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
  ],
  [
    'apps',
    'v1',
    'statefulsets',
    { spec: { template } },
    ({ spec }) => [spec.podManagementPolicy, spec.updateStrategy.rollingUpdate.partition, spec.persistentVolumeClaimRetentionPolicy],
    ['OrderedReady', 0, { whenDeleted: 'Retain', whenScaled: 'Retain' }],
  ],
  [
    'batch',
    'v1',
    'jobs',
    { spec: { template } },
    ({ spec }) => [spec.completions, spec.parallelism, spec.backoffLimit, spec.completionMode, spec.suspend, spec.podReplacementPolicy],
    [1, 1, 6, 'NonIndexed', false, 'TerminatingOrFailed'],
  ],
  [
    'batch',
    'v1',
    'cronjobs',
    { spec: {} },
    ({ spec }) => [spec.concurrencyPolicy, spec.suspend, spec.successfulJobsHistoryLimit, spec.failedJobsHistoryLimit],
    ['Allow', false, 3, 1],
  ],
  [
    '',
    'v1',
    'services',
    { spec: { ports: [{ port: 80 }] } },
    ({ spec }) => spec,
    { type: 'ClusterIP', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster', ports: [{ protocol: 'TCP', port: 80, targetPort: 80 }] },
  ],
  [
    '',
    'v1',
    'services',
    { spec: { type: 'NodePort', sessionAffinity: 'ClientIP' } },
    ({ spec }) => [spec.externalTrafficPolicy, spec.sessionAffinityConfig],
    ['Cluster', { clientIP: { timeoutSeconds: 10800 } }],
  ],
  ['', 'v1', 'secrets', { stringData: { a: 'b' } }, ({ type, data, stringData }) => [type, data, stringData], ['Opaque', { a: 'Yg==' }, undefined]],
  ['', 'v1', 'namespaces', {}, ({ metadata, status }) => [metadata.labels, status.phase], [{ 'kubernetes.io/metadata.name': 'x' }, 'Active']],
  ['', 'v1', 'persistentvolumeclaims', {}, ({ spec, status }) => [spec.volumeMode, status.phase], ['Filesystem', 'Pending']],
  [
    'autoscaling',
    'v2',
    'horizontalpodautoscalers',
    {},
    ({ spec }) => [spec.minReplicas, spec.metrics],
    [1, [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }]],
  ],
  [
    'networking.k8s.io',
    'v1',
    'networkpolicies',
    { spec: { egress: [{ ports: [{ port: 1 }] }] } },
    ({ spec }) => [spec.policyTypes, spec.egress[0].ports[0].protocol],
    [['Ingress', 'Egress'], 'TCP'],
  ],
  [
    'rbac.authorization.k8s.io',
    'v1',
    'rolebindings',
    { roleRef: { kind: 'Role', name: 'r' }, subjects: [{ kind: 'User', name: 'u' }] },
    ({ roleRef, subjects }) => [roleRef.apiGroup, subjects[0].apiGroup],
    ['rbac.authorization.k8s.io', 'rbac.authorization.k8s.io'],
  ],
  ['storage.k8s.io', 'v1', 'storageclasses', {}, ({ reclaimPolicy, volumeBindingMode }) => [reclaimPolicy, volumeBindingMode], ['Delete', 'Immediate']],
]

for (const [group, version, plural, object, pick, expected] of cases) {
  test(`${plural} get the defaults of upstream: ${JSON.stringify(expected).slice(0, 60)}`, () =>
    assert.deepEqual(pick(defaulted(group, version, plural, object)), expected))
}
