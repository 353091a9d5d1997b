/** What CRI is told of a pod's security, as it goes over the wire. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod, PodSecurityContext, SecurityContext } from '#api/gen/core/v1.ts'
import { buildServices } from '../cri/definition.ts'
import { enums, messages, runtimeMethods } from '../cri/messages.ts'
import { containerSecurity, namespaceOptions, seccomp, seLinux } from './security-context.ts'

const { RuntimeService } = buildServices({ package: 'runtime.v1', messages, enums, services: { RuntimeService: runtimeMethods } })
const { requestSerialize, requestDeserialize } = (
  RuntimeService as Record<string, { requestSerialize(value: object): Buffer; requestDeserialize(bytes: Buffer): any }>
).CreateContainer!

function told(ofPod: PodSecurityContext, own: SecurityContext) {
  const container = { name: 'main', resources: {}, securityContext: own }
  const pod = { metadata: { name: 'web', namespace: 'default', uid: 'u' }, spec: { containers: [container], securityContext: ofPod } } as unknown as Pod
  const securityContext = containerSecurity({ pod, container: container as never, image: undefined, seccompRoot: '/seccomp' })
  return requestDeserialize(requestSerialize({ config: { linux: { securityContext } } })).config.linux.securityContext
}

const cases: readonly (readonly [what: string, pod: PodSecurityContext, own: SecurityContext, field: string, wanted: unknown])[] = [
  ['SELinux options of the pod', { seLinuxOptions: { level: 's0:c1,c2' } }, {}, 'selinuxOptions', { user: '', role: '', type: '', level: 's0:c1,c2' }],
  [
    'SELinux options of the container go first',
    { seLinuxOptions: { level: 's0' } },
    { seLinuxOptions: { user: 'u', role: 'r', type: 't', level: 'l' } },
    'selinuxOptions',
    { user: 'u', role: 'r', type: 't', level: 'l' },
  ],
  ['no SELinux options', {}, {}, 'selinuxOptions', null],
  ['seccomp as the runtime has it', { seccompProfile: { type: 'RuntimeDefault' } }, {}, 'seccomp', { profileType: 'RuntimeDefault', localhostRef: '' }],
  [
    'a seccomp profile of the host, of the container before the pod',
    { seccompProfile: { type: 'RuntimeDefault' } },
    { seccompProfile: { type: 'Localhost', localhostProfile: 'a.json' } },
    'seccomp',
    { profileType: 'Localhost', localhostRef: '/seccomp/a.json' },
  ],
  ['no seccomp', {}, {}, 'seccomp', { profileType: 'Unconfined', localhostRef: '' }],
  ['user', { runAsUser: 1 }, { runAsUser: 2 }, 'runAsUser', { value: 2 }],
  ['group', { runAsGroup: 3 }, {}, 'runAsGroup', { value: 3 }],
  ['groups, once each', { supplementalGroups: [4, 5], fsGroup: 5 }, {}, 'supplementalGroups', [4, 5]],
  ['a policy for groups', { supplementalGroupsPolicy: 'Strict' }, {}, 'supplementalGroupsPolicy', 'Strict'],
  [
    'capabilities',
    {},
    { capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } },
    'capabilities',
    { addCapabilities: ['NET_ADMIN'], dropCapabilities: ['ALL'], addAmbientCapabilities: [] },
  ],
  ['no new privileges', {}, { allowPrivilegeEscalation: false }, 'noNewPrivs', true],
  ['a read-only root', {}, { readOnlyRootFilesystem: true }, 'readonlyRootfs', true],
  ['all of /proc', {}, { procMount: 'Unmasked' }, 'maskedPaths', []],
  ['privileged', {}, { privileged: true }, 'privileged', true],
  ['privileged without masks', {}, { privileged: true }, 'readonlyPaths', []],
  ['AppArmor of the host', {}, { appArmorProfile: { type: 'Localhost', localhostProfile: 'p' } }, 'apparmor', { profileType: 'Localhost', localhostRef: 'p' }],
]
for (const [what, pod, own, field, wanted] of cases) {
  test(`a container is made with ${what}`, () => {
    assert.deepEqual(told(pod, own)[field], wanted)
  })
}

for (const [what, spec, wanted] of [
  ['namespaces of the pod and a process space of its own', {}, { network: 'POD', pid: 'CONTAINER', ipc: 'POD' }],
  ['the host’s namespaces', { hostNetwork: true, hostPID: true, hostIPC: true }, { network: 'NODE', pid: 'NODE', ipc: 'NODE' }],
  ['one process space for the pod', { shareProcessNamespace: true }, { network: 'POD', pid: 'POD', ipc: 'POD' }],
] as const) {
  test(`a pod has ${what}`, () => {
    assert.deepEqual(namespaceOptions({ spec } as unknown as Pod), wanted)
  })
}

test('an ephemeral container joins the process space of the one that it looks at', () => {
  assert.deepEqual(namespaceOptions({ spec: {} } as Pod, { targetId: 'c1' }), { network: 'POD', ipc: 'POD', pid: 'TARGET', targetId: 'c1' })
})

test('the sandbox has the pod’s SELinux options', () => {
  const securityContext = { ...seLinux({ level: 's0' }), seccomp: seccomp({ type: 'RuntimeDefault' }, '/seccomp') }
  const { RunPodSandbox } = RuntimeService as Record<string, { requestSerialize(value: object): Buffer; requestDeserialize(bytes: Buffer): any }>
  const sent = RunPodSandbox!.requestDeserialize(RunPodSandbox!.requestSerialize({ config: { linux: { securityContext } } }))
  assert.equal(sent.config.linux.securityContext.selinuxOptions.level, 's0')
})
