/** Names of users and groups that the system itself knows (k8s.io/apiserver/pkg/authentication/user). */
import type { UserInfo } from '../types.ts'

export const anonymousUser = 'system:anonymous'
export const apiServerUser = 'system:apiserver'
export const allAuthenticated = 'system:authenticated'
export const allUnauthenticated = 'system:unauthenticated'
export const mastersGroup = 'system:masters'
export const nodesGroup = 'system:nodes'
export const nodeUserPrefix = 'system:node:'
export const serviceAccountsGroup = 'system:serviceaccounts'
export const serviceAccountUserPrefix = 'system:serviceaccount:'

/** Whom the API server itself is on its loopback client. */
export const loopbackUser: UserInfo = { name: apiServerUser, groups: [mastersGroup, allAuthenticated] }

export function serviceAccountUserName(namespace: string, name: string): string {
  return `${serviceAccountUserPrefix}${namespace}:${name}`
}

export function serviceAccountGroups(namespace: string): string[] {
  return [serviceAccountsGroup, `${serviceAccountsGroup}:${namespace}`]
}

/** "system:serviceaccount:NS:NAME" taken apart; undefined for any other user. */
export function parseServiceAccountUser(userName: string): { namespace: string; name: string } | undefined {
  if (!userName.startsWith(serviceAccountUserPrefix)) return undefined
  const [namespace, name, ...rest] = userName.slice(serviceAccountUserPrefix.length).split(':')
  return namespace && name && rest.length === 0 ? { namespace, name } : undefined
}

/** The node's name, when the user is a kubelet: system:node:NAME in group system:nodes. */
export function nodeNameOf(user: UserInfo): string | undefined {
  return isNodeUser(user) ? user.name.slice(nodeUserPrefix.length) || undefined : undefined
}

export function isNodeUser(user: UserInfo): boolean {
  return user.name.startsWith(nodeUserPrefix) && user.groups.includes(nodesGroup)
}
