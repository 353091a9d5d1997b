/** ServiceCIDR: a range that Service addresses are taken from. */
import { type ServiceCIDR, ServiceCIDRSchema } from '#api/gen/networking/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { clearStatus, keepSpec, keepStatus, resetMetadataForStatus, resetsOfWholeMetadata } from '../../doors.ts'
import { validateServiceCidr, validateServiceCidrUpdate } from './validate-addresses.ts'

export const serviceCidr: ResourceDefinition<ServiceCIDR> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  singular: 'servicecidr',
  namespaced: false,
  schema: ServiceCIDRSchema,
  create: { prepare: (object) => clearStatus(object, ServiceCIDRSchema), validate: validateServiceCidr },
  update: { prepare: keepStatus, validate: validateServiceCidrUpdate },
  status: {
    prepare: (object, old) => {
      keepSpec(object, old)
      resetMetadataForStatus(object, old)
    },
    resets: resetsOfWholeMetadata,
  },
  allowUnconditionalUpdate: true,
  selectableFields: ({ metadata }) => ({ name: metadata.name }),
  columns: [nameColumn(), text('CIDRs', ({ spec }) => (spec.cidrs ?? []).join(','), 'The ranges.'), ageColumn()],
}
