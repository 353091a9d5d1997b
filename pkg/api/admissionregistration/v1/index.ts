/** The kinds of admissionregistration.k8s.io. */
import type { ResourceDefinition } from '#api/types.ts'
import { mutatingAdmissionPolicy, validatingAdmissionPolicy } from './admission-policies.ts'
import { mutatingAdmissionPolicyBinding, validatingAdmissionPolicyBinding } from './policy-bindings.ts'
import { mutatingWebhookConfiguration, validatingWebhookConfiguration } from './webhook-configurations.ts'

export const admissionregistrationDefinitions: readonly ResourceDefinition[] = [
  mutatingAdmissionPolicy,
  mutatingAdmissionPolicyBinding,
  mutatingWebhookConfiguration,
  validatingAdmissionPolicy,
  validatingAdmissionPolicyBinding,
  validatingWebhookConfiguration,
]
