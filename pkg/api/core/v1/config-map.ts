/** ConfigMap. */
import { type ConfigMap, ConfigMapSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { validateConfigMap, validateConfigMapUpdate } from './validate-config.ts'

export const configMap: ResourceDefinition<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  namespaced: true,
  schema: ConfigMapSchema,
  create: { validate: validateConfigMap },
  update: { validate: validateConfigMapUpdate },
  allowUnconditionalUpdate: true,
  columns: [
    nameColumn(),
    text('Data', ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length, 'How many entries it has.'),
    ageColumn(),
  ],
}
