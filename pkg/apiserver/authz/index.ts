/** Authorization put together: system:masters, Node, RBAC, and the handlers of access reviews. */
import type { ReadAccess } from '../cached-reader.ts'
import type { AdmissionPlugin, Authorizer } from '../types.ts'
import type { VirtualHandlers } from '../virtual-types.ts'
import { escalationCheck } from './escalation.ts'
import { ingressSecretsAuthorizer } from './ingress-secrets.ts'
import { localVolumesAuthorizer } from './local-volumes.ts'
import { nodeAuthorizer } from './node.ts'
import { nodeGraph } from './node-graph.ts'
import { rbacAuthorizer } from './rbac.ts'
import { accessReviewHandlers } from './reviews.ts'
import { type RuleResolver, ruleResolver } from './rule-resolver.ts'
import { mastersAuthorizer, unionAuthorizer } from './union.ts'

export { bootstrapPolicySeeds, reconcileBootstrapPolicy } from './bootstrap.ts'
export { forbiddenError, forbiddenMessage } from './forbidden.ts'

export interface Authorization {
  readonly authorizer: Authorizer
  readonly resolver: RuleResolver
  /** Refuses roles and bindings that give away more than their writer has; goes last among the validating plugins. */
  readonly escalation: AdmissionPlugin
  readonly virtual: VirtualHandlers
}

/** Registers its informers: call before the factory starts. */
export function createAuthorization(access: ReadAccess, authorizers: readonly (Authorizer | 'Node' | 'RBAC')[] = ['Node', 'RBAC']): Authorization {
  const resolver = ruleResolver(access)
  const made = authorizers.flatMap((each) => {
    if (each === 'Node') return nodeAuthorizer(nodeGraph(access))
    if (each !== 'RBAC') return each
    const rbac = rbacAuthorizer(resolver)
    return [rbac, ingressSecretsAuthorizer(access, rbac), localVolumesAuthorizer(rbac)]
  })
  const authorizer = unionAuthorizer([mastersAuthorizer, ...made])
  return { authorizer, resolver, escalation: escalationCheck(resolver, authorizer), virtual: accessReviewHandlers(authorizer, resolver) }
}
