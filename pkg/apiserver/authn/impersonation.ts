/** Impersonate-User, -Group, -Uid and -Extra-* (docs: "User impersonation"): acting as someone else, if authorization lets you. */
import { internalError } from '#apimachinery/status-error.ts'
import { forbiddenError } from '../authz/forbidden.ts'
import type { ApiRequest, Authorizer, AuthorizerAttributes, UserInfo } from '../types.ts'
import { decodeHeaderKey, listOf } from './request-header.ts'
import { allAuthenticated, allUnauthenticated, anonymousUser, parseServiceAccountUser, serviceAccountGroups } from './users.ts'

const extraPrefix = 'impersonate-extra-'
const authenticationGroup = 'authentication.k8s.io'

/** The user to go on as, or undefined when the request does not impersonate. Throws Forbidden. */
export async function impersonate(request: Pick<ApiRequest, 'headers'>, user: UserInfo, authorizer: Authorizer): Promise<UserInfo | undefined> {
  const wanted = requested(request.headers)
  if (!wanted) return undefined
  for (const attributes of checks(wanted, user)) {
    const { decision, reason } = await authorizer.authorize(attributes)
    if (decision !== 'allow') throw forbiddenError(attributes, reason)
  }
  return withImpliedGroups(wanted)
}

function requested(headers: ApiRequest['headers']): UserInfo | undefined {
  const name = headers['impersonate-user'] ?? ''
  const groups = listOf(headers['impersonate-group'] ?? '')
  const uid = headers['impersonate-uid'] ?? ''
  const extra: Record<string, string[]> = {}
  for (const [header, value] of Object.entries(headers))
    if (header.startsWith(extraPrefix) && value !== undefined) extra[decodeHeaderKey(header.slice(extraPrefix.length))] = listOf(value)
  const others = groups.length > 0 || uid !== '' || Object.keys(extra).length > 0
  if (name === '' && !others) return undefined
  if (name === '') throw internalError('requested impersonation of groups, uid or extra without impersonating a user')
  return { name, ...(uid ? { uid } : {}), groups, ...(Object.keys(extra).length > 0 ? { extra } : {}) }
}

function checks(wanted: UserInfo, user: UserInfo): AuthorizerAttributes[] {
  const check = (group: string, resource: string, name: string, more: Partial<AuthorizerAttributes> = {}): AuthorizerAttributes => ({
    user,
    verb: 'impersonate',
    isResourceRequest: true,
    path: '',
    group,
    version: 'v1',
    resource,
    subresource: '',
    namespace: '',
    name,
    ...more,
  })
  const account = parseServiceAccountUser(wanted.name)
  return [
    account ? check('', 'serviceaccounts', account.name, { namespace: account.namespace }) : check('', 'users', wanted.name),
    ...wanted.groups.map((group) => check('', 'groups', group)),
    ...Object.entries(wanted.extra ?? {}).flatMap(([key, values]) =>
      values.map((value) => check(authenticationGroup, 'userextras', value, { subresource: key })),
    ),
    ...(wanted.uid ? [check(authenticationGroup, 'uids', wanted.uid)] : []),
  ]
}

function withImpliedGroups(wanted: UserInfo): UserInfo {
  const account = parseServiceAccountUser(wanted.name)
  const groups = account && wanted.groups.length === 0 ? serviceAccountGroups(account.namespace) : wanted.groups
  if (groups.includes(allAuthenticated) || groups.includes(allUnauthenticated)) return { ...wanted, groups }
  return { ...wanted, groups: [...groups, wanted.name === anonymousUser ? allUnauthenticated : allAuthenticated] }
}
