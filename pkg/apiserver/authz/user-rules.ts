/** What a user may do, as each authorizer knows it: SelfSubjectRulesReview (upstream: authorizer.RuleResolver and its union). */
import type { NonResourceRule, ResourceRule } from '#api/gen/authorization/v1.ts'
import { aggregateText } from '#apimachinery/field-error.ts'
import { isNodeUser } from '../authn/users.ts'
import type { UserInfo } from '../types.ts'
import { type AbacPolicy, isAbout } from './abac.ts'
import type { AuthorizerChoice } from './index.ts'
import type { RuleResolver } from './rule-resolver.ts'

export interface UserRules {
  readonly resourceRules: ResourceRule[]
  readonly nonResourceRules: NonResourceRule[]
  readonly incomplete: boolean
  readonly evaluationError?: string
}

interface Found {
  readonly resourceRules: ResourceRule[]
  readonly nonResourceRules: NonResourceRule[]
  readonly errors: string[]
}

export type RulesOf = (user: UserInfo, namespace: string) => Promise<UserRules>

export function rulesOf(choices: () => readonly AuthorizerChoice[], resolver: RuleResolver): RulesOf {
  return async (user, namespace) => {
    const found: Found = { resourceRules: [], nonResourceRules: [], errors: [] }
    for (const choice of choices()) await collect(choice, user, namespace, resolver, found)
    const { resourceRules, nonResourceRules, errors } = found
    return { resourceRules, nonResourceRules, incomplete: errors.length > 0, ...(errors.length > 0 ? { evaluationError: aggregateText(errors) } : {}) }
  }
}

async function collect(choice: AuthorizerChoice, user: UserInfo, namespace: string, resolver: RuleResolver, into: Found): Promise<void> {
  if (choice === 'RBAC') return byRoles(user, namespace, resolver, into)
  if (choice === 'Node') {
    if (isNodeUser(user)) into.errors.push('node authorizer does not support user rule resolution')
    return
  }
  switch (choice.name) {
    case 'AlwaysAllow':
      into.resourceRules.push({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] })
      into.nonResourceRules.push({ verbs: ['*'], nonResourceURLs: ['*'] })
      return
    case 'AlwaysDeny':
      return
    case 'ABAC':
      byPolicies((choice as unknown as { policies: readonly AbacPolicy[] }).policies, user, namespace, into)
      return
    default:
      into.errors.push('webhook authorizer does not support user rule resolution')
  }
}

async function byRoles(user: UserInfo, namespace: string, resolver: RuleResolver, { resourceRules, nonResourceRules, errors }: Found): Promise<void> {
  for await (const { rules } of resolver.rulesFor(user, namespace, errors))
    for (const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } of rules) {
      if (resources?.length)
        resourceRules.push({
          verbs: [...verbs],
          apiGroups: [...(apiGroups ?? [])],
          resources: [...resources],
          ...(resourceNames?.length ? { resourceNames: [...resourceNames] } : {}),
        })
      if (nonResourceURLs?.length) nonResourceRules.push({ verbs: [...verbs], nonResourceURLs: [...nonResourceURLs] })
    }
}

function byPolicies(policies: readonly AbacPolicy[], user: UserInfo, namespace: string, { resourceRules, nonResourceRules }: Found): void {
  for (const policy of policies) {
    const { resource = '', apiGroup = '', nonResourcePath = '' } = policy
    if (!isAbout(policy, user) || (policy.namespace !== '*' && (policy.namespace ?? '') !== namespace)) continue
    const verbs = policy.readonly ? ['get', 'list', 'watch'] : ['*']
    if (resource !== '') resourceRules.push({ verbs, apiGroups: [apiGroup], resources: [resource] })
    if (nonResourcePath !== '') nonResourceRules.push({ verbs, nonResourceURLs: [nonResourcePath] })
  }
}
