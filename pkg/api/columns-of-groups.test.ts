import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definitionUnderTest, madeUnderTest } from './kind-under-test.ts'

const hosts = (...names: (string | undefined)[]) => ({ spec: { rules: names.map((host) => ({ host })) } })
const allocated = { allocation: { devices: {} } }

/** Which cell, of what, is what (pkg/printers/internalversion). */
const rows: [string, string, object, unknown][] = [
  ['networking.k8s.io/ingresses', 'Hosts', hosts(undefined), '*'],
  ['networking.k8s.io/ingresses', 'Hosts', hosts('a', 'b', 'c'), 'a,b,c'],
  ['networking.k8s.io/ingresses', 'Hosts', hosts('a', 'b', 'c', undefined), 'a,b,c + 1 more...'],
  ['networking.k8s.io/ingresses', 'Hosts', hosts('a', undefined, 'b', 'c', 'c'), 'a,b,c + 2 more...'],
  ['networking.k8s.io/ingresses', 'Address', { status: { loadBalancer: { ingress: [{ ip: '2.2.2.2' }, { hostname: 'a' }] } } }, '2.2.2.2,a'],
  ['networking.k8s.io/ingressclasses', 'Parameters', { spec: { parameters: { apiGroup: 'g.io', kind: 'K', name: 'n' } } }, 'K.g.io/n'],
  ['networking.k8s.io/ipaddresses', 'ParentRef', { spec: { parentRef: { group: 'g.io', resource: 'things', namespace: 'n', name: 'a' } } }, 'things.g.io/n/a'],
  ['storage.k8s.io/csidrivers', 'TokenRequests', { spec: {} }, '<unset>'],
  ['storage.k8s.io/csidrivers', 'TokenRequests', { spec: { tokenRequests: [{ audience: '' }] } }, ''],
  [
    'storage.k8s.io/storageclasses',
    'Name',
    { provisioner: 'p', metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } },
    'x (default)',
  ],
  ['resource.k8s.io/resourceclaims', 'State', {}, 'pending'],
  ['resource.k8s.io/resourceclaims', 'State', { status: { ...allocated, reservedFor: [{ uid: 'u' }] } }, 'allocated,reserved'],
  ['resource.k8s.io/resourceclaims', 'State', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' }, status: allocated }, 'deleted,allocated'],
  ['resource.k8s.io/resourceslices', 'Node', { spec: {} }, ''],
  ['flowcontrol.apiserver.k8s.io/prioritylevelconfigurations', 'Queues', { spec: { type: 'Limited', limited: { limitResponse: { queuing: {} } } } }, 64],
  ['flowcontrol.apiserver.k8s.io/prioritylevelconfigurations', 'Queues', { spec: { type: 'Exempt' } }, '<none>'],
  ['flowcontrol.apiserver.k8s.io/flowschemas', 'MissingPL', { spec: {} }, '?'],
  ['admissionregistration.k8s.io/validatingadmissionpolicies', 'ParamKind', { spec: { paramKind: { apiVersion: 'v1', kind: 'K' } } }, 'v1/K'],
  ['admissionregistration.k8s.io/validatingadmissionpolicybindings', 'ParamRef', { spec: { paramRef: { name: 'n' } } }, '*/n'],
  [
    'admissionregistration.k8s.io/validatingadmissionpolicybindings',
    'ParamRef',
    { spec: { paramRef: { selector: { matchLabels: { a: 'b' }, matchExpressions: [{ key: 'k', operator: 'In', values: ['v', 'w'] }] } } } },
    '&LabelSelector{MatchLabels:map[string]string{a: b,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[v w],},},}',
  ],
  [
    'certificates.k8s.io/certificatesigningrequests',
    'Condition',
    { status: { certificate: 'YQ==', conditions: [{ type: 'Approved' }, { type: 'Failed' }] } },
    'Approved,Failed,Issued',
  ],
  ['certificates.k8s.io/certificatesigningrequests', 'RequestedDuration', { spec: { expirationSeconds: 3600 } }, '60m'],
]

test('cells are what upstream prints', () => {
  for (const [kind, name, object, expected] of rows) {
    const definition = definitionUnderTest(kind)
    const column = definition.columns?.find((each) => each.name === name)
    assert.deepEqual(column?.cell(madeUnderTest(definition, object), 0), expected, `${kind} ${name}`)
  }
})

test('flow schemas are listed in the order in which they are asked', () => {
  const definition = definitionUnderTest('flowcontrol.apiserver.k8s.io/flowschemas')
  const schemas = [
    ['b', 2],
    ['c', 1],
    ['a', 2],
  ].map(([name, matchingPrecedence]) => madeUnderTest(definition, { metadata: { name }, spec: { matchingPrecedence } }))
  assert.deepEqual(
    schemas.sort(definition.tableOrder).map(({ metadata }) => metadata.name),
    ['c', 'a', 'b'],
  )
})

test('the row of a pod that is done says so', () => {
  const definition = definitionUnderTest('/pods')
  const conditions = (phase: string) => definition.rowConditions?.(madeUnderTest(definition, { status: { phase } }))
  assert.deepEqual(conditions('Succeeded'), [{ type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' }])
  assert.equal(conditions('Running'), undefined)
})
