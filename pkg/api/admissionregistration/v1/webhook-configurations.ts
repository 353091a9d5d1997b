/** ValidatingWebhookConfiguration and MutatingWebhookConfiguration. */
import {
  type MutatingWebhookConfiguration,
  MutatingWebhookConfigurationSchema,
  type ValidatingWebhookConfiguration,
  ValidatingWebhookConfigurationSchema,
} from '#api/gen/admissionregistration/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, integer, nameColumn } from '../../columns.ts'
import { raiseGeneration, startAtGenerationOne } from '../../doors.ts'
import { defaultWebhook } from './defaults.ts'
import { validateWebhooks } from './validate-webhooks.ts'

export const validatingWebhookConfiguration: ResourceDefinition<ValidatingWebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  singular: 'validatingwebhookconfiguration',
  categories: ['api-extensions'],
  namespaced: false,
  schema: ValidatingWebhookConfigurationSchema,
  defaults: ({ webhooks }) => {
    for (const webhook of webhooks ?? []) defaultWebhook(webhook)
  },
  create: { prepare: startAtGenerationOne, validate: ({ webhooks }) => validateWebhooks(webhooks) },
  update: {
    looks: ['metadata', 'rules'],
    prepare: (object, old) => raiseGeneration(object, old, (each) => (each as ValidatingWebhookConfiguration).webhooks),
    validate: ({ webhooks }) => validateWebhooks(webhooks),
  },
  columns: [nameColumn(), integer('Webhooks', ({ webhooks }) => webhooks?.length ?? 0, 'How many webhooks it has.'), ageColumn()],
}

export const mutatingWebhookConfiguration: ResourceDefinition<MutatingWebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  singular: 'mutatingwebhookconfiguration',
  categories: ['api-extensions'],
  namespaced: false,
  schema: MutatingWebhookConfigurationSchema,
  defaults: ({ webhooks }) => {
    for (const webhook of webhooks ?? []) {
      defaultWebhook(webhook)
      webhook.reinvocationPolicy ??= 'Never'
    }
  },
  create: { prepare: startAtGenerationOne, validate: ({ webhooks }) => validateWebhooks(webhooks) },
  update: {
    looks: ['metadata', 'rules'],
    prepare: (object, old) => raiseGeneration(object, old, (each) => (each as MutatingWebhookConfiguration).webhooks),
    validate: ({ webhooks }) => validateWebhooks(webhooks),
  },
  columns: [nameColumn(), integer('Webhooks', ({ webhooks }) => webhooks?.length ?? 0, 'How many webhooks it has.'), ageColumn()],
}
