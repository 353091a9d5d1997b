/** ResourceClaimTemplate. */
import { type ResourceClaimTemplate, ResourceClaimTemplateSchema } from '#api/gen/resource/v1.ts'
import { validateAdminAccess } from './validate-admin-access.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn } from '../../columns.ts'
import { defaultDeviceClaim } from './device-defaults.ts'
import { validateClaimTemplate, validateClaimTemplateUpdate } from './validate-claim.ts'

export const resourceClaimTemplate: ResourceDefinition<ResourceClaimTemplate> = {
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaimTemplate',
  plural: 'resourceclaimtemplates',
  singular: 'resourceclaimtemplate',
  namespaced: true,
  schema: ResourceClaimTemplateSchema,
  readsNamespace: true,
  defaults: ({ spec }) => defaultDeviceClaim(spec.spec?.devices ?? {}),
  create: { validate: (object, context) => [...validateAdminAccess(object.spec.spec.devices?.requests ?? [], context), ...validateClaimTemplate(object)] },
  update: { validate: validateClaimTemplate, validateChange: validateClaimTemplateUpdate, looks: ['metadata', 'rules', 'metadata-change', 'changes'] },
  allowUnconditionalUpdate: true,
  columns: [nameColumn(), ageColumn()],
}
