/** Which flow schema a request belongs to. */
import type { FlowSchema, FlowSchemaSpec } from '#api/gen/flowcontrol/v1.ts'
import type { RequestInfo, UserInfo } from '../types.ts'

type Rules = NonNullable<FlowSchemaSpec['rules']>[number]
type Subject = Rules['subjects'][number]

/** By precedence, then by name; the first that matches is the one. */
export function inOrder(schemas: readonly FlowSchema[]): FlowSchema[] {
  const precedence = ({ spec }: FlowSchema): number => spec.matchingPrecedence ?? 0
  return [...schemas].sort((a, b) => precedence(a) - precedence(b) || (a.metadata.name < b.metadata.name ? -1 : 1))
}

/** What a schema has for one user, whatever is asked; undefined: nothing. */
export interface UserSchema {
  readonly schema: FlowSchema
  readonly rules: readonly Rules[]
}

export function schemaFor(schema: FlowSchema, user: UserInfo): UserSchema | undefined {
  const rules = (schema.spec.rules ?? []).filter(({ subjects }) => subjects.some((subject) => isSubject(subject, user)))
  return rules.length === 0 ? undefined : { schema, rules }
}

export function matches({ rules }: UserSchema, info: RequestInfo): boolean {
  for (const rule of rules) if (matchesRule(rule, info)) return true
  return false
}

/** What tells flows of one schema apart. */
export function distinguisherOf({ spec }: FlowSchema, user: UserInfo, info: RequestInfo): string {
  if (!spec.distinguisherMethod) return ''
  return spec.distinguisherMethod.type === 'ByUser' ? user.name : info.namespace
}

/** Plain loops: every request comes through here. */
function matchesRule({ resourceRules, nonResourceRules }: Rules, info: RequestInfo): boolean {
  if (!info.isResourceRequest) {
    for (const rule of nonResourceRules ?? []) if (has(rule.verbs, info.verb) && hasPath(rule.nonResourceURLs, info.path)) return true
    return false
  }
  for (const rule of resourceRules ?? []) {
    const isNamed = has(rule.verbs, info.verb) && has(rule.apiGroups, info.group) && hasResource(rule.resources, info)
    if (isNamed && (info.namespace === '' ? rule.clusterScope === true : has(rule.namespaces ?? [], info.namespace))) return true
  }
  return false
}

function hasResource(list: readonly string[], { resource, subresource }: RequestInfo): boolean {
  return has(list, subresource === '' ? resource : `${resource}/${subresource}`)
}

function isSubject({ kind, user: named, group, serviceAccount }: Subject, user: UserInfo): boolean {
  if (kind === 'User') return named !== undefined && (named.name === '*' || named.name === user.name)
  if (kind === 'Group') return group !== undefined && (group.name === '*' || user.groups.includes(group.name))
  if (!serviceAccount) return false
  if (!user.name.startsWith('system:serviceaccount:')) return false
  const prefix = `system:serviceaccount:${serviceAccount.namespace}:`
  return serviceAccount.name === '*' ? user.name.startsWith(prefix) : user.name === prefix + serviceAccount.name
}

function has(list: readonly string[], value: string): boolean {
  return (list.length === 1 && list[0] === '*') || list.includes(value)
}

function hasPath(urls: readonly string[], path: string): boolean {
  return urls.some((url) => {
    if (url === '*' || url === path) return true
    const prefix = url.replace(/\*$/, '')
    return path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`)
  })
}
