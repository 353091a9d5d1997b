/** NetworkPolicy. */
import { type NetworkPolicy, type NetworkPolicyPeer, NetworkPolicySchema } from '#api/gen/networking/v1.ts'
import { type FieldPath, path } from '#apimachinery/field-error.ts'
import { cidrWarnings } from '../../ip-warnings.ts'
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
  create: { prepare: startAtGenerationOne, validate: validateNetworkPolicy, warnings: blockWarnings },
  update: {
    prepare: (object, old) => raiseGeneration(object, old, (each) => (each as NetworkPolicy).spec),
    validate: validateNetworkPolicyUpdate,
    warnings: blockWarnings,
  },
  allowUnconditionalUpdate: true,
  columns: [nameColumn(), text('Pod-Selector', ({ spec }) => selectorCell(spec.podSelector), 'The pods it applies to.'), ageColumn()],
}

function blockWarnings({ spec }: NetworkPolicy): string[] {
  const peers = (list: readonly NetworkPolicyPeer[] | undefined, at: FieldPath) =>
    (list ?? []).flatMap(({ ipBlock }, position) => {
      const here = at.index(position).child('ipBlock')
      if (!ipBlock) return []
      return [
        ...cidrWarnings(here.child('cidr'), ipBlock.cidr),
        ...(ipBlock.except ?? []).flatMap((each, index) => cidrWarnings(here.child('except').index(index), each)),
      ]
    })
  return [
    ...(spec.ingress ?? []).flatMap(({ from }, position) => peers(from, path('spec', 'ingress').index(position).child('from'))),
    ...(spec.egress ?? []).flatMap(({ to }, position) => peers(to, path('spec', 'egress').index(position).child('to'))),
  ]
}
