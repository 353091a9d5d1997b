/** EndpointSlice. */
import { type EndpointSlice, EndpointSliceSchema } from '#api/gen/discovery/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, joinedAtMost, nameColumn, text } from '../../columns.ts'
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
  create: { prepare: startAtGenerationOne, validate: validateEndpointSlice },
  update: {
    validate: validateEndpointSliceUpdate,
    prepare: (object, old) =>
      raiseGeneration(object, old, (each) => ({ labels: each.metadata.labels, annotations: each.metadata.annotations, ...contentOf(each as EndpointSlice) })),
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

function contentOf({ addressType, endpoints, ports }: EndpointSlice) {
  return { addressType, endpoints, ports }
}

function ports({ ports }: EndpointSlice): string {
  return joinedAtMost(
    (ports ?? []).map(({ name, port }) => (port !== undefined ? String(port) : (name ?? '*'))),
    shownAtMost,
  )
}
