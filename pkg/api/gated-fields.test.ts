import assert from 'node:assert/strict'
import { test } from 'node:test'
import { definitionUnderTest, madeUnderTest } from './kind-under-test.ts'
import { dropGatedFields, gatesOffByDefault, gatesToSwitch } from './gated-fields.ts'

const container = (more: object) => ({ name: 'c', image: 'x:1', ...more })
const podOf = (spec: object) => ({ spec: { containers: [container({})], ...spec } })
const templateOf = (spec: object) => ({ spec: { template: podOf(spec) } })
const trust = { projected: { sources: [{ clusterTrustBundle: { name: 'b', path: 'p' } }, { secret: { name: 's' } }] } }
const slice = (device: object) => ({ spec: { driver: 'd', pool: { name: 'p' }, devices: [{ name: 'x', ...device }] } })

/** A kind, where it has a gated field, and what is there after a write of it. */
const cases: readonly [kind: string, object: object, at: string, after: unknown][] = [
  ['/pods', podOf({ schedulingGroup: { podGroupName: 'g' } }), 'spec.schedulingGroup', undefined],
  ['/pods', podOf({ volumes: [{ name: 'v', ...trust }] }), 'spec.volumes.0.projected.sources.0', {}],
  [
    '/pods',
    podOf({ volumes: [{ name: 'v', projected: { sources: [{ podCertificate: { signerName: 'a/b', keyType: 'ED25519' } }] } }] }),
    'spec.volumes.0.projected.sources.0',
    {},
  ],
  ['/pods', podOf({ containers: [container({ lifecycle: { stopSignal: 'SIGUSR1' } })] }), 'spec.containers.0.lifecycle', undefined],
  [
    '/pods',
    podOf({ containers: [container({ lifecycle: { stopSignal: 'SIGUSR1', preStop: { sleep: { seconds: 1 } } } })] }),
    'spec.containers.0.lifecycle',
    { preStop: { sleep: { seconds: 1 } } },
  ],
  [
    '/pods',
    { ...podOf({}), status: { nodeAllocatableResourceClaimStatuses: [{ resourceClaimName: 'c' }] } },
    'status.nodeAllocatableResourceClaimStatuses',
    undefined,
  ],
  ['/podtemplates', { template: podOf({ schedulingGroup: {} }) }, 'template.spec.schedulingGroup', undefined],
  ['apps/deployments', templateOf({ schedulingGroup: {} }), 'spec.template.spec.schedulingGroup', undefined],
  [
    'batch/cronjobs',
    { spec: { jobTemplate: { spec: { template: podOf({ schedulingGroup: {} }) } } } },
    'spec.jobTemplate.spec.template.spec.schedulingGroup',
    undefined,
  ],
  [
    'apps/statefulsets',
    { spec: { ...templateOf({}).spec, updateStrategy: { rollingUpdate: { maxUnavailable: 2 } } } },
    'spec.updateStrategy.rollingUpdate',
    { partition: 0 },
  ],
  ['coordination.k8s.io/leases', { spec: { strategy: 'OldestEmulationVersion', holderIdentity: 'h' } }, 'spec', { holderIdentity: 'h' }],
  ['storage.k8s.io/csidrivers', { spec: { preventPodSchedulingIfMissing: true } }, 'spec.preventPodSchedulingIfMissing', undefined],
  [
    'resource.k8s.io/resourceslices',
    slice({ attributes: { a: { strings: ['x'] }, b: { string: 'y' } } }),
    'spec.devices.0.attributes',
    { a: {}, b: { string: 'y' } },
  ],
  ['resource.k8s.io/resourceslices', slice({ nodeAllocatableResourceMappings: { cpu: {} } }), 'spec.devices.0.nodeAllocatableResourceMappings', undefined],
]

const valueAt = (object: any, at: string): unknown => at.split('.').reduce((value, key) => value?.[key], object)

for (const [kind, object, at, after] of cases) {
  test(`${kind}: ${at} loses what a feature off by default has there, unless it was there before`, () => {
    const { schema } = definitionUnderTest(kind)
    const made = madeUnderTest(definitionUnderTest(kind), object)
    const dropped = structuredClone(made)
    dropGatedFields(schema, dropped)
    assert.deepEqual(valueAt(dropped, at), after)
    for (const [old, on] of [
      [made, new Set<string>()],
      [undefined, gatesOffByDefault],
    ] as const) {
      const kept = structuredClone(made)
      dropGatedFields(schema, kept, old, on)
      assert.deepEqual(kept, made)
    }
  })
}

test('what one feature had before does not keep what another brings', () => {
  const { schema } = definitionUnderTest('/pods')
  const old = podOf({ schedulingGroup: { podGroupName: 'g' } })
  const object = podOf({ schedulingGroup: { podGroupName: 'h' }, containers: [container({ lifecycle: { stopSignal: 'SIGUSR1' } })] })
  dropGatedFields(schema, object, old)
  assert.deepEqual(object, podOf({ schedulingGroup: { podGroupName: 'h' } }))
})

test('every gate that can be switched on is one that is off by default', () => {
  assert.deepEqual(
    [...gatesToSwitch].filter((gate) => !gatesOffByDefault.has(gate)),
    [],
  )
})
