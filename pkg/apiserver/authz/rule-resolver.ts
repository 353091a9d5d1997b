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
  /** The same out of the caches, at once; fewer, or none, where those do not have them yet. What they allow is allowed. */
  cachedRules(user: UserInfo, namespace: string): readonly ResolvedRules[]
  roleRules(ref: RoleRef, namespace: string): Promise<readonly PolicyRule[] | undefined>
}

type Binding = ClusterRoleBinding | RoleBinding
const indexName = 'authorization-subject'
/** A user seldom works in more namespaces at a time. */
const maxNamespacesKept = 1000

export function ruleResolver(access: ReadAccess): RuleResolver {
  const clusterBindings = bindingFinder(access, clusterRoleBindings)
  const namespacedBindings = bindingFinder(access, roleBindings)
  const clusterRoleReader = cachedReader(access, clusterRoles)
  const roleReader = cachedReader(access, roles)

  // What a user has changes with the objects of these kinds alone, while each request asks.
  let generation = 0
  for (const resource of [clusterRoleBindings, roleBindings, clusterRoles, roles] as ResourceRef<KubeObject>[]) {
    const changed = (): void => {
      generation++
    }
    access.informers.informer(resource).addHandler({ onAdd: changed, onUpdate: changed, onDelete: changed })
  }
  const kept = new WeakMap<UserInfo, { generation: number; byNamespace: Map<string, readonly ResolvedRules[]> }>()

  function cachedRules(user: UserInfo, namespace: string): readonly ResolvedRules[] {
    let known = kept.get(user)
    if (known?.generation !== generation) {
      known = { generation, byNamespace: new Map() }
      kept.set(user, known)
    }
    let rules = known.byNamespace.get(namespace)
    if (!rules) {
      rules = [
        ...resolveCached(clusterBindings.cached(user, ''), user, ''),
        ...(namespace === '' ? [] : resolveCached(namespacedBindings.cached(user, namespace), user, namespace)),
      ]
      if (known.byNamespace.size >= maxNamespacesKept) known.byNamespace.clear()
      known.byNamespace.set(namespace, rules)
    }
    return rules
  }

  function* resolveCached(found: readonly Binding[], user: UserInfo, namespace: string): Generator<ResolvedRules> {
    for (const binding of found) {
      const { kind, name } = binding.roleRef
      const role = kind === 'ClusterRole' ? clusterRoleReader.cached(undefined, name) : roleReader.cached(namespace, name)
      if (role) yield { source: sourceOf(binding, user, namespace), rules: role.rules ?? [] }
    }
  }

  async function roleRules(ref: RoleRef, namespace: string): Promise<readonly PolicyRule[] | undefined> {
    const role = ref.kind === 'ClusterRole' ? await clusterRoleReader.get(undefined, ref.name) : await roleReader.get(namespace, ref.name)
    return role && (role.rules ?? [])
  }

  async function* resolve(found: readonly Binding[], user: UserInfo, namespace: string, errors: string[]): AsyncGenerator<ResolvedRules> {
    for (const binding of found) {
      const { roleRef } = binding
      const rules = await roleRules(roleRef, namespace)
      if (!rules) {
        errors.push(`${roleRef.kind.toLowerCase()}.rbac.authorization.k8s.io "${roleRef.name}" not found`)
        continue
      }
      yield { source: sourceOf(binding, user, namespace), rules }
    }
  }

  return {
    roleRules,
    async *rulesFor(user, namespace, errors) {
      yield* resolve(await clusterBindings.find(user, ''), user, '', errors)
      if (namespace !== '') yield* resolve(await namespacedBindings.find(user, namespace), user, namespace, errors)
    },
    cachedRules,
  }
}

function bindingFinder<T extends Binding & KubeObject>({ informers, client }: ReadAccess, of: ResourceRef<T>) {
  const informer = informers.informer(of)
  informer.addIndex(indexName, (binding) => {
    const namespace = binding.metadata.namespace ?? ''
    return [...new Set((binding.subjects ?? []).map((subject) => `${of.namespaced ? namespace : ''}|${subjectKey(subject, namespace)}`))]
  })
  const cached = (user: UserInfo, namespace: string): readonly T[] => {
    const keys = [`User:${user.name}`, ...user.groups.map((group) => `Group:${group}`)]
    return [...new Set(keys.flatMap((key) => informer.byIndex(indexName, `${namespace}|${key}`)))]
  }
  return {
    cached,
    async find(user: UserInfo, namespace: string): Promise<readonly T[]> {
      if (informer.hasSynced) return cached(user, namespace)
      const { items } = await client.list(of, { namespace: namespace || undefined })
      return items.filter((each) => each.subjects?.some((subject) => applies(subject, user, each.metadata.namespace ?? '')))
    },
  }
}

function sourceOf({ metadata, roleRef, subjects }: Binding, user: UserInfo, namespace: string): string {
  const subject = subjects?.find((each) => applies(each, user, metadata.namespace ?? ''))
  const bound = namespace === '' ? `ClusterRoleBinding "${metadata.name}"` : `RoleBinding "${metadata.name}/${metadata.namespace}"`
  const toWhom = subject?.kind === 'ServiceAccount' ? `ServiceAccount "${subject.name}/${subject.namespace}"` : `${subject?.kind} "${subject?.name}"`
  return `${bound} of ${roleRef.kind} "${roleRef.name}" to ${toWhom}`
}

function subjectKey(subject: Subject, bindingNamespace: string): string {
  if (subject.kind !== 'ServiceAccount') return `${subject.kind}:${subject.name}`
  return `User:${serviceAccountUserName(subject.namespace || bindingNamespace, subject.name)}`
}

function applies(subject: Subject, user: UserInfo, bindingNamespace: string): boolean {
  const key = subjectKey(subject, bindingNamespace)
  return key === `User:${user.name}` || (subject.kind === 'Group' && user.groups.includes(subject.name))
}
