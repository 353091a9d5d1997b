/** ResourceClaim. */
import { type ResourceClaim, ResourceClaimSchema } from '#api/gen/resource/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { clearStatus, keepSpec, keepStatus, resetMetadataForStatus } from '../../doors.ts'
import { defaultDeviceClaim } from './device-defaults.ts'
import { validateClaim, validateClaimUpdate } from './validate-claim.ts'
import { validateClaimStatusUpdate } from './validate-claim-status.ts'

export const resourceClaim: ResourceDefinition<ResourceClaim> = {
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  singular: 'resourceclaim',
  namespaced: true,
  schema: ResourceClaimSchema,
  defaults: ({ spec }) => defaultDeviceClaim(spec.devices ?? {}),
  create: { prepare: (object) => clearStatus(object, ResourceClaimSchema), validate: validateClaim },
  update: { prepare: keepStatus, validate: validateClaimUpdate },
  status: {
    prepare: (object, old) => {
      keepSpec(object, old)
      resetMetadataForStatus(object, old)
    },
    validate: validateClaimStatusUpdate,
  },
  allowUnconditionalUpdate: true,
  columns: [nameColumn(), text('State', state, 'Whether it is allocated, and for whom.'), ageColumn()],
}

function state({ metadata, status }: ResourceClaim): string {
  const states: string[] = []
  if (metadata.deletionTimestamp) states.push('deleted')
  if (status.allocation) states.push('allocated', ...((status.reservedFor?.length ?? 0) > 0 ? ['reserved'] : []))
  else if (!metadata.deletionTimestamp) states.push('pending')
  return states.join(',')
}
