/**
 * Finds the rules a user has: bindings through an index by subject, roles by name; from informers, or from the server
 * itself until they have synced.
 */
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '#api/gen/resources.ts'
import type { ClusterRoleBinding, PolicyRule, RoleBinding, RoleRef, Subject } from '#api/gen/rbac/v1.ts'
import type { KubeObject, ResourceRef } from '#apimachinery/object.ts'
import { serviceAccountUserName } from '../authn/users.ts'
import { cachedReader, type ReadAccess } from '../cached-reader.ts'
import type { UserInfo } from '../types.ts'

export interface ResolvedRules {
  /** For the reason of a decision: `ClusterRoleBinding "x" of ClusterRole "y" to Group "z"`. */
  readonly source: string
  readonly rules: readonly PolicyRule[]
}

export interface RuleResolver {
  /** Rules that hold in the namespace ("": cluster wide only), in order of bindings. `errors` collects dangling references. */
  rulesFor(user: UserInfo, namespace: string, errors: string[]): AsyncIterable<ResolvedRules>
  roleRules(ref: RoleRef, namespace: string): Promise<readonly PolicyRule[] | undefined>
}

type Binding = ClusterRoleBinding | RoleBinding
const indexName = 'authorization-subject'

export function ruleResolver(access: ReadAccess): RuleResolver {
  const clusterBindings = bindingFinder(access, clusterRoleBindings)
  const namespacedBindings = bindingFinder(access, roleBindings)
  const clusterRoleReader = cachedReader(access, clusterRoles)
  const roleReader = cachedReader(access, roles)

  async function roleRules(ref: RoleRef, namespace: string): Promise<readonly PolicyRule[] | undefined> {
    const role = ref.kind === 'ClusterRole' ? await clusterRoleReader.get(undefined, ref.name) : await roleReader.get(namespace, ref.name)
    return role && (role.rules ?? [])
  }

  async function* resolve(found: readonly Binding[], user: UserInfo, namespace: string, errors: string[]): AsyncGenerator<ResolvedRules> {
    const kind = namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding'
    for (const { metadata, roleRef, subjects } of found) {
      const rules = await roleRules(roleRef, namespace)
      if (!rules) {
        errors.push(`${roleRef.kind.toLowerCase()}.rbac.authorization.k8s.io "${roleRef.name}" not found`)
        continue
      }
      const subject = subjects?.find((each) => applies(each, user, metadata.namespace ?? ''))
      const name = namespace === '' ? metadata.name : `${metadata.name}/${metadata.namespace}`
      const toWhom = subject?.kind === 'ServiceAccount' ? `ServiceAccount "${subject.name}/${subject.namespace}"` : `${subject?.kind} "${subject?.name}"`
      yield { source: `${kind} "${name}" of ${roleRef.kind} "${roleRef.name}" to ${toWhom}`, rules }
    }
  }

  return {
    roleRules,
    async *rulesFor(user, namespace, errors) {
      yield* resolve(await clusterBindings(user, ''), user, '', errors)
      if (namespace !== '') yield* resolve(await namespacedBindings(user, namespace), user, namespace, errors)
    },
  }
}

function bindingFinder<T extends Binding & KubeObject>({ informers, client }: ReadAccess, of: ResourceRef<T>) {
  const informer = informers.informer(of)
  informer.addIndex(indexName, (binding) => {
    const namespace = binding.metadata.namespace ?? ''
    return [...new Set((binding.subjects ?? []).map((subject) => `${of.namespaced ? namespace : ''}|${subjectKey(subject, namespace)}`))]
  })
  return async (user: UserInfo, namespace: string): Promise<readonly T[]> => {
    if (!informer.hasSynced) {
      const { items } = await client.list(of, { namespace: namespace || undefined })
      return items.filter((each) => each.subjects?.some((subject) => applies(subject, user, each.metadata.namespace ?? '')))
    }
    const keys = [`User:${user.name}`, ...user.groups.map((group) => `Group:${group}`)]
    return [...new Set(keys.flatMap((key) => informer.byIndex(indexName, `${namespace}|${key}`)))]
  }
}

function subjectKey(subject: Subject, bindingNamespace: string): string {
  if (subject.kind !== 'ServiceAccount') return `${subject.kind}:${subject.name}`
  return `User:${serviceAccountUserName(subject.namespace || bindingNamespace, subject.name)}`
}

function applies(subject: Subject, user: UserInfo, bindingNamespace: string): boolean {
  const key = subjectKey(subject, bindingNamespace)
  return key === `User:${user.name}` || (subject.kind === 'Group' && user.groups.includes(subject.name))
}
