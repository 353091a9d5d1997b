import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Forward, forwardsOf, listenAddresses } from './ports.ts'

const pod = {
  metadata: { name: 'web-0' },
  spec: {
    containers: [
      {
        ports: [
          { name: 'http', containerPort: 3000 },
          { name: 'dns', containerPort: 53, protocol: 'UDP' },
          { name: 'both', containerPort: 54 },
          { containerPort: 54, protocol: 'UDP' },
        ],
      },
    ],
    initContainers: [{ ports: [{ name: 'side', containerPort: 4000 }] }],
  },
}
const service = {
  metadata: { name: 'web' },
  spec: {
    clusterIP: '10.96.0.9',
    ports: [
      { name: 'web', port: 80, targetPort: 'http' },
      { name: 'plain', port: 81 },
      { name: 'number', port: 82, targetPort: 8082 },
      { name: 'side', port: 83, targetPort: 'side' },
      { name: 'lost', port: 84, targetPort: 'nope' },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ],
  },
}
const headless = { ...service, spec: { ...service.spec, clusterIP: 'None' } }

const taken: readonly (readonly [what: unknown, text: string, forward: Forward])[] = [
  [undefined, '5000', { local: 5000, remote: 5000 }],
  [undefined, '8888:5000', { local: 8888, remote: 5000 }],
  [undefined, ':5000', { local: 0, remote: 5000 }],
  [undefined, '1:2:3', { local: 1, remote: 1 }],
  [undefined, 'http', { local: 3000, remote: 3000 }],
  [undefined, '8080:http', { local: 8080, remote: 3000 }],
  [undefined, ':side', { local: 0, remote: 4000 }],
  [undefined, '54', { local: 54, remote: 54 }],
  [service, '80', { local: 80, remote: 3000 }],
  [service, 'web', { local: 80, remote: 3000 }],
  [service, ':web', { local: 0, remote: 3000 }],
  [service, '9:plain', { local: 9, remote: 81 }],
  [service, '82', { local: 82, remote: 8082 }],
  [service, 'side', { local: 83, remote: 4000 }],
  [headless, '80', { local: 80, remote: 80 }],
]
for (const [owner, text, forward] of taken) {
  test(`${text} of a ${owner ? 'service' : 'pod'} is ${forward.local} to ${forward.remote}`, () =>
    assert.deepEqual(forwardsOf([text], pod, owner as any), [forward]))
}

const refused: readonly (readonly [what: unknown, text: string, message: string])[] = [
  [undefined, '0', 'remote port must be > 0'],
  [undefined, '1:', 'remote port cannot be empty'],
  [undefined, 'abc', "Pod 'web-0' does not have a named port 'abc'"],
  [undefined, '99999', `error parsing local port '99999': strconv.ParseUint: parsing "99999": value out of range`],
  [undefined, 'x:80', `error parsing local port 'x': strconv.ParseUint: parsing "x": invalid syntax`],
  [undefined, '1:99999', `error parsing remote port '99999': strconv.ParseUint: parsing "99999": value out of range`],
  [undefined, '53', 'UDP protocol is not supported for 53'],
  [undefined, ':dns', 'UDP protocol is not supported for dns'],
  [service, '9', 'Service web does not have a service port 9'],
  [service, ':nope', "Service 'web' does not have a named port 'nope'"],
  [service, 'lost', "Pod 'web-0' does not have a named port 'nope'"],
  [service, 'dns', 'UDP protocol is not supported for dns'],
]
for (const [owner, text, message] of refused) {
  test(`${text} of a ${owner ? 'service' : 'pod'} is refused: ${message}`, () =>
    assert.throws(() => forwardsOf([text], pod, owner as any), { message: `error: ${message}` }))
}

test('addresses are listened on in order, each once; localhost is two of which one is enough', () => {
  assert.deepEqual(listenAddresses(['localhost', '127.0.0.2', '127.0.0.1', '::1']), [
    { address: '127.0.0.1', group: 'any' },
    { address: '127.0.0.2', group: 'any' },
    { address: '::1', group: 'any' },
  ])
  assert.deepEqual(
    listenAddresses(['localhost']).map(({ group }) => group),
    ['all', 'all'],
  )
  assert.throws(() => listenAddresses([]), { message: 'error: you must specify at least 1 address' })
  assert.throws(() => listenAddresses(['example.com']), { message: 'error: example.com is not a valid IP' })
})
