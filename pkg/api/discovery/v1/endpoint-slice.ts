/** EndpointSlice. */
import { type EndpointSlice, EndpointSliceSchema } from '#api/gen/discovery/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, joinedAtMost, nameColumn, text } from '../../columns.ts'
import { path } from '#apimachinery/field-error.ts'
import { isDns1123Subdomain } from '#apimachinery/names.ts'
import { ipWarnings } from '../../ip-warnings.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { raiseGeneration, startAtGenerationOne } from '../../doors.ts'
import { validateEndpointSlice, validateEndpointSliceUpdate } from './validate.ts'

const shownAtMost = 3

export const endpointSlice: ResourceDefinition<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  singular: 'endpointslice',
  namespaced: true,
  schema: EndpointSliceSchema,
  defaults: ({ ports }) => {
    for (const port of ports ?? []) {
      port.name ??= ''
      port.protocol ??= 'TCP'
    }
  },
  create: {
    prepare: (object) => {
      startAtGenerationOne(object)
      dropTopology(object)
    },
    validate: (object) => validateEndpointSlice(object),
    warnings: (object) => [...(object.addressType === 'FQDN' ? ['spec.addressType: FQDN endpoints are deprecated'] : []), ...addressWarnings(object)],
  },
  update: {
    looks: ['metadata', 'rules'],
    prepare: (object, old) => {
      raiseGeneration(object, old, (each) => ({ labels: each.metadata.labels, ...contentOf(each as EndpointSlice) }))
      if (!semanticEqual(object.endpoints, old.endpoints, EndpointSliceSchema.byName.get('endpoints')!.type)) dropTopology(object, old)
    },
    validate: validateEndpointSliceUpdate,
    warnings: addressWarnings,
  },
  allowUnconditionalUpdate: true,
  columns: [
    nameColumn(),
    text('AddressType', ({ addressType }) => addressType, 'The type of its addresses.'),
    text('Ports', ports, 'The ports, the same for all endpoints.'),
    text(
      'Endpoints',
      ({ endpoints }) =>
        joinedAtMost(
          (endpoints ?? []).flatMap(({ addresses }) => addresses ?? []),
          shownAtMost,
        ),
      'The first addresses.',
    ),
    ageColumn(),
  ],
}

const hostname = 'kubernetes.io/hostname'

/** v1 has no topology: what is written of it is lost, but the node's name that it told before is kept. */
function dropTopology({ endpoints }: EndpointSlice, old?: EndpointSlice): void {
  const known = new Set(old?.endpoints?.map(({ deprecatedTopology }) => deprecatedTopology?.[hostname]))
  for (const endpoint of endpoints ?? []) {
    const name = endpoint.deprecatedTopology?.[hostname]
    if (endpoint.nodeName === undefined && name && known.has(name) && isDns1123Subdomain(name).length === 0) endpoint.nodeName = name
    delete endpoint.deprecatedTopology
  }
}

const controllers: readonly (string | undefined)[] = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io']

function addressWarnings({ metadata, endpoints }: EndpointSlice): string[] {
  if (controllers.includes(metadata.labels?.['endpointslice.kubernetes.io/managed-by'])) return []
  return (endpoints ?? []).flatMap(({ addresses }, position) =>
    (addresses ?? []).flatMap((address, index) => ipWarnings(path('endpoints').index(position).child('addresses').index(index), address)),
  )
}

function contentOf({ addressType, endpoints, ports }: EndpointSlice) {
  return { addressType, endpoints, ports }
}

function ports({ ports }: EndpointSlice): string {
  return joinedAtMost(
    (ports ?? []).map(({ name, port }) => (port !== undefined ? String(port) : (name ?? '*'))),
    shownAtMost,
  )
}
