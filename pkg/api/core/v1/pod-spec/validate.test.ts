import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/gen/core/v1.ts'
import { path } from '#apimachinery/field-error.ts'
import { pod } from '../pod.ts'
import { validatePodUpdate } from '../pod/validate-update.ts'
import { validatePod } from '../pod/validate.ts'

function make(change: (pod: any) => void = () => {}): Pod {
  const made: any = {
    metadata: { name: 'a', namespace: 'b', uid: '', resourceVersion: '' },
    spec: { containers: [{ name: 'c', image: 'nginx:1', resources: {} }] },
    status: {},
  }
  change(made.spec)
  pod.defaults?.(made)
  return made
}

const errorsOf = (change: (spec: any) => void): string[] => validatePod(make(change)).map(({ field, message }) => `${field}: ${message}`)

test('a plain pod is valid', () => {
  assert.deepEqual(
    errorsOf(() => {}),
    [],
  )
})

const cases: [string, (spec: any) => void, string[]][] = [
  ['containers are required', (spec) => delete spec.containers, ['spec.containers: Required value']],
  ['an image is required', (spec) => delete spec.containers[0].image, ['spec.containers[0].image: Required value']],
  [
    'container names are DNS labels',
    (spec) => (spec.containers[0].name = 'A_b'),
    [
      `spec.containers[0].name: Invalid value: "A_b": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    ],
  ],
  [
    'ports are in range',
    (spec) => (spec.containers[0].ports = [{ containerPort: 70000 }]),
    ['spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
  ],
  [
    'mounts name volumes',
    (spec) => (spec.containers[0].volumeMounts = [{ name: 'x', mountPath: '/x' }]),
    ['spec.containers[0].volumeMounts[0].name: Not found: "x"'],
  ],
  [
    'requests stay below limits',
    (spec) => (spec.containers[0].resources = { requests: { cpu: '200m' }, limits: { cpu: '100m' } }),
    ['spec.containers[0].resources.requests: Invalid value: "200m": must be less than or equal to cpu limit of 100m'],
  ],
  [
    'probes have a handler',
    (spec) => (spec.containers[0].livenessProbe = {}),
    ['spec.containers[0].livenessProbe: Required value: must specify a handler type'],
  ],
  [
    'liveness needs one success',
    (spec) => (spec.containers[0].livenessProbe = { tcpSocket: { port: 80 }, successThreshold: 2 }),
    ['spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1'],
  ],
  [
    'restart policies are known',
    (spec) => (spec.restartPolicy = 'Sometimes'),
    ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'],
  ],
  [
    'a value has one source',
    (spec) => (spec.containers[0].env = [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }]),
    ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
  ],
  [
    'a volume has one source',
    (spec) => (spec.volumes = [{ name: 'v', emptyDir: {}, hostPath: { path: '/a' } }]),
    ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
  ],
  ['names are unique', (spec) => spec.containers.push({ ...spec.containers[0] }), ['spec.containers[1].name: Duplicate value: "c"']],
]

for (const [name, change, expected] of cases) test(`${name} in a pod`, () => assert.deepEqual(errorsOf(change), expected))

test('an update of a pod may change its image and nothing else', () => {
  const old = make()
  assert.deepEqual(
    validatePodUpdate(
      make((spec) => (spec.containers[0].image = 'nginx:2')),
      old,
    ),
    [],
  )
  const [error, ...rest] = validatePodUpdate(
    make((spec) => (spec.containers[0].command = ['sh'])),
    old,
  )
  assert.equal(rest.length, 0)
  assert.equal(error?.field, path('spec').toString())
  assert.match(error!.message, /^Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,`spec\.initContainers/)
  assert.match(error!.message, /\n@@ .* @@\n[\s\S]*\n\+\s+"Command": \[\n/)
})
