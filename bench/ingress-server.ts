/** What bench/ingress.bench.ts asks, in a process of its own: the ingress proxy of a node, with Ingresses for as many hosts as given. */
import { endpointSlices, ingressClasses, ingresses, services } from '#api/gen/resources.ts'
import { systemClock } from '#base/clock.ts'
import { silentLogger } from '#base/log.ts'
import { createFakeClient } from '#client/fake/fake-client.ts'
import { startIngress } from '#network/ingress/index.ts'
import { testService, testSlice } from '#network/test-objects.ts'

const [endpointPort = '', hostCount = '', accessLog] = process.argv.slice(2)
const client = createFakeClient({ clock: systemClock })
client.seed(ingressClasses, { metadata: { name: 'nginx' }, spec: { controller: 'k8ts.io/ingress' } })
client.seed(services, testService('web', { ports: [{ name: 'web', port: 80 }] }))
client.seed(endpointSlices, testSlice('web', { name: 'web', port: Number(endpointPort) }, [{ address: '127.0.0.1' }]))
for (let index = 0; index < Number(hostCount); index++) {
  const backend = { service: { name: 'web', port: { number: 80 } } }
  client.seed(ingresses, {
    metadata: { name: `i-${index}`, namespace: 'default' },
    spec: { ingressClassName: 'nginx', rules: [{ host: `host-${index}.test`, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
  })
}
const { httpPort } = await startIngress({
  client,
  addresses: ['127.0.0.1'],
  httpPort: 0,
  httpsPort: 0,
  statusPort: null,
  fallback: { cert: '', key: '' },
  ...(accessLog ? { accessLog } : {}),
  log: silentLogger,
  signal: new AbortController().signal,
})
process.send?.({ port: httpPort })
