/** Service. */
import { type Service, ServiceSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { nameIsDnsLabel } from '#apimachinery/names.ts'
import { clearStatus, keepSpec } from '../../doors.ts'
import { serviceColumns } from './service/columns.ts'
import { defaultService } from './service/defaults.ts'
import { prepareServiceForCreate, prepareServiceForUpdate } from './service/strategy.ts'
import { serviceWarnings } from './service/warnings.ts'
import { validateService, validateServiceStatus, validateServiceUpdate } from './service/validate.ts'

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
  validateName: nameIsDnsLabel,
  create: {
    prepare: (object) => {
      clearStatus(object, ServiceSchema)
      prepareServiceForCreate(object)
    },
    validate: validateService,
    warnings: serviceWarnings,
  },
  update: { prepare: prepareServiceForUpdate, validate: validateServiceUpdate, warnings: serviceWarnings },
  status: { prepare: keepSpec, validate: validateServiceStatus },
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  selectableFields: ({ spec }) => ({ 'spec.clusterIP': spec.clusterIP ?? '', 'spec.type': spec.type ?? '' }),
  columns: serviceColumns,
}
