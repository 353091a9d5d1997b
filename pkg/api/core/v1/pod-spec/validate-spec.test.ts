import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Change, errorsOfPod } from './pod-under-test.ts'

const fields =
  (more: object): Change =>
  (spec) =>
    Object.assign(spec, more)
const annotated =
  (annotations: object): Change =>
  (_, pod) =>
    (pod.metadata.annotations = annotations)
const secured =
  (context: object): Change =>
  (spec) =>
    (spec.containers[0].securityContext = context)
const contextAt = 'spec.containers[0].securityContext'
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const labelValue =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const needed = 'requiredDuringSchedulingIgnoredDuringExecution'
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution'

const cases: [string, Change, string[]][] = [
  ['a wrong node name', fields({ nodeName: 'A' }), [`spec.nodeName: Invalid value: "A": ${subdomain}`]],
  [
    'a deadline of nothing',
    fields({ activeDeadlineSeconds: 0 }),
    ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
  ],
  [
    'no DNS server though it wants its own',
    fields({ dnsPolicy: 'None' }),
    ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
  ],
  [
    'too many DNS servers, one of them wrong',
    fields({ dnsConfig: { nameservers: ['1.1.1.1', '2.2.2.2', '3.3.3.3', 'x'], options: [{ name: '' }] } }),
    [
      'spec.dnsConfig.nameservers: Invalid value: ["1.1.1.1","2.2.2.2","3.3.3.3","x"]: must not have more than 3 nameservers',
      'spec.dnsConfig.nameservers[3]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'spec.dnsConfig.options[0]: Required value: must not be empty',
    ],
  ],
  ['search domains with underscores and the root', fields({ dnsConfig: { searches: ['.', '_a.b.', 'c'] } }), []],
  [
    'an alias of no address',
    fields({ hostAliases: [{ ip: 'x', hostnames: ['A'] }] }),
    [
      'spec.hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      `spec.hostAliases[0].hostnames[0]: Invalid value: "A": ${subdomain}`,
    ],
  ],
  [
    'a readiness gate without a type',
    fields({ readinessGates: [{ conditionType: '' }] }),
    [
      'spec.readinessGates[0].conditionType: Invalid value: "": name part must be non-empty',
      `spec.readinessGates[0].conditionType: Invalid value: "": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    ],
  ],
  [
    'two scheduling gates of one name, and a node already',
    fields({ nodeName: 'n', schedulingGates: [{ name: 'g' }, { name: 'g' }] }),
    ['spec.schedulingGates[1]: Duplicate value: "g"', 'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
  ],
  [
    'an unknown preemption policy',
    fields({ preemptionPolicy: 'Always' }),
    ['spec.preemptionPolicy: Unsupported value: "Always": supported values: "PreemptLowerPriority", "Never"'],
  ],
  ['the system of none', fields({ os: { name: 'plan9' } }), ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"']],
  [
    'what Windows does not have',
    fields({ os: { name: 'windows' }, hostPID: true, securityContext: { runAsUser: 1, sysctls: [{ name: 'kernel.x', value: '1' }] } }),
    [
      'spec.hostPID: Forbidden: cannot be set for a windows pod',
      'spec.securityContext.sysctls: Forbidden: cannot be set for a windows pod',
      'spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod',
    ],
  ],
  [
    'what Linux does not have',
    fields({ os: { name: 'linux' }, securityContext: { windowsOptions: { runAsUserName: 'x' } } }),
    ['spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod'],
  ],
  [
    'users of its own on the host network',
    fields({ hostUsers: false, hostNetwork: true, hostPID: true, hostIPC: true }),
    [
      'spec.hostNetwork: Forbidden: when `hostUsers` is false',
      'spec.HostPID: Forbidden: when `hostUsers` is false',
      'spec.HostIPC: Forbidden: when `hostUsers` is false',
    ],
  ],
  [
    'users of its own and a block device',
    (spec) => {
      Object.assign(spec, { hostUsers: false, volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] })
      spec.containers[0].volumeDevices = [{ name: 'v', devicePath: '/dev/x' }]
    },
    ['spec.containers[0].volumeDevices: Forbidden: when `hostUsers` is false'],
  ],
  [
    'another name for its host, on the network of the node',
    fields({ hostnameOverride: `A${'a'.repeat(64)}`, hostNetwork: true, setHostnameAsFQDN: true }),
    [
      'spec.hostnameOverride: Forbidden: may not be specified when setHostnameAsFQDN is true',
      'spec.hostnameOverride: Forbidden: may not be specified when hostNetwork is true',
      'spec.hostnameOverride: Too long: may not be more than 64 bytes',
      `spec.hostnameOverride: Invalid value: "A${'a'.repeat(64)}": ${subdomain}`,
    ],
  ],
  ['no system though it says one', fields({ os: { name: '' } }), ['spec.os.name: Required value']],
  [
    'resources of the whole on Windows',
    fields({ os: { name: 'windows' }, resources: { limits: { cpu: '1' } } }),
    ['spec.resources: Forbidden: may not be set for a windows pod'],
  ],
  [
    'huge pages of containers beyond those of the whole',
    (spec) => {
      spec.resources = { limits: { 'hugepages-2Mi': '2Mi', cpu: '1' }, requests: { 'hugepages-2Mi': '2Mi', cpu: '1' } }
      const one = { limits: { 'hugepages-2Mi': '2Mi', memory: '1Gi' } }
      spec.containers = ['c', 'd'].map((name) => ({ name, image: 'x:1', resources: one }))
    },
    [
      'spec.resources.requests[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate container requests of 4Mi',
      'spec.resources.limits[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate container limits of 4Mi',
    ],
  ],
  [
    'a spread by a key that its selector has twice',
    fields({
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'a',
          whenUnsatisfiable: 'DoNotSchedule',
          matchLabelKeys: ['a', 'b'],
          labelSelector: { matchLabels: { b: 'c' }, matchExpressions: [{ key: 'b', operator: 'In', values: ['c'] }] },
        },
        { maxSkew: 1, topologyKey: 'b', whenUnsatisfiable: 'DoNotSchedule', matchLabelKeys: ['a/b/c'] },
      ],
    }),
    [
      'spec.topologySpreadConstraints[0][1]: Invalid value: "b": exists in both matchLabelKeys and labelSelector',
      'spec.topologySpreadConstraints[1].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set',
    ],
  ],
  [
    'tolerations of numbers, which no gate has opened',
    fields({ tolerations: [{ key: 'a', operator: 'Lt', value: '5' }] }),
    ['spec.tolerations[0].operator: Unsupported value: "Lt": supported values: "Equal", "Exists", "Lt", "Gt"'],
  ],
  [
    'claims of a pod that its node runs of itself',
    (spec, pod) => {
      pod.metadata.annotations = { 'kubernetes.io/config.mirror': 'x' }
      Object.assign(spec, { nodeName: 'n', resourceClaims: [{ name: 'a', resourceClaimName: 'b' }] })
    },
    ['[]: Forbidden: static pods do not support resource claims'],
  ],
  [
    'tolerations of everything but in earnest',
    fields({
      tolerations: [
        { operator: 'Equal' },
        { key: 'a', operator: 'Exists', value: 'b' },
        { key: 'a', tolerationSeconds: 1 },
        { key: 'a', operator: 'In', effect: 'No' },
        { key: 'a', value: '/' },
      ],
    }),
    [
      'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      `spec.tolerations[1].operator: Invalid value: "b": value must be empty when \`operator\` is 'Exists'`,
      `spec.tolerations[2].effect: Invalid value: "": effect must be 'NoExecute' when \`tolerationSeconds\` is set`,
      'spec.tolerations[3].operator: Unsupported value: "In": supported values: "Equal", "Exists"',
      'spec.tolerations[3].effect: Unsupported value: "No": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
      `spec.tolerations[4].operator: Invalid value: "/": ${labelValue}`,
    ],
  ],
  [
    'node affinity to nothing',
    fields({ affinity: { nodeAffinity: { [needed]: { nodeSelectorTerms: [] } } } }),
    [`spec.affinity.nodeAffinity.${needed}.nodeSelectorTerms: Required value: must have at least one node selector term`],
  ],
  [
    'node affinity of wrong operators',
    fields({
      affinity: {
        nodeAffinity: {
          [needed]: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: 'a', operator: 'In' },
                  { key: 'a', operator: 'Exists', values: ['b'] },
                  { key: 'a', operator: 'Gt', values: [] },
                ],
                matchFields: [{ key: 'x', operator: 'Exists' }],
              },
            ],
          },
          [preferred]: [{ weight: 0, preference: { matchExpressions: [{ key: 'a', operator: 'In', values: ['/'] }] } }],
        },
      },
    }),
    [
      `spec.affinity.nodeAffinity.${needed}.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
      `spec.affinity.nodeAffinity.${needed}.nodeSelectorTerms[0].matchExpressions[1].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
      `spec.affinity.nodeAffinity.${needed}.nodeSelectorTerms[0].matchExpressions[2].values: Required value: must be specified single value when \`operator\` is 'Lt' or 'Gt'`,
      `spec.affinity.nodeAffinity.${needed}.nodeSelectorTerms[0].matchFields[0].operator: Invalid value: "Exists": not a valid selector operator`,
      `spec.affinity.nodeAffinity.${needed}.nodeSelectorTerms[0].matchFields[0].key: Invalid value: "x": not a valid field selector key`,
      `spec.affinity.nodeAffinity.${preferred}[0].weight: Invalid value: 0: must be in the range 1-100`,
    ],
  ],
  [
    'pod affinity by keys without a selector',
    fields({ affinity: { podAntiAffinity: { [needed]: [{ topologyKey: 'a', matchLabelKeys: ['b'], mismatchLabelKeys: ['b'] }] } } }),
    [
      `spec.affinity.podAntiAffinity.${needed}[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set`,
      `spec.affinity.podAntiAffinity.${needed}[0].mismatchLabelKeys: Forbidden: must not be specified when labelSelector is not set`,
      `spec.affinity.podAntiAffinity.${needed}[0].matchLabelKeys[0]: Invalid value: "b": exists in both matchLabelKeys and mismatchLabelKeys`,
    ],
  ],
  [
    'topology spread of nothing, twice',
    fields({
      topologySpreadConstraints: [
        { maxSkew: 0, topologyKey: '', whenUnsatisfiable: 'ScheduleAnyway', minDomains: 0, nodeTaintsPolicy: 'X' },
        { maxSkew: 1, topologyKey: '', whenUnsatisfiable: 'ScheduleAnyway' },
      ],
    }),
    [
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty',
      'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{, ScheduleAnyway}"',
      'spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
      'spec.topologySpreadConstraints[0].nodeTaintsPolicy: Unsupported value: "X": supported values: "Honor", "Ignore"',
      'spec.topologySpreadConstraints[1].topologyKey: Required value: can not be empty',
    ],
  ],
  [
    'privilege that cannot escalate',
    secured({ privileged: true, allowPrivilegeEscalation: false }),
    [
      `${contextAt}: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
    ],
  ],
  [
    'the whole of /proc with users of the host',
    secured({ procMount: 'Unmasked' }),
    [`${contextAt}.procMount: Invalid value: "Unmasked": \`hostUsers\` must be false to use \`Unmasked\``],
  ],
  [
    'users below zero',
    secured({ runAsUser: -1, runAsGroup: -1 }),
    [
      `${contextAt}.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive`,
      `${contextAt}.runAsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive`,
    ],
  ],
  [
    'profiles of no type',
    secured({ seccompProfile: {}, appArmorProfile: {} }),
    [
      `${contextAt}.seccompProfile.type: Required value: type is required when seccompProfile is set`,
      `${contextAt}.appArmorProfile.type: Required value: type is required when appArmorProfile is set`,
    ],
  ],
  [
    'a local seccomp profile of no name',
    secured({ seccompProfile: { type: 'Localhost' } }),
    [`${contextAt}.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost`],
  ],
  [
    'a padded AppArmor profile',
    secured({ appArmorProfile: { type: 'Localhost', localhostProfile: ' x' } }),
    [`${contextAt}.appArmorProfile.localhostProfile: Invalid value: " x": must not be padded with whitespace`],
  ],
  [
    'a Windows user of two domains',
    secured({ windowsOptions: { runAsUserName: 'a\\b\\c' } }),
    [`${contextAt}.windowsOptions.runAsUserName: Invalid value: "a\\\\b\\\\c": runAsUserName cannot contain more than one backslash`],
  ],
  [
    'a host process off the host network',
    secured({ windowsOptions: { hostProcess: true } }),
    ['spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers'],
  ],
  [
    'sysctls of wrong names, and of the host',
    fields({ hostNetwork: true, securityContext: { sysctls: [{ name: 'A' }, { name: 'net.ipv4.x' }, { name: 'kernel.x' }, { name: 'kernel.x' }] } }),
    [
      'spec.securityContext.sysctls[0].name: Invalid value: "A": must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$',
      `spec.securityContext.sysctls[1].name: Invalid value: "net.ipv4.x": may not be specified when 'hostNetwork' is true`,
      'spec.securityContext.sysctls[3].name: Duplicate value: "kernel.x"',
    ],
  ],
  [
    'unknown policies of groups',
    fields({ securityContext: { fsGroupChangePolicy: 'X', supplementalGroupsPolicy: 'Y', seLinuxChangePolicy: 'Z' } }),
    [
      'spec.securityContext.fsGroupChangePolicy: Unsupported value: "X": supported values: "Always", "OnRootMismatch"',
      'spec.securityContext.supplementalGroupsPolicy: Unsupported value: "Y": supported values: "Merge", "Strict"',
      'spec.securityContext.seLinuxChangePolicy: Unsupported value: "Z": supported values: "Recursive"',
    ],
  ],
  [
    'the processes of the host shared twice',
    fields({ hostPID: true, shareProcessNamespace: true }),
    ['spec.securityContext.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled'],
  ],
  [
    'less for all than its containers ask',
    (spec) => {
      spec.resources = { requests: { cpu: '1' }, limits: { cpu: '2' } }
      spec.containers[0].resources = { requests: { cpu: '1500m' }, limits: { cpu: '3' } }
    },
    [
      'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 1500m',
      'spec.resources.containers[0][cpu].limits: Invalid value: "3": must be less than or equal to pod limits of 2',
    ],
  ],
  [
    'claims of the pod as a whole',
    fields({ resourceClaims: [{ name: 'x' }], resources: { claims: [{ name: 'x' }] } }),
    [
      'spec.resourceClaims[0]: Invalid value: {"Name":"x","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
      'spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level',
    ],
  ],
  [
    'a storage request of the pod as a whole',
    fields({ resources: { requests: { 'ephemeral-storage': '1' } } }),
    ['spec.resources.requests[ephemeral-storage]: Unsupported value: "ephemeral-storage": supported values: "cpu", "hugepages-", "memory"'],
  ],
  [
    'overhead of an unknown resource',
    fields({ overhead: { coffee: '1' } }),
    [
      'spec.overhead.limits[coffee]: Invalid value: "coffee": must be a standard resource type or fully qualified',
      'spec.overhead.limits[coffee]: Invalid value: "coffee": must be a standard resource for containers',
    ],
  ],
  [
    'the annotation of a mirror without a node',
    annotated({ 'kubernetes.io/config.mirror': 'x' }),
    ['metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set'],
  ],
  [
    'a deletion cost of no number',
    annotated({ 'controller.kubernetes.io/pod-deletion-cost': '+1' }),
    ['metadata.annotations[controller.kubernetes.io/pod-deletion-cost]: Invalid value: "+1": must be a 32bit integer'],
  ],
  [
    'an AppArmor annotation of no container',
    annotated({ 'container.apparmor.security.beta.kubernetes.io/z': 'x' }),
    [
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/z]: Invalid value: "z": container not found',
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/z]: Invalid value: "x": invalid AppArmor profile name: "x"',
    ],
  ],
  [
    'a seccomp annotation that contradicts its field',
    (spec, pod) => {
      pod.metadata.annotations = { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' }
      spec.securityContext = { seccompProfile: { type: 'RuntimeDefault' } }
    },
    ['spec.securityContext.seccompProfile.type: Forbidden: seccomp type in annotation and field must match'],
  ],
]

for (const [name, change, expected] of cases)
  test(`a pod with ${name} is ${expected.length > 0 ? 'refused' : 'valid'}`, () => assert.deepEqual(errorsOfPod(change), expected))
