import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Change, errorsOfPod } from './pod-under-test.ts'

const at = 'spec.containers[0]'
const container =
  (fields: object): Change =>
  (spec) =>
    Object.assign(spec.containers[0], fields)
const init =
  (fields: object): Change =>
  (spec) =>
    (spec.initContainers = [{ name: 'i', image: 'x:1', ...fields }])
const port = 'must be between 1 and 65535, inclusive'

const cases: [string, Change, string[]][] = [
  [
    'an environment of all sources',
    container({
      env: [
        { name: 'a.b', value: 'c' },
        { name: 'N', valueFrom: { fieldRef: { fieldPath: 'status.podIPs' } } },
      ],
    }),
    [],
  ],
  [
    'a name with an equals sign',
    container({ env: [{ name: 'a=b' }] }),
    [`${at}.env[0].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than '='`],
  ],
  [
    'a variable of no source',
    container({ env: [{ name: 'a', valueFrom: {} }] }),
    [
      `${at}.env[0].valueFrom: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\`, \`secretKeyRef\` or \`fileKeyRef\``,
    ],
  ],
  [
    'a variable out of a file that is on no volume of the pod',
    container({ env: [{ name: 'a', valueFrom: { fileKeyRef: { key: 'a=b', volumeName: 'V', path: '../x' } } }] }),
    [
      `${at}.env[0].valueFrom.fileKeyRef.key: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than '='`,
      `${at}.env[0].valueFrom.fileKeyRef.volumeName: Invalid value: "V": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
      `${at}.env[0].valueFrom.fileKeyRef.path: Invalid value: "../x": must not contain '..'`,
      `${at}.env[0].valueFrom.fileKeyRef.volumeName: Not found: "V"`,
    ],
  ],
  [
    'a variable out of a file on a volume that stays',
    (spec) => {
      spec.volumes = [{ name: 'v', hostPath: { path: '/a' } }]
      spec.containers[0].env = [{ name: 'a', valueFrom: { fileKeyRef: { key: 'a', volumeName: 'v', path: '/x' } } }]
    },
    [`${at}.env[0].valueFrom.fileKeyRef.volumeName: Invalid value: "v": referenced volume must be of type emptyDir`],
  ],
  [
    'an init container that would be restarted for having grown',
    init({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] }),
    [
      `spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: "RestartContainer": must not be set to 'RestartContainer' for non-sidecar initContainers`,
    ],
  ],
  [
    'a sidecar that is restarted for having grown',
    init({ restartPolicy: 'Always', resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] }),
    [],
  ],
  [
    'a signal of another system',
    (spec) => {
      spec.os = { name: 'windows' }
      spec.containers[0].lifecycle = { stopSignal: 'SIGHUP' }
    },
    [`${at}.lifecycle.stopSignal: Unsupported value: "SIGHUP": supported values: "SIGKILL", "SIGTERM"`],
  ],
  [
    'a signal of the last real-time ones',
    (spec) => {
      spec.os = { name: 'linux' }
      spec.containers[0].lifecycle = { stopSignal: 'SIGRTMAX-14' }
    },
    [],
  ],
  [
    'a variable of two sources',
    container({ env: [{ name: 'a', valueFrom: { fieldRef: { fieldPath: 'metadata.name' }, secretKeyRef: { name: 's', key: 'k' } } }] }),
    [`${at}.env[0].valueFrom: Invalid value: "": may not have more than one field specified at a time`],
  ],
  [
    'a field that there is not',
    container({ env: [{ name: 'a', valueFrom: { fieldRef: { fieldPath: 'spec.containers' } } }] }),
    [`${at}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.containers": error converting fieldPath: field label not supported: spec.containers`],
  ],
  [
    'labels as a whole',
    container({ env: [{ name: 'a', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } }] }),
    [
      `${at}.env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"`,
    ],
  ],
  [
    'a secret key without a key',
    container({ env: [{ name: 'a', valueFrom: { secretKeyRef: { name: 's', key: '' } } }] }),
    [`${at}.env[0].valueFrom.secretKeyRef.key: Required value`],
  ],
  [
    'variables from nowhere',
    container({ envFrom: [{ prefix: 'A_' }] }),
    [`${at}.envFrom: Invalid value: "": must specify one of: \`configMapRef\` or \`secretRef\``],
  ],
  ['variables from a nameless map', container({ envFrom: [{ configMapRef: {} }] }), [`${at}.envFrom[0].configMapRef.name: Required value`]],
  [
    'ports of wrong names, numbers and protocols',
    container({ ports: [{ name: 'Aa', containerPort: 0, hostPort: -1, protocol: 'ICMP' }] }),
    [
      `${at}.ports[0].name: Invalid value: "Aa": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)`,
      `${at}.ports[0].containerPort: Required value`,
      `${at}.ports[0].hostPort: Invalid value: -1: ${port}`,
      `${at}.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"`,
    ],
  ],
  [
    'two ports of one host port',
    container({
      ports: [
        { containerPort: 1, hostPort: 80 },
        { containerPort: 2, hostPort: 80 },
      ],
    }),
    [`${at}.ports[1].hostPort: Duplicate value: "TCP//80"`],
  ],
  [
    "another port than the host's on the host network",
    (spec) => {
      spec.hostNetwork = true
      spec.containers[0].ports = [{ containerPort: 80, hostPort: 81 }]
    },
    [`${at}.ports[0].hostPort: Invalid value: 81: must match \`containerPort\` when \`hostNetwork\` is true`],
  ],
  [
    'a port that the host network fills in',
    (spec) => {
      spec.hostNetwork = true
      spec.containers[0].ports = [{ containerPort: 80 }]
    },
    [],
  ],
  [
    'mounts of one path, absolute below it, propagated without privilege',
    (spec) => {
      spec.volumes = [{ name: 'v' }]
      spec.containers[0].volumeMounts = [
        { name: 'v', mountPath: '/a', subPath: '/b' },
        { name: 'v', mountPath: '/a', subPath: 'c', subPathExpr: '$(D)', mountPropagation: 'Bidirectional' },
      ]
    },
    [
      `${at}.volumeMounts.subPath: Invalid value: "/b": must be a relative path`,
      `${at}.volumeMounts[1].mountPath: Invalid value: "/a": must be unique`,
      `${at}.volumeMounts[1].subPathExpr: Invalid value: "$(D)": subPathExpr and subPath are mutually exclusive`,
      `${at}.volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers`,
    ],
  ],
  [
    'read-only all the way down, but not read-only',
    (spec) => {
      spec.volumes = [{ name: 'v' }]
      spec.containers[0].volumeMounts = [{ name: 'v', mountPath: '/a', recursiveReadOnly: 'Enabled' }]
    },
    [`${at}.volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true`],
  ],
  [
    'a device of a volume that is no claim',
    (spec) => {
      spec.volumes = [{ name: 'v' }]
      spec.containers[0].volumeDevices = [{ name: 'v', devicePath: '/dev/../x' }]
    },
    [
      `${at}.volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode`,
      `${at}.volumeDevices[0].devicePath: Invalid value: "/dev/../x": can not contain backsteps ('..')`,
    ],
  ],
  [
    'probes of two handlers',
    container({ livenessProbe: { exec: { command: ['a'] }, tcpSocket: { port: 1 } } }),
    [`${at}.livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`],
  ],
  [
    'a readiness probe of a grace period',
    container({ readinessProbe: { httpGet: { port: 'Bad_' }, terminationGracePeriodSeconds: 0 } }),
    [
      `${at}.readinessProbe.httpGet.port: Invalid value: "Bad_": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)`,
      `${at}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0`,
      `${at}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 0: must not be set for readinessProbes`,
    ],
  ],
  [
    'a negative delay',
    container({ startupProbe: { grpc: { port: 1 }, initialDelaySeconds: -1 } }),
    [`${at}.startupProbe.initialDelaySeconds: Invalid value: -1: must be greater than or equal to 0`],
  ],
  ['a hook that does nothing', container({ lifecycle: { preStop: {} } }), [`${at}.lifecycle.preStop: Required value: must specify a handler type`]],
  [
    'a hook that sleeps too long',
    container({ lifecycle: { preStop: { sleep: { seconds: 31 } } } }),
    [`${at}.lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)`],
  ],
  ['a padded image', container({ image: ' x ' }), [`${at}.image: Invalid value: " x ": must not have leading or trailing whitespace`]],
  [
    'an unknown pull policy',
    container({ imagePullPolicy: 'Maybe' }),
    [`${at}.imagePullPolicy: Unsupported value: "Maybe": supported values: "Always", "IfNotPresent", "Never"`],
  ],
  [
    'a resize policy of a pod that never restarts',
    (spec) => {
      spec.restartPolicy = 'Never'
      spec.containers[0].resizePolicy = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }]
    },
    [`${at}.resizePolicy: Invalid value: "RestartContainer": must be 'NotRequired' when pod \`restartPolicy\` is 'Never'`],
  ],
  [
    'an unknown restart policy',
    container({ restartPolicy: 'Maybe' }),
    [`${at}.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "Never", "OnFailure"`],
  ],
  [
    'restart rules without a policy',
    container({ restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }] }),
    [`${at}.restartPolicy: Required value: must specify restartPolicy when restart rules are used`],
  ],
  [
    'a rule that begins all containers anew',
    container({ restartPolicy: 'Never', restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [42] } }] }),
    [],
  ],
  [
    'a rule of no known action',
    container({ restartPolicy: 'Never', restartPolicyRules: [{ action: 'Stop' as never, exitCodes: { operator: 'In', values: [42] } }] }),
    [`${at}.restartPolicyRules[0].action: Unsupported value: "Stop": supported values: "Restart", "RestartAllContainers"`],
  ],
  [
    'an init container with a probe',
    init({ livenessProbe: { tcpSocket: { port: 1 } } }),
    ['spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always'],
  ],
  ['a sidecar with a probe', init({ restartPolicy: 'Always', livenessProbe: { tcpSocket: { port: 1 } } }), []],
  ['an init container named as a main one', init({ name: 'c' }), ['spec.initContainers[0].name: Duplicate value: "c"']],
  [
    'hugepages alone',
    container({ resources: { limits: { 'hugepages-2Mi': '2Mi' }, requests: { 'hugepages-2Mi': '2Mi' } } }),
    [`${at}.resources: Forbidden: HugePages require cpu or memory`],
  ],
  [
    'a part of a huge page',
    container({ resources: { limits: { 'hugepages-2Mi': '1Mi', cpu: '1' } } }),
    [
      `${at}.resources.limits[hugepages-2Mi]: Invalid value: "1Mi": 1Mi is not positive integer multiple of hugepages-2Mi`,
      `${at}.resources.requests[hugepages-2Mi]: Invalid value: "1Mi": 1Mi is not positive integer multiple of hugepages-2Mi`,
    ],
  ],
  [
    'a resource that there is not',
    container({ resources: { limits: { coffee: '1' } } }),
    [
      `${at}.resources.limits[coffee]: Invalid value: "coffee": must be a standard resource type or fully qualified`,
      `${at}.resources.limits[coffee]: Invalid value: "coffee": must be a standard resource for containers`,
      `${at}.resources.requests[coffee]: Invalid value: "coffee": must be a standard resource type or fully qualified`,
      `${at}.resources.requests[coffee]: Invalid value: "coffee": must be a standard resource for containers`,
    ],
  ],
  [
    'half a device, without a limit',
    container({ resources: { requests: { 'x.io/gpu': '500m' } } }),
    [
      `${at}.resources.requests[x.io/gpu]: Invalid value: "500m": must be an integer`,
      `${at}.resources.limits: Required value: Limit must be set for non overcommitable resources`,
    ],
  ],
  [
    'less than nothing',
    container({ resources: { limits: { cpu: '-1' } } }),
    [
      `${at}.resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0`,
      `${at}.resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0`,
    ],
  ],
  [
    'an unknown claim',
    container({ resources: { claims: [{ name: 'x' }] } }),
    [`${at}.resources.claims[0]: Not found: "x": must be one of the names in pod.spec.resourceClaims which is empty`],
  ],
  [
    'an ephemeral container at creation',
    (spec) => (spec.ephemeralContainers = [{ name: 'e', image: 'x', targetContainerName: 'z', ports: [{ containerPort: 1 }] }]),
    [
      'spec.ephemeralContainers[0].targetContainerName: Not found: "z"',
      'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
    ],
  ],
]

for (const [name, change, expected] of cases)
  test(`a pod with ${name} is ${expected.length > 0 ? 'refused' : 'valid'}`, () => assert.deepEqual(errorsOfPod(change), expected))
