/** Services and endpoint slices for tests, in the fewest words. */
import type { ObjectMeta } from '#apimachinery/object.ts'
import type { Service, ServiceSpec } from '#api/gen/core/v1.ts'
import type { Endpoint, EndpointPort, EndpointSlice } from '#api/gen/discovery/v1.ts'

export function testService(name: string, spec: ServiceSpec, namespace = 'default'): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: metadata(name, namespace), spec: { type: 'ClusterIP', ...spec }, status: { loadBalancer: {} } }
}

export interface TestEndpoint extends Partial<Omit<Endpoint, 'addresses'>> {
  readonly address: string
}

export function testSlice(service: string, port: EndpointPort, endpoints: readonly TestEndpoint[], namespace = 'default'): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: metadata(`${service}-1`, namespace, { 'kubernetes.io/service-name': service }),
    addressType: 'IPv4',
    ports: [{ name: '', protocol: 'TCP', ...port }],
    endpoints: endpoints.map(({ address, ...rest }) => ({ addresses: [address], conditions: { ready: true, serving: true, terminating: false }, ...rest })),
  }
}

function metadata(name: string, namespace: string, labels: Record<string, string> = {}): ObjectMeta {
  return { name, namespace, labels, uid: '', resourceVersion: '' }
}
