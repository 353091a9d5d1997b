/** NetworkPolicy. */
import { type NetworkPolicy, NetworkPolicySchema } from '#api/gen/networking/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { raiseGeneration, startAtGenerationOne } from '../../doors.ts'
import { selectorCell } from '../../label-selector-text.ts'
import { validateNetworkPolicy, validateNetworkPolicyUpdate } from './validate-network-policy.ts'

export const networkPolicy: ResourceDefinition<NetworkPolicy> = {
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  singular: 'networkpolicy',
  shortNames: ['netpol'],
  namespaced: true,
  schema: NetworkPolicySchema,
  defaults: ({ spec }) => {
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of rule.ports ?? []) port.protocol ??= 'TCP'
    if ((spec.policyTypes?.length ?? 0) === 0) spec.policyTypes = (spec.egress?.length ?? 0) > 0 ? ['Ingress', 'Egress'] : ['Ingress']
  },
  create: { prepare: startAtGenerationOne, validate: validateNetworkPolicy },
  update: { prepare: (object, old) => raiseGeneration(object, old, (each) => (each as NetworkPolicy).spec), validate: validateNetworkPolicyUpdate },
  allowUnconditionalUpdate: true,
  columns: [nameColumn(), text('Pod-Selector', ({ spec }) => selectorCell(spec.podSelector), 'The pods it applies to.'), ageColumn()],
}
