/** Secret. `stringData` is for writing only and becomes part of `data`. */
import { type Secret, SecretSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { keyPairWarnings } from './secret/key-pair-warnings.ts'
import { validateSecret, validateSecretUpdate } from './validate-config.ts'

export const secret: ResourceDefinition<Secret> = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  namespaced: true,
  schema: SecretSchema,
  defaults: (object) => {
    encodeStringData(object)
    object.type ||= 'Opaque'
  },
  create: { validate: validateSecret, warnings },
  update: {
    validate: validateSecretUpdate,
    warnings,
    prepare: (object, old) => {
      object.type ||= old.type ?? 'Opaque'
    },
  },
  allowUnconditionalUpdate: true,
  selectableFields: ({ type }) => ({ type: type ?? '' }),
  columns: [
    nameColumn(),
    text('Type', ({ type }) => type, 'What the secret is for.'),
    text('Data', ({ data }) => Object.keys(data ?? {}).length, 'How many entries it has.'),
    ageColumn(),
  ],
}

function warnings({ type, data }: Secret): string[] {
  return type === 'kubernetes.io/tls' ? keyPairWarnings(data?.['tls.crt'], data?.['tls.key']) : []
}

function encodeStringData(object: Secret): void {
  const { stringData } = object
  if (!stringData) return
  if (Object.keys(stringData).length > 0) object.data = { ...object.data }
  for (const [key, value] of Object.entries(stringData)) object.data![key] = Buffer.from(value, 'utf8').toString('base64')
  delete object.stringData
}
