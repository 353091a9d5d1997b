import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultClusterRoleBindings, defaultClusterRoles, defaultRoleBindings, defaultRoles } from './objects.ts'
import { controllerRules } from './controller-roles.ts'

/** What a role says, a rule a line: "get list · core · pods". */
function linesOf(name: string): string[] {
  const role = defaultClusterRoles().find(({ metadata }) => metadata.name === name)
  return (role?.rules ?? []).map(({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }) =>
    [
      verbs.join(' '),
      ...(nonResourceURLs ? [nonResourceURLs.join(' ')] : [(apiGroups ?? []).map((each) => each || 'core').join(' '), (resources ?? []).join(' ')]),
      ...(resourceNames ? [resourceNames.join(' ')] : []),
    ].join(' · '),
  )
}

/** How many rules upstream gives each controller. */
const controllers: Readonly<Record<string, number>> = {
  'attachdetach-controller': 8,
  'certificate-controller': 6,
  'clusterrole-aggregation-controller': 1,
  'cronjob-controller': 6,
  'daemon-set-controller': 8,
  'deployment-controller': 6,
  'device-taint-eviction-controller': 6,
  'disruption-controller': 9,
  'endpoint-controller': 4,
  'endpointslice-controller': 4,
  'endpointslicemirroring-controller': 5,
  'ephemeral-volume-controller': 4,
  'expand-controller': 4,
  'generic-garbage-collector': 2,
  'horizontal-pod-autoscaler': 8,
  'job-controller': 5,
  'legacy-service-account-token-cleaner': 2,
  'namespace-controller': 3,
  'node-controller': 5,
  'persistent-volume-binder': 9,
  'pod-garbage-collector': 3,
  'pv-protection-controller': 2,
  'pvc-protection-controller': 4,
  'replicaset-controller': 5,
  'replication-controller': 5,
  'resource-claim-controller': 7,
  'resourcequota-controller': 3,
  'root-ca-cert-publisher': 2,
  'route-controller': 3,
  'selinux-warning-controller': 5,
  'service-account-controller': 2,
  'service-cidrs-controller': 5,
  'service-controller': 4,
  'statefulset-controller': 10,
  'ttl-after-finished-controller': 2,
  'ttl-controller': 2,
  'validatingadmissionpolicy-status-controller': 3,
  'volumeattributesclass-protection-controller': 4,
}
/** Parts of ours that upstream leaves to others' programs. */
const ours = ['ingress-controller', 'kubelet-serving-approver', 'local-path-provisioner', 'service-lb-controller']

test("each of upstream's controllers has its role, of as many rules, and its service account has it", () => {
  const counts = Object.fromEntries(
    Object.entries(controllerRules)
      .filter(([name]) => !ours.includes(name))
      .map(([name, rules]) => [name, rules.length]),
  )
  assert.deepEqual(counts, Object.fromEntries(Object.entries(controllers).sort(([a], [b]) => Object.keys(counts).indexOf(a) - Object.keys(counts).indexOf(b))))
  for (const name of Object.keys(controllers)) {
    const binding = defaultClusterRoleBindings().find(({ metadata }) => metadata.name === `system:controller:${name}`)
    assert.deepEqual(binding?.subjects, [{ kind: 'ServiceAccount', name, namespace: 'kube-system' }])
  }
})

const events = 'create patch update · core events.k8s.io · events'
const rules: Readonly<Record<string, readonly string[]>> = {
  'cluster-admin': ['* · * · *', '* · *'],
  'system:basic-user': [
    'create · authorization.k8s.io · selfsubjectaccessreviews selfsubjectrulesreviews',
    'create · authentication.k8s.io · selfsubjectreviews',
  ],
  'system:auth-delegator': ['create · authentication.k8s.io · tokenreviews', 'create · authorization.k8s.io · subjectaccessreviews'],
  'system:discovery': ['get · /api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/'],
  'system:public-info-viewer': ['get · /healthz /livez /readyz /version /version/'],
  'system:monitoring': ['get · /flagz /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/* /statusz', 'get · core · nodes/metrics'],
  'system:aggregate-to-admin': [
    'create · authorization.k8s.io · localsubjectaccessreviews',
    'create delete deletecollection get list patch update watch · rbac.authorization.k8s.io · rolebindings roles',
  ],
  'system:node-bootstrapper': ['create get list watch · certificates.k8s.io · certificatesigningrequests'],
  'system:node-problem-detector': ['get · core · nodes', 'patch · core · nodes/status', events],
  'system:kubelet-api-admin': [
    'get list watch · core · nodes',
    'proxy · core · nodes',
    '* · core · nodes/log nodes/metrics nodes/proxy nodes/stats',
    '* · core · nodes/configz nodes/healthz nodes/pods',
  ],
  'system:certificates.k8s.io:kubelet-serving-approver': ['approve · certificates.k8s.io · signers · kubernetes.io/kubelet-serving'],
  'system:controller:clusterrole-aggregation-controller': ['escalate get list patch update watch · rbac.authorization.k8s.io · clusterroles'],
  'system:controller:pvc-protection-controller': [
    'get list update watch · core · persistentvolumeclaims',
    'update · core · persistentvolumeclaims/status',
    'get list watch · core · pods',
    events,
  ],
  'system:controller:resource-claim-controller': [
    'get list watch · core · pods',
    'update · core · pods/finalizers',
    'create delete get list watch · resource.k8s.io · resourceclaims',
    'patch update · resource.k8s.io · resourceclaims resourceclaims/status',
    'patch update · core · pods/status',
    events,
    'patch update · resource.k8s.io · resourceclaims/binding',
  ],
  'system:controller:expand-controller': [
    'get list patch update watch · core · persistentvolumes',
    'patch update · core · persistentvolumeclaims/status',
    'get list watch · core · persistentvolumeclaims',
    events,
  ],
  'system:volume-scheduler': [
    'get list patch update watch · core · persistentvolumes',
    'get list watch · storage.k8s.io · storageclasses',
    'get list patch update watch · core · persistentvolumeclaims',
  ],
}

for (const [name, expected] of Object.entries(rules)) test(`${name} has upstream's rules`, () => assert.deepEqual(linesOf(name), expected))

const aggregateTo = (name: string) => `rbac.authorization.k8s.io/aggregate-to-${name}`
const bootstrapping = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
const aggregation: [string, string | undefined, Record<string, string>][] = [
  ['admin', 'admin', {}],
  ['edit', 'edit', { [aggregateTo('admin')]: 'true' }],
  ['view', 'view', { [aggregateTo('edit')]: 'true' }],
  ['system:aggregate-to-admin', undefined, { [aggregateTo('admin')]: 'true' }],
  ['system:aggregate-to-edit', undefined, { [aggregateTo('edit')]: 'true' }],
  ['system:aggregate-to-view', undefined, { [aggregateTo('view')]: 'true' }],
]

for (const [name, aggregates, labels] of aggregation) {
  test(`${name} is labelled and aggregated as upstream`, () => {
    const role = defaultClusterRoles().find(({ metadata }) => metadata.name === name)
    assert.deepEqual(role?.metadata.labels, { ...bootstrapping, ...labels })
    assert.deepEqual(role?.aggregationRule, aggregates && { clusterRoleSelectors: [{ matchLabels: { [aggregateTo(aggregates)]: 'true' } }] })
  })
}

test('every object of the policy says that it is a default, and may be mended', () => {
  for (const { metadata } of [...defaultClusterRoles(), ...defaultClusterRoleBindings(), ...defaultRoles(), ...defaultRoleBindings()]) {
    assert.equal(metadata.labels?.['kubernetes.io/bootstrapping'], 'rbac-defaults')
    assert.equal(metadata.annotations?.['rbac.authorization.kubernetes.io/autoupdate'], 'true')
  }
})

const subjects: Readonly<Record<string, string>> = {
  'cluster-admin': 'Group system:masters',
  'system:basic-user': 'Group system:authenticated',
  'system:discovery': 'Group system:authenticated',
  'system:public-info-viewer': 'Group system:authenticated, Group system:unauthenticated',
  'system:monitoring': 'Group system:monitoring',
  'system:kube-controller-manager': 'User system:kube-controller-manager',
  'system:kube-scheduler': 'User system:kube-scheduler',
  'system:volume-scheduler': 'User system:kube-scheduler',
  'system:kube-dns': 'ServiceAccount kube-dns',
  'system:node-proxier': 'User system:kube-proxy',
  'system:service-account-issuer-discovery': 'Group system:serviceaccounts',
  'system:node': '',
}

for (const [name, expected] of Object.entries(subjects)) {
  test(`${name} is bound as upstream`, () => {
    const binding = defaultClusterRoleBindings().find(({ metadata }) => metadata.name === name)
    assert.equal((binding?.subjects ?? []).map((each) => `${each.kind} ${each.name}`).join(', '), expected)
    assert.deepEqual(binding?.roleRef, { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name })
  })
}

test('roles of namespaces are bound in them', () => {
  const names = defaultRoles().map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  assert.deepEqual(names, [
    'kube-system/extension-apiserver-authentication-reader',
    'kube-system/k8ts:dns',
    'kube-system/system:controller:bootstrap-signer',
    'kube-system/system:controller:cloud-provider',
    'kube-system/system:controller:token-cleaner',
    'kube-system/system::leader-locking-kube-controller-manager',
    'kube-system/system::leader-locking-kube-scheduler',
    'kube-system/k8ts:cloud-controller-manager',
    'kube-public/system:controller:bootstrap-signer',
  ])
  for (const { metadata, roleRef } of defaultRoleBindings()) assert.ok(names.includes(`${metadata.namespace}/${roleRef.name}`), metadata.name)
})

test('a controller behind a feature gate has its role with the gate alone', () => {
  const named = (gates?: ReadonlySet<string>) =>
    [...defaultClusterRoles(gates), ...defaultClusterRoleBindings(gates)].filter(({ metadata }) =>
      metadata.name.endsWith(':storage-version-migrator-controller'),
    )
  assert.deepEqual(named(), [])
  const [role, binding] = named(new Set(['StorageVersionMigrator'])) as any[]
  assert.deepEqual(role.rules, [
    { verbs: ['create', 'list', 'patch'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['update'], apiGroups: ['storagemigration.k8s.io'], resources: ['storageversionmigrations/status'] },
  ])
  assert.deepEqual(binding.subjects, [{ kind: 'ServiceAccount', name: 'storage-version-migrator-controller', namespace: 'kube-system' }])
})
