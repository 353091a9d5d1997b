/** ServiceAccount. Its token door is served elsewhere. */
import { type ServiceAccount, ServiceAccountSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'

export const serviceAccount: ResourceDefinition<ServiceAccount> = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  namespaced: true,
  schema: ServiceAccountSchema,
  allowUnconditionalUpdate: true,
  columns: [nameColumn(), text('Secrets', ({ secrets }) => secrets?.length ?? 0, 'How many secrets it names.'), ageColumn()],
}
