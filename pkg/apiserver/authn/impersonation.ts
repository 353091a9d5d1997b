/**
 * Impersonate-User, -Group, -Uid and -Extra-* (docs: "User impersonation"): acting as someone else, if authorization
 * lets you. The constrained modes are asked first, which allow it for some requests only (KEP-5284); the plain verb
 * `impersonate` last.
 */
import { badRequest } from '#apimachinery/status-error.ts'
import { forbiddenError } from '../authz/forbidden.ts'
import type { ApiRequest, Authorizer, AuthorizerAttributes, UserInfo } from '../types.ts'
import { decodeHeaderKey, listOf } from './request-header.ts'
import { allAuthenticated, allUnauthenticated, anonymousUser, mastersGroup, parseServiceAccountUser, serviceAccountGroups } from './users.ts'

const extraPrefix = 'impersonate-extra-'
const authenticationGroup = 'authentication.k8s.io'
const nodePrefix = 'system:node:'
const nodeNameKey = 'authentication.kubernetes.io/node-name'

export interface Impersonated {
  readonly user: UserInfo
  /** The verb of the constrained mode that allowed it; empty for `impersonate` itself. */
  readonly constraint: string
}

interface Mode {
  readonly name: string
  /** Whether such a user is this mode's business. */
  fits(wanted: UserInfo, requestor: UserInfo): boolean
}

const nodeOf = ({ name }: UserInfo): string | undefined =>
  name.startsWith(nodePrefix) && name.length > nodePrefix.length ? name.slice(nodePrefix.length) : undefined
const isOnlyNamed = ({ uid, groups, extra }: UserInfo): boolean => !uid && groups.length === 0 && !extra

const constrainedModes: readonly Mode[] = [
  {
    name: 'associated-node',
    fits: (wanted, requestor) => {
      const node = nodeOf(wanted)
      const isOfNode =
        parseServiceAccountUser(requestor.name) !== undefined && requestor.extra?.[nodeNameKey]?.length === 1 && requestor.extra[nodeNameKey][0] === node
      return isOnlyNamed(wanted) && node !== undefined && isOfNode
    },
  },
  { name: 'arbitrary-node', fits: (wanted) => isOnlyNamed(wanted) && nodeOf(wanted) !== undefined },
  { name: 'serviceaccount', fits: (wanted) => isOnlyNamed(wanted) && parseServiceAccountUser(wanted.name) !== undefined },
  { name: 'user-info', fits: (wanted) => nodeOf(wanted) === undefined && parseServiceAccountUser(wanted.name) === undefined },
]

/** The user to go on as, or undefined when the request does not impersonate. `about`: the request itself. Throws Forbidden. */
export async function impersonate(
  request: Pick<ApiRequest, 'headers'>,
  about: AuthorizerAttributes,
  authorizer: Authorizer,
): Promise<Impersonated | undefined> {
  const wanted = requested(request.headers)
  if (!wanted) return undefined
  const { user } = about
  let refusal: unknown
  for (const mode of constrainedModes) {
    if (!mode.fits(wanted, user)) continue
    try {
      await allow(authorizer, { ...about, verb: `impersonate-on:${mode.name}:${about.verb}` })
      const verb = `impersonate:${mode.name}`
      for (const attributes of constrainedChecks(wanted, user, verb)) await allow(authorizer, attributes)
      return { user: withImpliedGroups({ ...wanted, groups: nodeOf(wanted) ? ['system:nodes'] : wanted.groups }), constraint: verb }
    } catch (error) {
      refusal ??= error
    }
  }
  try {
    for (const attributes of plainChecks(wanted, user)) await allow(authorizer, attributes)
  } catch (error) {
    throw refusal ?? error
  }
  return { user: withImpliedGroups(wanted), constraint: '' }
}

async function allow(authorizer: Authorizer, attributes: AuthorizerAttributes): Promise<void> {
  const { decision, reason } = await authorizer.authorize(attributes)
  if (decision !== 'allow') throw forbiddenError(attributes, reason)
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
  if (name === '') {
    const what = `Name:"", UID:${JSON.stringify(uid)}, Groups:${goStrings(groups)}, Extra:${goExtra(extra)}`
    throw badRequest(`requested &user.DefaultInfo{${what}} without impersonating a user name`)
  }
  return { name, ...(uid ? { uid } : {}), groups, ...(Object.keys(extra).length > 0 ? { extra } : {}) }
}

function goStrings(values: readonly string[]): string {
  return values.length === 0 ? '[]string(nil)' : `[]string{${values.map((each) => JSON.stringify(each)).join(', ')}}`
}

function goExtra(extra: Readonly<Record<string, readonly string[]>>): string {
  const keys = Object.keys(extra).sort()
  return `map[string][]string${keys.length === 0 ? '(nil)' : `{${keys.map((key) => `${JSON.stringify(key)}:${goStrings(extra[key]!)}`).join(', ')}}`}`
}

function check(user: UserInfo, verb: string, group: string, resource: string, name: string, more: Partial<AuthorizerAttributes> = {}): AuthorizerAttributes {
  return { user, verb, isResourceRequest: true, path: '', group, version: 'v1', resource, subresource: '', namespace: '', name, ...more }
}

function constrainedChecks(wanted: UserInfo, user: UserInfo, verb: string): AuthorizerAttributes[] {
  if (wanted.groups.includes(mastersGroup))
    throw forbiddenError(check(user, verb, authenticationGroup, 'groups', mastersGroup), 'impersonating the system:masters group is not allowed')
  const account = parseServiceAccountUser(wanted.name)
  const node = nodeOf(wanted)
  const name = account
    ? check(user, verb, authenticationGroup, 'serviceaccounts', account.name, { namespace: account.namespace })
    : node
      ? check(user, verb, authenticationGroup, 'nodes', verb === 'impersonate:associated-node' ? '*' : node)
      : check(user, verb, authenticationGroup, 'users', wanted.name)
  return [name, ...otherChecks(wanted, user, verb, authenticationGroup)]
}

function plainChecks(wanted: UserInfo, user: UserInfo): AuthorizerAttributes[] {
  const verb = 'impersonate'
  const account = parseServiceAccountUser(wanted.name)
  const name = account ? check(user, verb, '', 'serviceaccounts', account.name, { namespace: account.namespace }) : check(user, verb, '', 'users', wanted.name)
  return [name, ...otherChecks(wanted, user, verb, '')]
}

function otherChecks({ uid, groups, extra }: UserInfo, user: UserInfo, verb: string, groupOfGroups: string): AuthorizerAttributes[] {
  return [
    ...(uid ? [check(user, verb, authenticationGroup, 'uids', uid)] : []),
    ...groups.map((group) => check(user, verb, groupOfGroups, 'groups', group)),
    ...Object.entries(extra ?? {}).flatMap(([key, values]) =>
      values.map((value) => check(user, verb, authenticationGroup, 'userextras', value, { subresource: key })),
    ),
  ]
}

function withImpliedGroups(wanted: UserInfo): UserInfo {
  const account = parseServiceAccountUser(wanted.name)
  const groups = account && wanted.groups.length === 0 ? serviceAccountGroups(account.namespace) : wanted.groups
  if (groups.includes(allAuthenticated) || groups.includes(allUnauthenticated)) return { ...wanted, groups }
  return { ...wanted, groups: [...groups, wanted.name === anonymousUser ? allUnauthenticated : allAuthenticated] }
}
