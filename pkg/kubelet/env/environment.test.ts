import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Container, Pod, Service } from '#api/gen/core/v1.ts'
import type { ObjectSource } from '../types.ts'
import { environmentOf } from './environment.ts'
import { expand } from './expand.ts'

const objects: ObjectSource = {
  async get(of, { name }) {
    if (of.plural === 'configmaps' && name === 'cm') return { metadata: { name }, data: { A: '1', B: '2' } } as never
    if (of.plural === 'secrets' && name === 'key') return { metadata: { name }, data: { token: Buffer.from([255, 0, 1]).toString('base64') } } as never
    return undefined
  },
}
const facts = { nodeName: 'n', nodeAddresses: ['192.0.2.1'], podIps: ['10.0.0.1'], memoryCapacity: 1024 ** 3, cpuCapacity: 2 }
const pod = { metadata: { name: 'p', namespace: 'ns', uid: 'u', labels: { app: 'x' } }, spec: { containers: [], serviceAccountName: 'sa' } } as unknown as Pod
const of = async (container: Partial<Container>, ofPod: Pod = pod, services: Service[] = []) =>
  Object.fromEntries(
    [...(await environmentOf({ pod: ofPod, container: { name: 'c', resources: {}, ...container }, objects, services: { list: () => services }, facts }))].map(
      ([key, value]) => [key, value.toString('latin1')],
    ),
  )

test('references are expanded from what came before; unknown and escaped ones stay', () => {
  assert.equal(
    expand('$(A)-$(B)-$$(A)-$', (name) => (name === 'A' ? '1' : undefined)),
    '1-$(B)-$(A)-$',
  )
})

test('envFrom comes first, env overrides and may refer to it', async () => {
  assert.deepEqual(
    await of({
      envFrom: [{ prefix: 'P_', configMapRef: { name: 'cm' } }],
      env: [
        { name: 'P_B', value: 'two' },
        { name: 'C', value: '$(P_A)$(P_B)' },
      ],
    }),
    { P_A: '1', P_B: 'two', C: '1two' },
  )
})

test('secret values are bytes, fields and resources are read from pod and node', async () => {
  const env = await of({
    resources: { limits: { memory: '64Mi' } },
    env: [
      { name: 'T', valueFrom: { secretKeyRef: { name: 'key', key: 'token' } } },
      { name: 'L', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'MEM', valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1Mi' } } },
      { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
    ],
  })
  assert.deepEqual(env, { T: '\xff\x00\x01', L: 'x', IP: '10.0.0.1', MEM: '64', CPU: '2' })
})

test('what is missing fails with its name, unless it is optional', async () => {
  const reference = (optional: boolean) => of({ env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'cm', key: 'no', optional } } }] })
  await assert.rejects(reference(false), { reason: 'CreateContainerConfigError', message: "couldn't find key no in ConfigMap ns/cm" })
  assert.deepEqual(await reference(true), {})
  await assert.rejects(of({ envFrom: [{ secretRef: { name: 'none' } }] }), { message: 'secret "none" not found' })
})

test('services are linked by host and port', async () => {
  const service = { metadata: { name: 'my-db' }, spec: { clusterIP: '10.96.0.7', ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }] } } as unknown as Service
  const env = await of({}, pod, [service])
  assert.equal(env.MY_DB_SERVICE_HOST, '10.96.0.7')
  assert.equal(env.MY_DB_SERVICE_PORT_SQL, '5432')
  assert.equal(env.MY_DB_PORT_5432_TCP, 'tcp://10.96.0.7:5432')
  assert.deepEqual(await of({}, { ...pod, spec: { ...pod.spec, enableServiceLinks: false } }, [service]), {})
})
