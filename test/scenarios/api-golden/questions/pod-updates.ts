/** Pods as they are changed: most of a spec stays as it was made. */
import { updateEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'
import { containersPod, placedPod, volumesPod } from './pod-base.ts'

const base = '/api/v1/namespaces/golden/pods'
type Pod = { apiVersion: string; kind: string; metadata: Record<string, unknown>; spec: Record<string, unknown> }

/** Without a token of its account, so that what is sent differs in one place from what is there. */
const named = (pod: { metadata: object; spec: object }, name: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { ...pod.metadata, name },
  spec: { ...pod.spec, serviceAccountName: 'default', automountServiceAccountToken: false },
})
const create = (pod: Pod): Question => ({ key: String(pod.metadata.name), method: 'POST', path: base, body: pod })

const containers = named(containersPod, 'containers')
const placed = named(placedPod, 'placed')
const someVolumes = ['empty', 'secret', 'iscsi', 'rbd', 'claim', 'azure-disk', 'all', 'csi', 'ephemeral']
const volumes = named(
  { ...volumesPod, spec: { ...volumesPod.spec, volumes: volumesPod.spec.volumes.filter(({ name }) => someVolumes.includes(name)) } },
  'volumes',
)
const web = { name: 'web', image: 'nginx:1.27' }
const gated = named(
  { metadata: { name: 'gated' }, spec: { containers: [web], schedulingGates: [{ name: 'a' }, { name: 'b' }], nodeSelector: { disk: 'ssd' } } },
  'gated',
)
const required = (...nodeSelectorTerms: object[]) => ({ nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } })
const zoned = { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }
const gatedZoned = named({ ...gated, spec: { ...gated.spec, affinity: required(zoned) } }, 'gated-zoned')
const plain = named({ metadata: {}, spec: { containers: [web] } }, 'plain')
const mirror: Pod = {
  ...plain,
  metadata: { name: 'mirror', annotations: { 'kubernetes.io/config.mirror': 'x' } },
  spec: { containers: [web], nodeName: 'n1' },
}

const updates: readonly (readonly [Pod, string, object, object?])[] = [
  [plain, 'deadline set', { activeDeadlineSeconds: 100 }],
  [plain, 'deadline zero', { activeDeadlineSeconds: 0 }],
  [plain, 'deadline beyond', { activeDeadlineSeconds: 2147483648 }],
  [plain, 'toleration added', { tolerations: [{ key: 'a', operator: 'Exists' }] }],
  [
    plain,
    'tolerations replaced',
    {
      tolerations: [
        { key: 'a', operator: 'Exists', effect: 'NoSuch' },
        { key: '', operator: 'Equal', value: 'x' },
      ],
    },
  ],
  [plain, 'image with space', { containers: [{ ...web, image: ' nginx' }] }],
  [plain, 'another image', { containers: [{ ...web, image: 'nginx:1.28' }] }],
  [plain, 'another container', { containers: [web, { ...web, name: 'b' }] }],
  [plain, 'an init container', { initContainers: [{ ...web, name: 'b' }] }],
  [plain, 'an ephemeral container', { ephemeralContainers: [{ ...web, name: 'b' }] }],
  [plain, 'a gate', { schedulingGates: [{ name: 'a' }] }],
  [plain, 'placed', { nodeName: 'n1' }],
  [plain, 'grace -1', { terminationGracePeriodSeconds: -1 }],
  [plain, 'grace 1', { terminationGracePeriodSeconds: 1 }],
  [plain, 'resources', { containers: [{ ...web, resources: { requests: { cpu: '1' } } }] }],
  [plain, 'pod resources', { resources: { requests: { cpu: '1' } } }],
  [plain, 'host network', { hostNetwork: true }],
  [plain, 'readiness gate', { readinessGates: [{ conditionType: 'a' }] }],
  [plain, 'text with <&>', { hostname: 'a', subdomain: '<&>' }],
  [plain, 'restart policy', { restartPolicy: 'Never' }],
  [plain, 'labels', {}, { labels: { a: 'b' } }],
  [plain, 'label wrong', {}, { labels: { 'a b': 'b' } }],
  [plain, 'deletion cost', {}, { annotations: { 'controller.kubernetes.io/pod-deletion-cost': 'x' } }],
  [plain, 'mirror annotation', {}, { annotations: { 'kubernetes.io/config.mirror': 'x' } }],
  [plain, 'AppArmor annotation', {}, { annotations: { 'container.apparmor.security.beta.kubernetes.io/web': 'unconfined' } }],
  [plain, 'seccomp annotation', {}, { annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' } }],
  [
    plain,
    'init container annotations',
    {},
    { annotations: { 'pod.beta.kubernetes.io/init-containers': '[]', 'pod.alpha.kubernetes.io/init-container-statuses': '[]' } },
  ],
  [plain, 'finalizer', {}, { finalizers: ['example.com/x'] }],
  [plain, 'finalizer wrong', {}, { finalizers: ['x'] }],
  [plain, 'owner', {}, { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'u', controller: true }] }],
  [plain, 'revision 1', {}, { resourceVersion: '1' }],
  [plain, 'uid', {}, { uid: 'x' }],
  [plain, 'generation', {}, { generation: 7 }],
  [plain, 'namespace', {}, { namespace: 'other' }],
  [plain, 'name', {}, { name: 'other' }],
  [mirror, 'annotation changed', {}, { annotations: { 'kubernetes.io/config.mirror': 'y' } }],
  [mirror, 'annotation gone', {}, { annotations: {} }],
  [gated, 'gate gone', { schedulingGates: [{ name: 'b' }] }],
  [gated, 'gates gone', { schedulingGates: [] }],
  [gated, 'gate new', { schedulingGates: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] }],
  [gated, 'gate wrong', { schedulingGates: [{ name: 'a b' }] }],
  [gated, 'placed', { nodeName: 'n1' }],
  [gated, 'node selector added', { nodeSelector: { disk: 'ssd', zone: 'a' } }],
  [gated, 'node selector changed', { nodeSelector: { disk: 'hdd' } }],
  [gated, 'node selector gone', { nodeSelector: undefined }],
  [gated, 'affinity set', { affinity: required(zoned) }],
  [gated, 'affinity wrong', { affinity: required({ matchExpressions: [{ key: 'zone', operator: 'Like' }] }) }],
  [gated, 'pod affinity set', { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone' }] } } }],
  [gatedZoned, 'term added', { affinity: required(zoned, zoned) }],
  [gatedZoned, 'terms gone', { affinity: undefined }],
  [gatedZoned, 'requirement added', { affinity: required({ matchExpressions: [...zoned.matchExpressions, { key: 'disk', operator: 'Exists' }] }) }],
  [gatedZoned, 'requirement changed', { affinity: required({ matchExpressions: [{ key: 'zone', operator: 'In', values: ['b'] }] }) }],
  [gatedZoned, 'field added', { affinity: required({ ...zoned, matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }) }],
  [
    gatedZoned,
    'preference added',
    { affinity: { nodeAffinity: { ...required(zoned).nodeAffinity, preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: zoned }] } } },
  ],
]

/**
 * Not what is refused as it is read, which creation asks. Nor what empties a list or map: an empty one is as good as none to
 * our decoder, and the message shows it (see known.ts).
 */
const isLeftOut = ({ key }: Question): boolean => /=(7|"x"|\[\]|\{\}|with an unknown field)$/.test(key) || /(\[0\]|\.(cpu|disk|a|storage)) left out$/.test(key)
const eachOf = (label: string, pod: Pod, skip: readonly string[]) =>
  updateEach(label, `${base}/${label}`, pod, { skip }).filter((question) => !isLeftOut(question))
const main = 'spec.containers[0]'

export const podUpdates: Questionnaire = {
  setup: [...inNamespace, ...[containers, placed, volumes, plain, mirror, gated, gatedZoned].map(create)],
  questions: [
    ...eachOf('containers', containers, ['metadata', `${main}.env`, `${main}.livenessProbe`, `${main}.readinessProbe`]),
    ...eachOf('placed', placed, ['metadata', 'spec.containers', 'spec.affinity.podAffinity']),
    ...eachOf('volumes', volumes, ['metadata', 'spec.containers']),
    ...updates.map(
      ([pod, what, spec, metadata]): Question => ({
        key: `update ${pod.metadata.name} ${what}`,
        method: 'PUT',
        path: `${base}/${pod.metadata.name}?dryRun=All&fieldValidation=Strict`,
        body: { ...pod, metadata: { ...pod.metadata, ...metadata }, spec: { ...pod.spec, ...spec } },
      }),
    ),
  ],
}
