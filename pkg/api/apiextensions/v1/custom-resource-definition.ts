/** CustomResourceDefinition. */
import { type CustomResourceDefinition, CustomResourceDefinitionSchema } from '#api/gen/apiextensions/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { createdAtColumns } from '../../columns.ts'
import { keepStatus, raiseGeneration, updateStatus } from '../../doors.ts'
import { formatWarnings } from './format-warnings.ts'
import { validateCustomResourceDefinition, validateCustomResourceDefinitionStatus, validateCustomResourceDefinitionUpdate } from './validate.ts'

export const customResourceDefinition: ResourceDefinition<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  schema: CustomResourceDefinitionSchema,
  defaults: ({ spec }) => {
    spec.names.singular ||= (spec.names.kind ?? '').toLowerCase()
    if (spec.names.kind) spec.names.listKind ||= `${spec.names.kind}List`
    spec.conversion ??= { strategy: 'None' }
    const service = spec.conversion.webhook?.clientConfig?.service
    if (service) service.port ??= 443
  },
  create: {
    prepare: (object) => {
      object.metadata.generation = 1
      const stored = (object.spec.versions ?? []).filter(({ storage }) => storage).map(({ name }) => name)
      object.status = { conditions: null as never, acceptedNames: { plural: '', kind: '' }, storedVersions: stored.slice(0, 1) }
    },
    validate: validateCustomResourceDefinition,
    warnings: (object) => formatWarnings(object),
  },
  update: { prepare: prepareForUpdate, validate: validateCustomResourceDefinitionUpdate, warnings: formatWarnings },
  status: { prepare: updateStatus, validate: validateCustomResourceDefinitionStatus },
  columns: createdAtColumns(),
}

/** A version that becomes the stored one is remembered in status. */
function prepareForUpdate(object: CustomResourceDefinition, old: CustomResourceDefinition): void {
  keepStatus(object, old)
  raiseGeneration(object, old, (each) => (each as CustomResourceDefinition).spec)
  const stored = (object.spec.versions ?? []).find(({ storage }) => storage)?.name
  const known = object.status.storedVersions ?? []
  if (stored !== undefined && !known.includes(stored)) object.status = { ...object.status, storedVersions: [...known, stored] }
}
