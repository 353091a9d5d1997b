/** ResourceQuota. */
import { type ResourceQuota, ResourceQuotaSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { clearStatus, keepSpec, keepStatus } from '../../doors.ts'
import { quotaWarnings } from './resource-quota/warnings.ts'
import { validateResourceQuota, validateResourceQuotaStatus, validateResourceQuotaUpdate } from './resource-quota/validate.ts'

export const resourceQuota: ResourceDefinition<ResourceQuota> = {
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  singular: 'resourcequota',
  shortNames: ['quota'],
  namespaced: true,
  schema: ResourceQuotaSchema,
  create: { prepare: (object) => clearStatus(object, ResourceQuotaSchema), validate: validateResourceQuota, warnings: quotaWarnings },
  update: { prepare: keepStatus, validate: validateResourceQuotaUpdate },
  status: { prepare: keepSpec, validate: validateResourceQuotaStatus },
  allowUnconditionalUpdate: true,
  columns: [
    nameColumn(),
    text('Request', (quota) => usage(quota, (name) => !name.includes('limits')), 'What is used of requests and counts, and what may be.'),
    text('Limit', (quota) => usage(quota, (name) => name.includes('limits')), 'What is used of limits, and what may be.'),
    ageColumn(),
  ],
}

function usage({ status }: ResourceQuota, shown: (name: string) => boolean): string {
  const names = Object.keys(status.hard ?? {})
    .filter(shown)
    .sort()
  return names.map((name) => `${name}: ${status.used?.[name] ?? '0'}/${status.hard?.[name]}`).join(', ')
}
