/**
 * ValidatingAdmissionPolicy status: whether a policy's expressions fit the schemas of the kinds that it names.
 * In: ValidatingAdmissionPolicies; discovery and OpenAPI of the server. Out: their status.
 * Upstream: pkg/controller/validatingadmissionpolicystatus.
 */
import { validatingAdmissionPolicies } from '#api/gen/resources.ts'
import { type Controller, input, output } from '#runtime/types.ts'
import { checkPolicy } from './check.ts'
import { paramKindOf, typesOfPolicy } from './kinds.ts'

export function validatingAdmissionPolicyStatusController(): Controller {
  return {
    name: 'validatingadmissionpolicy-status-controller',
    account: 'validatingadmissionpolicy-status-controller',
    inputs: [
      input(validatingAdmissionPolicies, {
        keys: ({ metadata, status }, change) => (change === 'delete' || status?.observedGeneration === metadata.generation ? [] : [metadata.name]),
      }),
    ],
    outputs: [output(validatingAdmissionPolicies, 'status')],
    async reconcile(name, context) {
      const policy = context.cache(validatingAdmissionPolicies).byKey(name)
      const { generation } = policy?.metadata ?? {}
      if (!policy || generation === undefined || policy.status?.observedGeneration === generation) return
      const types = await typesOfPolicy(context.client, policy)
      const expressionWarnings = checkPolicy(policy, types, await paramKindOf(context.client, policy))
      const typeChecking = expressionWarnings.length > 0 ? { expressionWarnings } : {}
      const type = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy' }
      const applied = { ...type, metadata: { name }, status: { observedGeneration: generation, typeChecking } }
      const as = { type: 'apply', subresource: 'status', fieldManager: 'validatingadmissionpolicy-status', force: true } as const
      await context.client.patch(validatingAdmissionPolicies, { name }, applied, as)
    },
  }
}
