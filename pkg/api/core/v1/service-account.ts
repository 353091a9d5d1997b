/** ServiceAccount. Its token door is served elsewhere. */
import { type ServiceAccount, ServiceAccountSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn } from '../../columns.ts'

export const serviceAccount: ResourceDefinition<ServiceAccount> = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  shortNames: ['sa'],
  namespaced: true,
  schema: ServiceAccountSchema,
  create: { prepare: keepSecretNames, warnings: (object) => mountableWarnings(object) },
  update: { looks: ['metadata-change', 'metadata', 'rules'], prepare: keepSecretNames, warnings: mountableWarnings },
  allowUnconditionalUpdate: true,
  columns: [nameColumn(), ageColumn()],
}

/** Of references to Secrets only the names are kept. */
function keepSecretNames(object: ServiceAccount): void {
  if (object.secrets) object.secrets = object.secrets.map(({ name }) => (name === undefined ? {} : { name }))
}

const enforceMountable = 'kubernetes.io/enforce-mountable-secrets'

function mountableWarnings({ metadata }: ServiceAccount, old?: ServiceAccount): string[] {
  if (metadata.annotations?.[enforceMountable] === undefined || old?.metadata.annotations?.[enforceMountable] !== undefined) return []
  return [`metadata.annotations[${enforceMountable}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`]
}
