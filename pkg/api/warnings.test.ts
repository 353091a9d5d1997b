import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definitionUnderTest, madeUnderTest } from './kind-under-test.ts'

const context = { now: 0 }
const policy = (cidr: string) => ({ spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr } }] }] } })
const container = { name: 'c', image: 'x:1' }
const jobTemplate = { spec: { template: { spec: { containers: [container], restartPolicy: 'Never' } } } }
const slice = (type: string, address: string, labels = {}) => ({ metadata: { labels }, addressType: type, endpoints: [{ addresses: [address] }] })
const arch = 'deprecated since v1.14; use "kubernetes.io/arch" instead'
const oldLabel = 'beta.kubernetes.io/arch'

const definition = (...formats: readonly [type: string, format: string][]) => {
  const properties = Object.fromEntries(formats.map(([type, format], position) => [`p${position}`, { type: 'array', items: { type, format } }]))
  return { spec: { group: 'a.b', names: { plural: 'cs', kind: 'C' }, versions: [{ name: 'v1', schema: { openAPIV3Schema: { type: 'object', properties } } }] } }
}

const rows: readonly [kind: string, object: object, warnings: readonly string[]][] = [
  [
    'networking.k8s.io/ingresses',
    { metadata: { annotations: { 'kubernetes.io/ingress.class': 'a' } } },
    [`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`],
  ],
  ['networking.k8s.io/ingresses', { metadata: { annotations: { 'kubernetes.io/ingress.class': 'a' } }, spec: { ingressClassName: 'a' } }, []],
  ['networking.k8s.io/networkpolicies', policy('10.0.0.0/8'), []],
  [
    'networking.k8s.io/networkpolicies',
    policy('10.0.0.1/8'),
    ['spec.ingress[0].from[0].ipBlock.cidr: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)'],
  ],
  ['discovery.k8s.io/endpointslices', slice('FQDN', 'a.example'), ['spec.addressType: FQDN endpoints are deprecated']],
  [
    'discovery.k8s.io/endpointslices',
    slice('IPv6', 'FD00::1'),
    ['endpoints[0].addresses[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")'],
  ],
  ['discovery.k8s.io/endpointslices', slice('IPv6', 'FD00::1', { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' }), []],
  [
    'storage.k8s.io/storageclasses',
    { allowedTopologies: [{ matchLabelExpressions: [{ key: oldLabel, values: ['a'] }] }] },
    [`allowedTopologies[0].matchLabelExpressions[0].key: ${arch}`],
  ],
  [
    'storage.k8s.io/csistoragecapacities',
    { nodeTopology: { matchLabels: { [oldLabel]: 'a' }, matchExpressions: [{ key: oldLabel, operator: 'Exists' }] } },
    [`nodeTopology.matchExpressions[0].key: ${oldLabel} is ${arch}`, `nodeTopology.matchLabels.${oldLabel}: ${arch}`],
  ],
  ['node.k8s.io/runtimeclasses', { scheduling: { nodeSelector: { [oldLabel]: 'a' } } }, [`scheduling.nodeSelector: ${arch}`]],
  [
    'apiextensions.k8s.io/customresourcedefinitions',
    definition(
      ['string', 'date-time'],
      ['string', 'k8s-short-name'],
      ['integer', 'int32'],
      ['number', 'double'],
      ['string', 'ip'],
      ['integer', 'float'],
      ['boolean', 'flag'],
    ),
    ['unrecognized format "ip"', 'unrecognized format "float"', 'unrecognized format "flag"'],
  ],
  ['/nodes', { spec: { externalID: 'a' } }, ['spec.externalID: this field is deprecated, and is unused by Kubernetes']],
  [
    '/serviceaccounts',
    { metadata: { annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } } },
    ['metadata.annotations[kubernetes.io/enforce-mountable-secrets]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets'],
  ],
  [
    '/pods',
    {
      spec: {
        containers: [container],
        volumes: [
          {
            name: 'v',
            configMap: {
              name: 'm',
              items: [
                { key: 'a', path: 'x/' },
                { key: 'b', path: 'x/y' },
                { key: 'c', path: 'xy' },
              ],
            },
          },
        ],
      },
    },
    ['volume "v" (ConfigMap "m"): overlapping paths: "x/y" with "x"'],
  ],
  [
    '/pods',
    {
      spec: {
        containers: [container],
        volumes: [
          {
            name: 'v',
            projected: {
              sources: [
                { serviceAccountToken: { path: 'token' } },
                { secret: { name: 's', items: [{ key: 'a', path: 'token' }] } },
                { configMap: { name: 'm' } },
                {},
              ],
            },
          },
        ],
      },
    },
    ['volume "v" (Projected) has no sources provided', 'volume "v" (Projected): overlapping paths: "token" (Secret "s") with "token" (ServiceAccountToken)'],
  ],
  [
    'batch/jobs',
    { metadata: { name: 'a.b' }, spec: { ...jobTemplate.spec, completionMode: 'Indexed', completions: 100_001, parallelism: 10_001 } },
    [
      'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]',
      'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail',
    ],
  ],
  [
    'batch/cronjobs',
    { spec: { schedule: 'TZ=UTC 0 0 * * *', jobTemplate } },
    [
      'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones for more details',
    ],
  ],
]

for (const [kind, object, warnings] of rows) {
  test(`${kind}: a new one ${warnings.length === 0 ? 'is not warned of' : `is warned of: ${warnings[0]!.slice(0, 60)}`}`, () => {
    const tested = definitionUnderTest(kind)
    assert.deepEqual(tested.create?.warnings?.(madeUnderTest(tested, object), context), warnings)
  })
}

test('an update of a job says nothing again of a template that it leaves alone, nor of an annotation that was there', () => {
  const job = definitionUnderTest('batch/jobs')
  const old = madeUnderTest(job, { spec: { template: { spec: { ...jobTemplate.spec.template.spec, terminationGracePeriodSeconds: -1 } } } })
  assert.equal(job.create?.warnings?.(old, context).length, 1)
  assert.deepEqual(job.update?.warnings?.({ ...old, spec: { ...old.spec, parallelism: 2 } }, old, context), [])
  const account = definitionUnderTest('/serviceaccounts')
  const annotated = madeUnderTest(account, { metadata: { annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } } })
  assert.deepEqual(account.update?.warnings?.(annotated, annotated, context), [])
})

test('formats that a definition had before are not warned of again', () => {
  const crds = definitionUnderTest('apiextensions.k8s.io/customresourcedefinitions')
  const [old, now] = [definition(['string', 'one']), definition(['string', 'one'], ['string', 'two'])].map((each) => madeUnderTest(crds, each))
  assert.deepEqual(crds.update?.warnings?.(now, old, context), ['unrecognized format "two"'])
})
