/** Endpoints: the older, unsliced form of EndpointSlice. */
import { type Endpoints, EndpointsSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { validateEndpoints } from './validate-endpoints.ts'

const shownAtMost = 3
const deprecated = () => ['v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice']

export const endpoints: ResourceDefinition<Endpoints> = {
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  schema: EndpointsSchema,
  defaults: ({ subsets }) => {
    for (const subset of subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= 'TCP'
  },
  create: { validate: (object) => validateEndpoints(object), warnings: deprecated },
  update: { looks: ['metadata-change', 'metadata', 'rules'], validate: (object, old) => validateEndpoints(object, old), warnings: deprecated },
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  columns: [nameColumn(), text('Endpoints', addresses, 'The first addresses, with their ports.'), ageColumn()],
}

function addresses({ subsets }: Endpoints): string {
  const all = (subsets ?? []).flatMap((subset) => {
    const ips = (subset.addresses ?? []).map(({ ip }) => ip)
    if ((subset.ports ?? []).length === 0) return ips
    return (subset.ports ?? []).flatMap(({ port }) => ips.map((ip) => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`)))
  })
  if ((subsets ?? []).length === 0) return '<none>'
  const shown = all.slice(0, shownAtMost).join(',')
  return all.length > shownAtMost ? `${shown} + ${all.length - shownAtMost} more...` : shown
}
