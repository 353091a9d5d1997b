/** For tests: a client that may do what the default policy lets a controller's service account do, and nothing else. */
import type { AuthorizerAttributes } from '#apiserver/types.ts'
import { defaultClusterRoleBindings, defaultClusterRoles, defaultRoleBindings, defaultRoles } from '#apiserver/authz/policy/objects.ts'
import { rulesAllow } from '#apiserver/authz/rules.ts'
import { serviceAccountGroups, serviceAccountUserName } from '#apiserver/authn/users.ts'
import { parseRequestInfo } from '#apiserver/request-info.ts'
import { gatesToSwitch } from '#api/gated-fields.ts'
import type { PolicyRule, Subject } from '#api/gen/rbac/v1.ts'
import { type InterceptedCall, intercept } from '#client/interceptor.ts'
import type { Client } from '#client/types.ts'

const namespace = 'kube-system'

/** `refused` is told of each call that is not allowed, which fails. */
export function limitedToRole(client: Client, account: string, refused: (what: string) => void): Client {
  const rules = rulesOf(account)
  return intercept(client, {
    before(call) {
      const asked = attributesOf(call)
      if (rules.some((each) => (each.namespace === '' || each.namespace === asked.namespace) && rulesAllow(asked, each.rules))) return
      const { verb, path, group, resource, subresource, name } = asked
      const what = asked.isResourceRequest ? `${verb} ${resource}${subresource ? `/${subresource}` : ''}.${group} ${name}` : `${verb} ${path}`
      refused(`User "${serviceAccountUserName(namespace, account)}" cannot ${what} in namespace "${asked.namespace}"`)
      throw new Error(`${account} may not ${what}`)
    },
  })
}

function attributesOf({ verb, resource, args }: InterceptedCall): AuthorizerAttributes {
  const user = { name: '', groups: [] }
  if (!resource) {
    const [{ method, path }] = args
    const url = new URL(path, 'http://server')
    return { user, ...parseRequestInfo(method, url.pathname, url.searchParams) }
  }
  const [first = {}, second] = args
  const options = verb === 'get' ? second : verb === 'patch' ? args[2] : ['create', 'update'].includes(verb) ? second : undefined
  const at = ['create', 'update'].includes(verb) ? first.metadata : first
  return {
    user,
    isResourceRequest: true,
    path: '',
    verb: verb.toLowerCase(),
    group: resource.group,
    version: resource.version,
    resource: resource.plural,
    subresource: options?.subresource ?? '',
    namespace: at?.namespace ?? '',
    // A name that a create asks for is not part of the request's address.
    name: verb === 'create' && !options?.subresource ? '' : (at?.name ?? ''),
  }
}

interface Granted {
  /** '' everywhere. */
  readonly namespace: string
  readonly rules: readonly PolicyRule[]
}

function rulesOf(account: string): Granted[] {
  const groups = ['system:authenticated', ...serviceAccountGroups(namespace)]
  const isMeant = (subject: Subject): boolean =>
    (subject.kind === 'ServiceAccount' && subject.name === account && subject.namespace === namespace) ||
    (subject.kind === 'Group' && groups.includes(subject.name))
  const clusterRoles = new Map(defaultClusterRoles(gatesToSwitch).map(({ metadata, rules }) => [metadata.name, rules ?? []]))
  const ofRoles = defaultRoleBindings()
    .filter(({ subjects }) => subjects?.some(isMeant))
    .map((binding) => ({
      namespace: binding.metadata.namespace!,
      rules: defaultRoles().find(({ metadata }) => metadata.namespace === binding.metadata.namespace && metadata.name === binding.roleRef.name)?.rules ?? [],
    }))
  const ofClusterRoles = defaultClusterRoleBindings(gatesToSwitch)
    .filter(({ subjects }) => subjects?.some(isMeant))
    .map(({ roleRef }) => ({ namespace: '', rules: clusterRoles.get(roleRef.name) ?? [] }))
  return [...ofClusterRoles, ...ofRoles]
}
