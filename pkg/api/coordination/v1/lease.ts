/** Lease: heartbeats and elections. */
import { type Lease, LeaseSchema } from '#api/gen/coordination/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { validateLease } from './validate.ts'

export const lease: ResourceDefinition<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  namespaced: true,
  schema: LeaseSchema,
  create: { validate: validateLease },
  update: { validate: validateLease },
  allowCreateOnUpdate: true,
  columns: [nameColumn(), text('Holder', ({ spec }) => spec.holderIdentity ?? '', 'Who holds it.'), ageColumn()],
}
