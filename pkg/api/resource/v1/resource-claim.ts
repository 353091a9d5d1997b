/** ResourceClaim. */
import { type ResourceClaim, ResourceClaimSchema } from '#api/gen/resource/v1.ts'
import { validateAdminAccess, validateGrantedAdminAccess } from './validate-admin-access.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { clearStatus, keepSpec, keepStatus, resetMetadataForStatus, resetsOfWholeMetadata } from '../../doors.ts'
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
  readsNamespace: true,
  defaults: ({ spec }) => defaultDeviceClaim(spec.devices ?? {}),
  create: {
    prepare: (object) => clearStatus(object, ResourceClaimSchema),
    validate: (object, context) => [...validateAdminAccess(object.spec.devices?.requests ?? [], context), ...validateClaim(object)],
  },
  update: { looks: ['metadata', 'metadata-change', 'rules'], prepare: keepStatus, validate: validateClaimUpdate },
  status: {
    prepare: (object, old) => {
      keepSpec(object, old)
      resetMetadataForStatus(object, old)
      dropStatusOfDeallocated(object, old)
    },
    validate: (object, old, context) => [...validateGrantedAdminAccess(object, old, context), ...validateClaimStatusUpdate(object, old)],
    resets: resetsOfWholeMetadata,
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

type Device = { readonly driver?: string; readonly pool?: string; readonly device?: string }

/** Drivers tell of devices that a claim has: what it no longer has is told of no more (KEP-4817). */
function dropStatusOfDeallocated({ status }: ResourceClaim, { status: old }: ResourceClaim): void {
  const idOf = ({ driver, pool, device }: Device) => `${driver}/${pool}/${device}`
  const devicesOf = (each: ResourceClaim['status']) => new Set((each.allocation?.devices?.results ?? []).map(idOf))
  const [before, now] = [devicesOf(old), devicesOf(status)]
  const left = (status.devices ?? []).filter((each) => !before.has(idOf(each)) || now.has(idOf(each)))
  if (left.length > 0) status.devices = left
  else delete status.devices
}
