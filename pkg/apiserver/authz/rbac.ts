/** Role-based access control: allow when any rule the user has allows; otherwise no opinion. */
import type { Authorizer, AuthorizerAttributes, Decision } from '../types.ts'
import type { RuleResolver } from './rule-resolver.ts'
import { rulesAllow } from './rules.ts'

export function rbacAuthorizer(resolver: RuleResolver): Authorizer {
  return {
    name: 'RBAC',
    authorize(attributes) {
      const namespace = attributes.isResourceRequest ? attributes.namespace : ''
      for (const { source, rules } of resolver.cachedRules(attributes.user, namespace))
        if (rulesAllow(attributes, rules)) return { decision: 'allow', reason: `RBAC: allowed by ${source}` }
      return authorizeFully(attributes, namespace)
    },
  }

  async function authorizeFully(attributes: AuthorizerAttributes, namespace: string): Promise<Decision> {
    const errors: string[] = []
    for await (const { source, rules } of resolver.rulesFor(attributes.user, namespace, errors))
      if (rulesAllow(attributes, rules)) return { decision: 'allow', reason: `RBAC: allowed by ${source}` }
    return { decision: 'no-opinion', reason: errors.length === 0 ? '' : `RBAC: ${errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`}` }
  }
}
