import { createEach, updateEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const path = '/apis/discovery.k8s.io/v1/namespaces/golden/endpointslices'
const slice = (name: string) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'golden', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  endpoints: [
    {
      addresses: ['10.1.2.3'],
      conditions: { ready: true, serving: true, terminating: false },
      hostname: 'web-0',
      nodeName: 'one',
      zone: 'a',
      hints: { forZones: [{ name: 'a' }], forNodes: [{ name: 'one' }] },
      targetRef: { kind: 'Pod', name: 'web-0', namespace: 'golden', uid: 'x-y' },
      deprecatedTopology: { 'example.com/rack': '1' },
    },
  ],
  ports: [{ name: 'http', port: 80, protocol: 'TCP', appProtocol: 'kubernetes.io/h2c' }],
})
const kinds: readonly [string, string[]][] = [
  ['IPv4', ['fd00::1']],
  ['IPv4', ['127.0.0.1', '169.254.0.1', '224.0.0.1', '0.0.0.0', '010.0.0.1']],
  ['IPv4', ['a']],
  ['IPv6', ['fd00::1', '::1', '::', 'fe80::1', 'ff02::1', '10.0.0.1', 'FD00::1', '::ffff:1.2.3.4']],
  ['FQDN', ['a.example.com', 'A', '10.0.0.1', 'one']],
  ['FQDN', []],
  ['Other', ['x']],
]

export const slices: Questionnaire = {
  setup: [...inNamespace, { key: 'slice', method: 'POST', path, body: slice('kept') }],
  questions: [
    ...createEach('EndpointSlice', path, slice('made')),
    ...kinds.map(
      ([addressType, addresses], index): Question => ({
        key: `create EndpointSlice by hand ${index}`,
        method: 'POST',
        path: `${path}?dryRun=All`,
        body: {
          ...slice('made'),
          addressType,
          endpoints: [{ addresses }, { addresses: ['10.0.0.1'], nodeName: 'two' }],
          ports: [{ port: 1 }, { name: '', port: 2 }, { name: 'UP', appProtocol: 'a b' }],
        },
      }),
    ),
    ...updateEach('EndpointSlice', `${path}/kept`, slice('kept'), { skip: ['endpoints[0].hints', 'endpoints[0].targetRef'] }),
  ],
}
