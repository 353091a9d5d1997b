/** APIService: a group and version that this or another server serves. */
import { type APIService, APIServiceSchema } from '#api/gen/apiregistration/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { nameIsPathSegment } from '#apimachinery/names.ts'
import { rfc3339 } from '#base/clock.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { clearStatus, keepSpec, keepStatus, resetMetadataForStatus, resetsOfWholeMetadata } from '../../doors.ts'
import { validateApiService, validateApiServiceStatus } from './validate.ts'

export const apiService: ResourceDefinition<APIService> = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  kind: 'APIService',
  plural: 'apiservices',
  singular: 'apiservice',
  categories: ['api-extensions'],
  namespaced: false,
  schema: APIServiceSchema,
  validateName: nameIsPathSegment,
  defaults: ({ spec }) => {
    if (spec.service) spec.service.port ??= 443
  },
  create: {
    prepare: (object, { now }) => {
      clearStatus(object, APIServiceSchema)
      if (!object.spec.service) object.status.conditions = [locallyAvailable(now)]
    },
    validate: validateApiService,
  },
  update: { looks: ['metadata-change', 'metadata', 'rules'], prepare: keepStatus, validate: validateApiService },
  status: {
    prepare: (object, old) => {
      keepSpec(object, old)
      resetMetadataForStatus(object, old)
    },
    validate: validateApiServiceStatus,
    resets: resetsOfWholeMetadata,
  },
  columns: [
    nameColumn(),
    text('Service', ({ spec }) => (spec.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local'), 'The service that serves it.'),
    text('Available', available, 'Whether it can be reached.'),
    ageColumn(),
  ],
}

function locallyAvailable(now: number) {
  return { type: 'Available', status: 'True', reason: 'Local', message: 'Local APIServices are always available', lastTransitionTime: rfc3339(now) }
}

function available({ status }: APIService): string {
  const condition = status.conditions?.find(({ type }) => type === 'Available')
  if (!condition) return 'Unknown'
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason ?? ''})`
}
