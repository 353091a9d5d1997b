/** Services with what stands behind them. */
import { endpoints, pods, replicaSets, services } from '#api/gen/resources.ts'
import type { Scenario } from '../types.ts'
import { all, change, container, make, remove, selector, step, template } from './steps.ts'

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
]
