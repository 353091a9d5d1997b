/**
 * Nobody gives away what they do not have (docs: "Privilege escalation prevention and bootstrapping"): a role's rules
 * need the writer to hold them or the verb "escalate", a binding's role to hold its rules or the verb "bind".
 */
import type { ClusterRole, PolicyRule, Role, RoleBinding } from '#api/gen/rbac/v1.ts'
import { forbidden, notFound } from '#apimachinery/status-error.ts'
import { mastersGroup } from '../authn/users.ts'
import type { AdmissionAttributes, AdmissionPlugin, Authorizer } from '../types.ts'
import { ruleTexts, uncovered } from './cover.ts'
import type { RuleResolver } from './rule-resolver.ts'

const rbacGroup = 'rbac.authorization.k8s.io'
const resources = ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings']

const fullAuthority: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]

export function escalationCheck(resolver: RuleResolver, authorizer: Authorizer): AdmissionPlugin {
  async function mayUse(verb: 'escalate' | 'bind', attributes: AdmissionAttributes, resource: string, name: string): Promise<boolean> {
    if (attributes.user.groups.includes(mastersGroup)) return true
    const { decision } = await authorizer.authorize({
      user: attributes.user,
      verb,
      isResourceRequest: true,
      path: '',
      group: rbacGroup,
      version: 'v1',
      resource,
      subresource: '',
      namespace: attributes.namespace,
      name,
    })
    return decision === 'allow'
  }

  /** `why` stands in place of what is missing. */
  async function mustHold(attributes: AdmissionAttributes, rules: readonly PolicyRule[], why?: string): Promise<void> {
    const owned: PolicyRule[] = []
    const errors: string[] = []
    for await (const found of resolver.rulesFor(attributes.user, attributes.namespace, errors)) owned.push(...found.rules)
    const missing = uncovered(owned, rules)
    if (missing.length === 0) return
    const { user, resource, name } = attributes
    if (why !== undefined) throw forbidden({ group: rbacGroup, resource }, name, why)
    const failure = errors.length > 0 ? `; resolution errors: [${errors.join(', ')}]` : ''
    const groups = JSON.stringify(user.groups).replaceAll('","', '" "')
    const told = `user ${JSON.stringify(user.name)} (groups=${groups}) is attempting to grant RBAC permissions not currently held:\n${ruleTexts(missing).join('\n')}${failure}`
    throw forbidden({ group: rbacGroup, resource }, name, told)
  }

  async function checkRole(attributes: AdmissionAttributes): Promise<void> {
    const role = attributes.object as Role | ClusterRole
    const aggregates = 'aggregationRule' in role && role.aggregationRule !== undefined
    if (await mayUse('escalate', attributes, attributes.resource, attributes.name)) return
    await mustHold(attributes, role.rules ?? [])
    if (aggregates) await mustHold(attributes, fullAuthority, 'must have cluster-admin privileges to use the aggregationRule')
  }

  async function checkBinding(attributes: AdmissionAttributes): Promise<void> {
    const { roleRef } = attributes.object as RoleBinding
    const resource = roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles'
    if (await mayUse('bind', attributes, resource, roleRef.name)) return
    const rules = await resolver.roleRules(roleRef, attributes.namespace)
    // It is told of the binding's resource, upstream too.
    if (!rules) throw notFound({ group: rbacGroup, resource: attributes.resource }, roleRef.name)
    await mustHold(attributes, rules)
  }

  return {
    name: 'RBACEscalation',
    handles: ({ group, resource, subresource, operation }) =>
      group === rbacGroup && subresource === '' && resources.includes(resource) && (operation === 'CREATE' || operation === 'UPDATE'),
    async validate(attributes) {
      if (attributes.user.groups.includes(mastersGroup)) return
      await (attributes.resource.endsWith('bindings') ? checkBinding(attributes) : checkRole(attributes))
    },
  }
}
