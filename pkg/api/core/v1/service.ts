/** Service. */
import { type Service, ServiceSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { clearStatus, keepSpec, keepStatus } from '../../doors.ts'
import { serviceColumns } from './service/columns.ts'
import { defaultService } from './service/defaults.ts'

export const service: ResourceDefinition<Service> = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  schema: ServiceSchema,
  defaults: defaultService,
  create: { prepare: (object) => clearStatus(object, ServiceSchema) },
  update: { prepare: keepStatus },
  status: { prepare: keepSpec },
  allowUnconditionalUpdate: true,
  selectableFields: ({ spec }) => ({ 'spec.clusterIP': spec.clusterIP ?? '', 'spec.type': spec.type ?? '' }),
  columns: serviceColumns,
}
