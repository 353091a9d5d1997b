/** create role, clusterrole, rolebinding, clusterrolebinding. */
import { CommandError } from '../../errors.ts'
import type { FlagSpec } from '../../flags/types.ts'
import type { Command, Invocation } from '../../types.ts'
import { mustMap } from '../../resources/args.ts'
import { generatorCommand } from './generate.ts'

const ruleFlags: readonly FlagSpec[] = [
  { name: 'resource', type: 'stringSlice', usage: 'Resource that the rule applies to' },
  { name: 'resource-name', type: 'stringArray', usage: 'Resource in the white list that the rule applies to' },
  { name: 'verb', type: 'stringSlice', usage: 'Verb that applies to the resources contained in the rule' },
]

const resourceVerbs = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'use',
  'bind',
  'impersonate',
  'escalate',
  'approve',
  'sign',
  'attest',
]
const urlVerbs = ['get', 'post', 'put', 'head', 'options', 'delete', 'patch']

async function rulesOf({ flags, session, err }: Invocation): Promise<any[]> {
  const named = [...new Set(flags.list('verb'))]
  const verbs = named.includes('*') ? ['*'] : named
  if (verbs.length === 0) throw new CommandError('error: at least one verb must be specified')
  const wanted = flags.list('resource')
  const urls = flags.has('non-resource-url') ? flags.list('non-resource-url') : []
  if (wanted.length === 0 && urls.length === 0) throw new CommandError('error: at least one resource must be specified')
  for (const url of urls) if (url !== '*' && !url.startsWith('/')) throw new CommandError('error: nonResourceURL should start with /')
  const standard = [...(wanted.length > 0 ? resourceVerbs : []), ...(urls.length > 0 ? urlVerbs : [])]
  for (const verb of verbs) if (verb !== '*' && !standard.includes(verb)) err(`Warning: '${verb}' is not a standard resource verb\n`)
  const groups = new Map<string, string[]>()
  for (const text of wanted) {
    const [name = '', subresource] = text.split('/')
    if (name === '*') groups.set('*', ['*'])
    else {
      const { group, plural } = mustMap(await session.catalog(), name)
      groups.set(group, [...(groups.get(group) ?? []), subresource ? `${plural}/${subresource}` : plural])
    }
  }
  const names = flags.list('resource-name')
  const rules: any[] = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([group, resources]) => ({ apiGroups: [group], ...(names.length > 0 ? { resourceNames: names } : {}), resources, verbs }))
  if (urls.length > 0) rules.push({ nonResourceURLs: urls, verbs })
  return rules
}

export const role: Command = generatorCommand({
  summary: 'Create a role with single rule.',
  usage: 'NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]',
  flags: ruleFlags,
  make: async (invocation, name) => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name }, rules: await rulesOf(invocation) }),
})

export const clusterrole: Command = generatorCommand({
  summary: 'Create a cluster role.',
  usage: 'NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]',
  clusterScoped: true,
  flags: [
    ...ruleFlags,
    { name: 'aggregation-rule', type: 'stringToString', shownDefault: '', usage: 'An aggregation label selector for combining ClusterRoles' },
    { name: 'non-resource-url', type: 'stringSlice', usage: 'A partial url that user should have access to' },
  ],
  async make(invocation, name) {
    const labels = invocation.flags.list('aggregation-rule')
    const head = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name } }
    if (labels.length === 0) return { ...head, rules: await rulesOf(invocation) }
    const matchLabels = Object.fromEntries(labels.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
    return { aggregationRule: { clusterRoleSelectors: [{ matchLabels }] }, ...head, rules: null }
  },
})

const subjectFlags: readonly FlagSpec[] = [
  { name: 'clusterrole', type: 'string', usage: 'ClusterRole this binding should reference' },
  { name: 'group', type: 'stringArray', usage: 'Groups to bind to the role' },
  { name: 'serviceaccount', type: 'stringArray', usage: 'Service accounts to bind to the role, in the format <namespace>:<name>' },
  { name: 'user', type: 'stringArray', usage: 'Usernames to bind to the role' },
]

function subjectsOf({ flags }: Invocation): { subjects?: any[] } {
  const api = 'rbac.authorization.k8s.io'
  const subjects = [
    ...flags.list('user').map((name) => ({ apiGroup: api, kind: 'User', name })),
    ...flags.list('group').map((name) => ({ apiGroup: api, kind: 'Group', name })),
    ...flags.list('serviceaccount').map((text) => {
      const [namespace, name, ...more] = text.split(':')
      if (!namespace || !name || more.length > 0) throw new CommandError('error: serviceaccount must be <namespace>:<name>')
      return { kind: 'ServiceAccount', name, namespace }
    }),
  ]
  return subjects.length > 0 ? { subjects } : {}
}

export const rolebinding: Command = generatorCommand({
  summary: 'Create a role binding for a particular role or cluster role.',
  usage:
    'NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  flags: [...subjectFlags, { name: 'role', type: 'string', usage: 'Role this binding should reference' }],
  make(invocation, name) {
    const { flags } = invocation
    const [clusterRole, ownRole] = [flags.string('clusterrole'), flags.string('role')]
    if ((clusterRole === '') === (ownRole === '')) throw new CommandError('error: exactly one of clusterrole or role must be specified')
    return {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: clusterRole ? 'ClusterRole' : 'Role', name: clusterRole || ownRole },
      ...subjectsOf(invocation),
    }
  },
})

export const clusterrolebinding: Command = generatorCommand({
  summary: 'Create a cluster role binding for a particular cluster role.',
  usage: 'NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  clusterScoped: true,
  flags: subjectFlags.map((flag) => (flag.name === 'clusterrole' ? { ...flag, required: true } : flag)),
  make(invocation, name) {
    return {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: invocation.flags.string('clusterrole') },
      ...subjectsOf(invocation),
    }
  },
})
