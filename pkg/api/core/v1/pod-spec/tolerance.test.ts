/** What rules of today refuse in a new pod or template is let through where it was before. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorsUnderTest } from '../../../kind-under-test.ts'

const container = { name: 'c', image: 'x:1' }
const never = (values: string[]) => [{ key: 'a', operator: 'In', values }]
const spread = { maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'ScheduleAnyway' }
const term = { topologyKey: 'a', labelSelector: { matchExpressions: never(['_']) } }
const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }]
const token = { projected: { sources: [{ serviceAccountToken: { path: '../t' } }] } }

const rows: readonly [what: string, spec: object, field: string, annotations?: object][] = [
  [
    'values that no label has, of pods to be near',
    { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } },
    'affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].labelSelector.matchExpressions[0].values[0]',
  ],
  [
    'values that no label has, of nodes',
    { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: never(['_']) }] } } } },
    'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values[0]',
  ],
  [
    'a spread of a wrong selector',
    { topologySpreadConstraints: [{ ...spread, labelSelector: { matchExpressions: never(['_']) } }] },
    'topologySpreadConstraints[0].labelSelector.matchExpressions[0].values[0]',
  ],
  ['a token that leaves its volume', { volumes: [{ name: 'v', ...token }] }, 'volumes[0].projected.path'],
  ["parameters of the host's kernel", { hostNetwork: true, securityContext: { sysctls: [{ name: 'net.a' }] } }, 'securityContext.sysctls[0].name'],
  [
    'half a huge page',
    { containers: [{ ...container, resources: { limits: { cpu: '1', 'hugepages-2Mi': '1Mi' } } }] },
    'containers[0].resources.limits[hugepages-2Mi]',
  ],
  ["users of its own on the host's network", { hostUsers: false, hostNetwork: true }, 'hostNetwork'],
  [
    'users of its own and a block device',
    { hostUsers: false, volumes, containers: [{ ...container, volumeDevices: [{ name: 'v', devicePath: '/d' }] }] },
    'containers[0].volumeDevices',
  ],
  [
    'an init container restarted for having grown',
    { initContainers: [{ ...container, name: 'i', resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] }] },
    'initContainers[0].resizePolicy[0].restartPolicy',
  ],
  ['a deletion cost of no number', {}, 'annotations[controller.kubernetes.io/pod-deletion-cost]', { 'controller.kubernetes.io/pod-deletion-cost': 'x' }],
]

const deployment = (spec: object, annotations: object = {}, replicas = 1) => ({
  spec: {
    replicas,
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' }, annotations }, spec: { containers: [container], ...spec } },
  },
})

for (const [what, spec, field, annotations] of rows) {
  test(`${what}: refused in a new deployment, let through in one that had it`, () => {
    const refused = errorsUnderTest('apps/deployments', { object: deployment(spec, annotations) })
    const at = annotations ? `spec.template.${field}` : `spec.template.spec.${field}`
    assert.ok(
      refused.some((line) => line.startsWith(`${at}: `)),
      refused.join('\n'),
    )
    const kept = errorsUnderTest('apps/deployments', { object: deployment(spec, annotations, 2), old: deployment(spec, annotations) })
    assert.deepEqual(kept, [])
    const begun = errorsUnderTest('apps/deployments', { object: deployment(spec, annotations), old: deployment({}) })
    assert.deepEqual(begun, refused)
  })
}
