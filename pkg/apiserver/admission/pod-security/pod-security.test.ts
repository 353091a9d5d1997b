import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { namespaces, pods } from '#api/gen/resources.ts'
import { admissionAttributes, admit, createRig } from '../../test-rig.ts'
import { evaluate, violationText } from './evaluate.ts'
import { podSecurity } from './index.ts'

const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } }
const judge = (level: 'baseline' | 'restricted', spec: object, version = 'latest', annotations = {}) =>
  violationText(
    evaluate({ level, version }, { metadata: { annotations }, spec: { containers: [{ name: 'c', securityContext: restricted }], ...spec } as never }),
  )
const container = (securityContext: object, more: object = {}) => ({
  containers: [{ name: 'c', securityContext: { ...restricted, ...securityContext }, ...more }],
})

const baseline: [object, string][] = [
  [{}, ''],
  [{ hostNetwork: true, hostPID: true }, 'host namespaces (hostNetwork=true, hostPID=true)'],
  [container({ privileged: true }), 'privileged (container "c" must not set securityContext.privileged=true)'],
  [
    container({ capabilities: { add: ['NET_ADMIN', 'CHOWN'] } }),
    'non-default capabilities (container "c" must not include "NET_ADMIN" in securityContext.capabilities.add)',
  ],
  [{ volumes: [{ name: 'h', hostPath: { path: '/' } }] }, 'hostPath volumes (volume "h")'],
  [container({}, { ports: [{ hostPort: 80 }, { hostPort: 443 }] }), 'hostPort (container "c" uses hostPorts 443, 80)'],
  [container({ procMount: 'Unmasked' }), 'procMount (container "c" must not set securityContext.procMount to "Unmasked")'],
  [container({ procMount: 'Unmasked' }).containers && { ...container({ procMount: 'Unmasked' }), hostUsers: false }, ''],
  [{ securityContext: { seccompProfile: { type: 'Unconfined' } } }, 'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")'],
  [
    { securityContext: { seLinuxOptions: { type: 'x_t', user: 'u' } } },
    'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "x_t"; user may not be set)',
  ],
  [{ securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }, 'forbidden sysctls (kernel.msgmax)'],
  [
    container({}, { livenessProbe: { httpGet: { host: '10.0.0.1', port: 80 } } }),
    'probe or lifecycle host (container "c" uses probe or lifecycle host "10.0.0.1")',
  ],
  [container({ appArmorProfile: { type: 'Unconfined' } }), 'forbidden AppArmor profile (container "c" must not set AppArmor profile type to "Unconfined")'],
  [container({ windowsOptions: { hostProcess: true } }), 'hostProcess (container "c" must not set securityContext.windowsOptions.hostProcess=true)'],
]
for (const [spec, expected] of baseline)
  test(`baseline: ${expected || `nothing against ${JSON.stringify(spec)}`}`, () => assert.equal(judge('baseline', spec), expected))

test('restricted: a plain pod gets the four reasons that everyone knows', () => {
  assert.equal(
    judge('restricted', { containers: [{ name: 'nginx' }] }),
    'allowPrivilegeEscalation != false (container "nginx" must set securityContext.allowPrivilegeEscalation=false), ' +
      'unrestricted capabilities (container "nginx" must set securityContext.capabilities.drop=["ALL"]), ' +
      'runAsNonRoot != true (pod or container "nginx" must set securityContext.runAsNonRoot=true), ' +
      'seccompProfile (pod or container "nginx" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  )
  assert.equal(judge('restricted', {}), '')
})

test("restricted: volumes, root user, and checks that take a baseline one's place", () => {
  assert.equal(
    judge('restricted', { volumes: [{ name: 'h', hostPath: { path: '/' } }] }),
    'restricted volume types (volume "h" uses restricted volume type "hostPath")',
  )
  assert.equal(judge('restricted', container({ runAsUser: 0 })), 'runAsUser=0 (container "c" must not set runAsUser=0)')
  assert.equal(
    judge('restricted', container({ capabilities: { drop: ['ALL'], add: ['CHOWN'] } })),
    'unrestricted capabilities (container "c" must not include "CHOWN" in securityContext.capabilities.add)',
  )
})

test('an older version judges as it did then', () => {
  assert.equal(
    judge('baseline', { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem', value: '1' }] } }, 'v1.31'),
    'forbidden sysctls (net.ipv4.tcp_rmem)',
  )
  assert.equal(judge('baseline', { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_rmem', value: '1' }] } }, 'v1.32'), '')
  assert.equal(judge('restricted', container({ runAsUser: 0 }), 'v1.22'), '')
})

const rig = createRig(
  [
    namespaces,
    { metadata: { name: 'strict', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
    { metadata: { name: 'warned', labels: { 'pod-security.kubernetes.io/warn': 'baseline', 'pod-security.kubernetes.io/warn-version': 'v1.30' } } },
    { metadata: { name: 'free' } },
  ],
  [
    pods,
    { metadata: { namespace: 'free', name: 'b' }, spec: { hostPID: true, containers: [{ name: 'c' }] } },
    { metadata: { namespace: 'free', name: 'a' }, spec: { hostPID: true, containers: [{ name: 'c' }] } },
  ],
)
const plugin = podSecurity({ ...rig, authorizer: { name: 'none', authorize: () => ({ decision: 'no-opinion', reason: '' }) } })
await rig.start()
after(() => rig.stop())
const pod: any = { metadata: { name: 'p' }, spec: { hostNetwork: true, containers: [{ name: 'c', image: 'a' }] } }

test('enforced: refused; warned: let through with a warning; unlabelled: nothing', async () => {
  await assert.rejects(async () => admit(plugin, admissionAttributes(pod, { namespace: 'strict' })), {
    code: 403,
    message: /^pods "p" is forbidden: violates PodSecurity "restricted:latest": host namespaces \(hostNetwork=true\), allowPrivilegeEscalation != false/,
  })
  const warned = admissionAttributes(pod, { namespace: 'warned' })
  await admit(plugin, warned)
  assert.deepEqual(warned.warnings, ['would violate PodSecurity "baseline:v1.30": host namespaces (hostNetwork=true)'])
  const free = admissionAttributes(pod, { namespace: 'free' })
  await admit(plugin, free)
  assert.deepEqual(free.warnings, [])
})

test('a Deployment is only warned about; an update that changes no image is let be', async () => {
  const deployment = admissionAttributes({ metadata: { name: 'd' }, spec: { template: { spec: pod.spec } } } as never, {
    namespace: 'strict',
    group: 'apps',
    resource: 'deployments',
  })
  await admit(plugin, deployment)
  assert.match(deployment.warnings[0] ?? '', /^would violate PodSecurity "restricted:latest"/)
  await admit(plugin, admissionAttributes(pod, { namespace: 'strict', operation: 'UPDATE', oldObject: pod }))
})

test('a stricter label warns of the pods that are there; a bad one is refused', async () => {
  const labelled = (labels: object): any => ({ metadata: { name: 'free', labels } })
  const update = admissionAttributes(labelled({ 'pod-security.kubernetes.io/enforce': 'baseline' }), {
    operation: 'UPDATE',
    resource: 'namespaces',
    namespace: 'free',
    oldObject: labelled({}),
  })
  await admit(plugin, update)
  assert.deepEqual(update.warnings, [
    'existing pods in namespace "free" violate the new PodSecurity enforce level "baseline:latest"',
    'a (and 1 other pod): host namespaces',
  ])
  const bad = admissionAttributes(labelled({ 'pod-security.kubernetes.io/enforce': 'high' }), { resource: 'namespaces', namespace: 'free' })
  await assert.rejects(async () => admit(plugin, bad), { code: 422, message: /must be one of privileged, baseline, restricted/ })
})
