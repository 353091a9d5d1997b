/** What each kind's doors let through: pkg/registry/GROUP/KIND/strategy.go of upstream, as one table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definitions } from './index.ts'
import { madeUnderTest } from './kind-under-test.ts'
import type { ResourceDefinition, StrategyContext } from './types.ts'

const context: StrategyContext = { now: Date.parse('2026-01-01T00:00:00Z'), user: 'ann', identity: { groups: ['g'] } }
const nameOf = ({ group, version, plural }: ResourceDefinition) => `${group || 'core'}/${version}/${plural}`
const stored = definitions.filter(({ virtual, verbs }) => !virtual && (verbs?.includes('create') ?? true))
const namesWhere = (holds: (definition: ResourceDefinition) => unknown) => stored.filter(holds).map(nameOf).sort()
const rowsOf = (text: string) => text.trim().split(/\s+/).sort()

test('these kinds are created by a PUT of a name that is not there', () => {
  const expected = `core/v1/endpoints core/v1/events core/v1/limitranges core/v1/services coordination.k8s.io/v1/leases events.k8s.io/v1/events node.k8s.io/v1/runtimeclasses
    rbac.authorization.k8s.io/v1/clusterrolebindings rbac.authorization.k8s.io/v1/clusterroles rbac.authorization.k8s.io/v1/rolebindings rbac.authorization.k8s.io/v1/roles`
  assert.deepEqual(
    namesWhere(({ allowCreateOnUpdate }) => allowCreateOnUpdate),
    rowsOf(expected),
  )
})

test('these kinds are updated only by who names the version', () => {
  const expected = `admissionregistration.k8s.io/v1/mutatingadmissionpolicies admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings
    admissionregistration.k8s.io/v1/mutatingwebhookconfigurations admissionregistration.k8s.io/v1/validatingadmissionpolicies
    admissionregistration.k8s.io/v1/validatingadmissionpolicybindings admissionregistration.k8s.io/v1/validatingwebhookconfigurations
    apiextensions.k8s.io/v1/customresourcedefinitions apiregistration.k8s.io/v1/apiservices coordination.k8s.io/v1/leases
    node.k8s.io/v1/runtimeclasses
    policy/v1/poddisruptionbudgets storage.k8s.io/v1/csidrivers storage.k8s.io/v1/csinodes storage.k8s.io/v1/csistoragecapacities storage.k8s.io/v1/volumeattachments`
  assert.deepEqual(
    namesWhere(({ allowUnconditionalUpdate }) => !allowUnconditionalUpdate),
    rowsOf(expected),
  )
})

const template = { spec: { containers: [{ name: 'c', image: 'x:1' }] } }
/** A spec, and another, of kinds whose generation counts its changes; `at` is where it is. */
const counted: readonly [name: string, one: object, other: object][] = [
  ['core/v1/pods', { spec: template.spec }, { spec: { ...template.spec, activeDeadlineSeconds: 5 } }],
  ['core/v1/podtemplates', { template }, { template: { ...template, metadata: { labels: { a: 'b' } } } }],
  ['core/v1/replicationcontrollers', { spec: { template } }, { spec: { template, replicas: 2 } }],
  ['apps/v1/daemonsets', { spec: { template } }, { spec: { template, minReadySeconds: 2 } }],
  ['apps/v1/deployments', { spec: { template } }, { spec: { template, replicas: 2 } }],
  ['apps/v1/replicasets', { spec: { template } }, { spec: { template, replicas: 2 } }],
  ['apps/v1/statefulsets', { spec: { template } }, { spec: { template, replicas: 2 } }],
  [
    'batch/v1/cronjobs',
    { spec: { schedule: '0 0 * * *', jobTemplate: { spec: { template } } } },
    { spec: { schedule: '1 0 * * *', jobTemplate: { spec: { template } } } },
  ],
  ['batch/v1/jobs', { spec: { template } }, { spec: { template, parallelism: 3 } }],
  ['policy/v1/poddisruptionbudgets', { spec: { minAvailable: 1 } }, { spec: { minAvailable: 2 } }],
  ['networking.k8s.io/v1/ingresses', { spec: {} }, { spec: { ingressClassName: 'a' } }],
  ['networking.k8s.io/v1/ingressclasses', { spec: { controller: 'a/b' } }, { spec: { controller: 'a/c' } }],
  ['networking.k8s.io/v1/networkpolicies', { spec: { podSelector: {} } }, { spec: { podSelector: { matchLabels: { a: 'b' } } } }],
  ['discovery.k8s.io/v1/endpointslices', { addressType: 'IPv4' }, { addressType: 'IPv4', endpoints: [{ addresses: ['1.2.3.4'] }] }],
  ['resource.k8s.io/v1/deviceclasses', { spec: {} }, { spec: { extendedResourceName: 'a/b' } }],
  ['resource.k8s.io/v1/resourceslices', { spec: { driver: 'a', pool: { name: 'p' } } }, { spec: { driver: 'a', pool: { name: 'p', generation: 2 } } }],
  ['flowcontrol.apiserver.k8s.io/v1/flowschemas', { spec: {} }, { spec: { matchingPrecedence: 7 } }],
  ['flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations', { spec: { type: 'Exempt' } }, { spec: { type: 'Limited' } }],
  ['admissionregistration.k8s.io/v1/mutatingadmissionpolicies', { spec: {} }, { spec: { failurePolicy: 'Ignore' } }],
  ['admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings', { spec: {} }, { spec: { policyName: 'a' } }],
  ['admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {}, { webhooks: [{ name: 'a' }] }],
  ['admissionregistration.k8s.io/v1/validatingadmissionpolicies', { spec: {} }, { spec: { failurePolicy: 'Ignore' } }],
  ['admissionregistration.k8s.io/v1/validatingadmissionpolicybindings', { spec: {} }, { spec: { policyName: 'a' } }],
  ['admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {}, { webhooks: [{ name: 'a' }] }],
  [
    'apiextensions.k8s.io/v1/customresourcedefinitions',
    { spec: { group: 'a', names: { plural: 'b' } } },
    { spec: { group: 'a', names: { plural: 'b', singular: 'c' } } },
  ],
]
/** At creation alone. */
const onlyFirst = ['scheduling.k8s.io/v1/priorityclasses']

const definitionOf = (name: string) => stored.find((each) => nameOf(each) === name)!

function created(definition: ResourceDefinition, object: object): any {
  const made = madeUnderTest(definition, object)
  definition.create?.prepare?.(made, context)
  return made
}

/** As the registry: the generation is not the writer's. */
function updated(definition: ResourceDefinition, old: any, object: object): any {
  const made = madeUnderTest(definition, object)
  made.metadata.generation = old.metadata.generation
  definition.update?.prepare?.(made, old, context)
  return made
}

for (const [name, one, other] of counted) {
  test(`${name} begin at generation 1; a change of what is wanted counts, a label alone does not`, () => {
    const definition = definitionOf(name)
    const old = created(definition, { ...one, metadata: { generation: 7 } })
    assert.equal(old.metadata.generation, 1)
    assert.equal(updated(definition, old, structuredClone(old)).metadata.generation, 1, 'nothing changed')
    assert.equal(updated(definition, old, other).metadata.generation, 2, 'something changed')
    const labelled = updated(definition, old, { ...structuredClone(old), metadata: { ...old.metadata, labels: { a: 'b' } } })
    assert.equal(labelled.metadata.generation, name === 'discovery.k8s.io/v1/endpointslices' ? 2 : 1, 'a label')
    const annotated = updated(definition, old, { ...structuredClone(old), metadata: { ...old.metadata, annotations: { a: 'b' } } })
    assert.equal(annotated.metadata.generation, name === 'apps/v1/deployments' ? 2 : 1, 'an annotation')
  })
}

test('CSI drivers begin without a generation; the first change of what is wanted makes it 1', () => {
  const definition = definitionOf('storage.k8s.io/v1/csidrivers')
  const old = created(definition, { spec: {}, metadata: {} })
  assert.equal(old.metadata.generation, undefined)
  assert.equal(updated(definition, old, structuredClone(old)).metadata.generation, undefined, 'nothing changed')
  assert.equal(updated(definition, old, { spec: { podInfoOnMount: true } }).metadata.generation, 1, 'something changed')
})

test('no other kind has a generation', () => {
  const known = new Set([...counted.map(([name]) => name), ...onlyFirst])
  for (const definition of stored) {
    if (known.has(nameOf(definition))) continue
    const object = { metadata: {}, spec: {}, status: {} } as any
    definition.create?.prepare?.(object, context)
    assert.equal(object.metadata.generation, undefined, nameOf(definition))
  }
})

/** Which of metadata's labels, annotations, finalizers and owners a write to /status can change. */
const throughStatus: Readonly<Record<string, readonly string[]>> = {
  'apps/v1/deployments': ['annotations', 'finalizers', 'ownerReferences'],
  'core/v1/pods': ['labels', 'annotations', 'finalizers'],
  'admissionregistration.k8s.io/v1/validatingadmissionpolicies': [],
  'apiregistration.k8s.io/v1/apiservices': [],
  'flowcontrol.apiserver.k8s.io/v1/flowschemas': [],
  'flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations': [],
  'networking.k8s.io/v1/servicecidrs': [],
  'resource.k8s.io/v1/resourceclaims': [],
  'storage.k8s.io/v1/volumeattachments': [],
}
const ofMetadata = ['labels', 'annotations', 'finalizers', 'ownerReferences']

for (const definition of stored.filter(({ status }) => status)) {
  const name = nameOf(definition)
  test(`${name}: the main door keeps status, and /status keeps all but status`, () => {
    const [one, other] = counted.find(([each]) => each === name)?.slice(1) ?? [{ spec: {} }, { spec: { unknown: true } }]
    const old = madeUnderTest(definition, { ...(one as object), status: { conditions: [{ type: 'Old', status: 'True' }] } })
    const written = { ...structuredClone(old), ...madeUnderTest(definition, other as object), status: { conditions: [{ type: 'New', status: 'True' }] } }
    const changed = {
      labels: { a: 'b' },
      annotations: { a: 'b' },
      finalizers: ['a/b'],
      ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: 'a', uid: 'b' }],
    }

    const whole = structuredClone({ ...written, metadata: { ...old.metadata, ...changed } })
    definition.update?.prepare?.(whole, old, context)
    assert.deepEqual(whole.status.conditions, old.status.conditions, 'status through the main door')

    const status = structuredClone({ ...written, metadata: { ...old.metadata, ...changed, generation: 9 } })
    definition.status?.prepare?.(status, { ...old, metadata: { ...old.metadata, generation: 3 } }, context)
    assert.deepEqual(status.spec, old.spec, 'spec through /status')
    assert.notDeepEqual(status.status, old.status, 'status through /status')
    const through = ofMetadata.filter((key) => status.metadata[key] !== undefined)
    assert.deepEqual(through, throughStatus[name] ?? ofMetadata)
  })
  test(`${name}: a new object has none of the status that its writer gave`, () => {
    const made = created(definition, { spec: { template }, status: { conditions: [{ type: 'Given', status: 'True' }] } })
    const isGiven = (made.status?.conditions ?? []).some(({ type }: { type: string }) => type === 'Given')
    // Nodes tell of themselves as they register.
    assert.equal(isGiven, name === 'core/v1/nodes')
  })
}
