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
import { rulesOf } from './user-rules.ts'

export { bootstrapPolicySeeds, reconcileBootstrapPolicy } from './bootstrap.ts'
export { forbiddenError, forbiddenMessage } from './forbidden.ts'

/** The two that read objects are made here. */
export type AuthorizerChoice = Authorizer | 'Node' | 'RBAC'

export interface Authorization {
  readonly authorizer: Authorizer
  /** Others take the place of those before, from the next request on; Node and RBAC only where they were there from the start. */
  use(authorizers: readonly AuthorizerChoice[]): void
  readonly resolver: RuleResolver
  /** Refuses roles and bindings that give away more than their writer has; goes last among the validating plugins. */
  readonly escalation: AdmissionPlugin
  readonly virtual: VirtualHandlers
}

/** Registers its informers: call before the factory starts. */
export function createAuthorization(access: ReadAccess, authorizers: readonly AuthorizerChoice[] = ['Node', 'RBAC']): Authorization {
  const resolver = ruleResolver(access)
  const node = authorizers.includes('Node') ? [nodeAuthorizer(nodeGraph(access))] : []
  const byRules = authorizers.includes('RBAC') ? rulesAuthorizers(access, resolver) : []
  const made = (choices: readonly AuthorizerChoice[]): Authorizer =>
    unionAuthorizer([mastersAuthorizer, ...choices.flatMap((each) => (each === 'Node' ? node : each === 'RBAC' ? byRules : [each]))])
  let choices = authorizers
  let current = made(choices)
  const authorizer: Authorizer = { name: 'union', authorize: (attributes) => current.authorize(attributes) }
  return {
    authorizer,
    use: (others) => {
      choices = others
      current = made(others)
    },
    resolver,
    escalation: escalationCheck(resolver, authorizer),
    virtual: accessReviewHandlers(
      authorizer,
      rulesOf(() => choices, resolver),
    ),
  }
}

function rulesAuthorizers(access: ReadAccess, resolver: RuleResolver): readonly Authorizer[] {
  const rbac = rbacAuthorizer(resolver)
  return [rbac, ingressSecretsAuthorizer(access, rbac), localVolumesAuthorizer(rbac)]
}
