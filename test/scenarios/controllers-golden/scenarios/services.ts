/** Services with what stands behind them. */
import { endpointSlices, endpoints, pods, replicaSets, services } from '#api/gen/resources.ts'
import type { Scenario } from '../types.ts'
import { all, change, container, ended, make, podSays, remove, selector, step, template } from './steps.ts'

const serving = (labels: object = {}) => template(labels, { containers: [container('app:1', { ports: [{ name: 'http', containerPort: 8080 }] })] })
const port = { name: 'http', port: 80, targetPort: 'http' }

export const serviceScenarios: readonly Scenario[] = [
  {
    name: 'service',
    steps: [
      step(
        'without pods',
        make(
          services,
          'web',
          { spec: { selector: { app: 'web' }, ports: [port, { name: 'plain', port: 81, targetPort: 9090, appProtocol: 'http' }] } },
          { labels: { tier: 'front' } },
        ),
      ),
      step('with pods', make(replicaSets, 'web', { spec: { replicas: 2, selector, template: serving() } })),
      step('another label', change(services, 'web', { metadata: { labels: { tier: null, stage: 'back' } } })),
      step('one goes', change(replicaSets, 'web', { spec: { replicas: 1 } })),
      step(
        'terminating and publishing',
        all(change(services, 'web', { spec: { publishNotReadyAddresses: true } }), change(replicaSets, 'web', { spec: { replicas: 0 } })),
      ),
      step('deleted', remove(services, 'web')),
    ],
  },
  {
    name: 'service-unready',
    steps: [
      step('pods', make(replicaSets, 'web', { spec: { replicas: 2, selector, template: serving({ does: 'unready' }) } })),
      step('the service', make(services, 'web', { spec: { selector: { app: 'web' }, ports: [port], trafficDistribution: 'PreferSameZone' } })),
      step('publishing', change(services, 'web', { spec: { publishNotReadyAddresses: true } })),
    ],
  },
  {
    name: 'service-headless',
    steps: [
      step(
        'pods',
        all(
          make(pods, 'one', { spec: { ...serving().spec, hostname: 'one', subdomain: 'web' } }, { labels: { app: 'web' } }),
          make(pods, 'done', { spec: { ...serving().spec, restartPolicy: 'Never' } }, { labels: { app: 'web', does: 'exit-0' } }),
        ),
      ),
      step('the service', make(services, 'web', { spec: { clusterIP: 'None', selector: { app: 'web' } } })),
      step('with a port', change(services, 'web', { spec: { ports: [port] } })),
    ],
  },
  {
    name: 'service-mirrored',
    steps: [
      step('the service', make(services, 'outer', { spec: { ports: [{ port: 80 }] } })),
      step(
        'its endpoints',
        make(
          endpoints,
          'outer',
          { subsets: [{ addresses: [{ ip: '192.0.2.1' }, { ip: '192.0.2.2', hostname: 'two' }], ports: [{ port: 80 }] }] },
          { labels: { from: 'hand' }, annotations: { note: 'kept' } },
        ),
      ),
      step('skipped', change(endpoints, 'outer', { metadata: { labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } } })),
    ],
  },
  {
    name: 'mirrored-more',
    steps: [
      step(
        'two subsets, two families',
        all(
          make(services, 'outer', { spec: { ports: [{ port: 80, name: 'http' }] } }),
          make(endpoints, 'outer', {
            subsets: [
              {
                addresses: [{ ip: '192.0.2.1', nodeName: 'node-a', targetRef: { kind: 'Pod', name: 'p', namespace: 'mirrored-more' } }, { ip: '2001:db8::1' }],
                notReadyAddresses: [{ ip: '192.0.2.9' }],
                ports: [{ name: 'http', port: 8080, appProtocol: 'http' }],
              },
              { addresses: [{ ip: '192.0.2.1' }, { ip: '192.0.2.3' }], ports: [{ name: 'http', port: 9090 }] },
            ],
          }),
        ),
      ),
      step('one subset', change(endpoints, 'outer', { subsets: [{ addresses: [{ ip: '192.0.2.3' }], ports: [{ name: 'http', port: 9090 }] }] })),
      step('without ports', change(endpoints, 'outer', { subsets: [{ addresses: [{ ip: '192.0.2.4' }] }] })),
      step('empty', change(endpoints, 'outer', { subsets: null })),
      step('a leader', change(endpoints, 'outer', { metadata: { annotations: { 'control-plane.alpha.kubernetes.io/leader': 'x' } } })),
      step('no leader', change(endpoints, 'outer', { metadata: { annotations: { 'control-plane.alpha.kubernetes.io/leader': null } } })),
      step('with a selector', change(services, 'outer', { spec: { selector: { app: 'nobody' } } })),
      step('without a selector', change(services, 'outer', { spec: { selector: null } })),
      step('the Endpoints go', remove(endpoints, 'outer')),
    ],
  },
  {
    name: 'service-ports',
    steps: [
      step(
        'pods whose ports are called alike',
        all(
          ...(
            [
              ['one', [{ name: 'http', containerPort: 8080 }]],
              ['two', [{ name: 'http', containerPort: 9090 }]],
              ['three', [{ name: 'http', containerPort: 8080, protocol: 'UDP' }]],
              ['none', []],
            ] as const
          ).map(([name, ports]) => make(pods, name, { spec: template({}, { containers: [container('app:1', { ports })] }).spec }, { labels: { app: 'web' } })),
        ),
      ),
      step(
        'the service',
        make(services, 'web', {
          spec: {
            selector: { app: 'web' },
            ports: [
              { name: 'tcp', port: 80, targetPort: 'http' },
              { name: 'udp', port: 80, targetPort: 'http', protocol: 'UDP' },
              { name: 'same', port: 82 },
            ],
          },
        }),
      ),
      step('one port less', change(services, 'web', { spec: { ports: [{ name: 'tcp', port: 80, targetPort: 'http' }] } })),
      step(
        'a label that says headless',
        change(services, 'web', { metadata: { labels: { 'service.kubernetes.io/headless': 'x' }, annotations: { note: 'not shown' } } }),
      ),
      step('elsewhere', change(services, 'web', { spec: { type: 'ExternalName', externalName: 'example.com', clusterIP: null, clusterIPs: null } })),
    ],
  },
  {
    name: 'service-turns',
    steps: [
      step(
        'with a selector',
        all(
          make(pods, 'one', { spec: serving().spec }, { labels: { app: 'web' } }),
          make(services, 'web', { spec: { selector: { app: 'web' }, ports: [port] } }),
        ),
      ),
      step('without a selector', change(services, 'web', { spec: { selector: null } })),
      step('with another', change(services, 'web', { spec: { selector: { app: 'other' } } })),
      step(
        'two of one pod',
        all(make(services, 'too', { spec: { selector: { app: 'web' }, ports: [port] } }), change(services, 'web', { spec: { selector: { app: 'web' } } })),
      ),
      step('its slice is written by hand', async (place) => {
        const { items } = await place.client.list(endpointSlices, { namespace: place.namespace, labelSelector: 'kubernetes.io/service-name=web' })
        await change(endpointSlices, items[0]!.metadata.name, { metadata: { labels: { mine: 'yes' } }, endpoints: null })(place)
      }),
      step('its slice goes', async (place) => {
        const { items } = await place.client.list(endpointSlices, { namespace: place.namespace, labelSelector: 'kubernetes.io/service-name=too' })
        await remove(endpointSlices, items[0]!.metadata.name)(place)
      }),
      step('its Endpoints are written by hand', change(endpoints, 'web', { subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 1 }] }] })),
      step('its Endpoints go', remove(endpoints, 'too')),
      step('the pod has ended', podSays('app=web', ended(0))),
    ],
    // Deleting what a controller keeps may be told as a conflict.
    racingEvents: ['FailedToUpdateEndpoint', 'FailedToUpdateEndpointSlices'],
  },
]
