/** Who asks, and what they may: reviews, impersonation, tokens that are none, nobody; rights to give rights. */
import { createEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

type Json = Record<string, any>
const authentication = '/apis/authentication.k8s.io/v1'
const authorization = '/apis/authorization.k8s.io/v1'
const rbac = '/apis/rbac.authorization.k8s.io/v1'
const make = (path: string, body: Json): Question => ({ key: `${body.kind} ${body.metadata.name}`, method: 'POST', path, body })
const post = (key: string, path: string, body: unknown, headers?: Record<string, string>): Question => ({
  key,
  method: 'POST',
  path,
  body,
  ...(headers ? { headers } : {}),
})
const review = (kind: string, spec: unknown, more: Json = {}) => ({
  apiVersion: kind === 'TokenReview' || kind === 'SelfSubjectReview' ? 'authentication.k8s.io/v1' : 'authorization.k8s.io/v1',
  kind,
  ...(spec === undefined ? {} : { spec }),
  ...more,
})
const as = (user: string, ...groups: string[]) => ({ 'impersonate-user': user, ...(groups.length > 0 ? { 'impersonate-group': groups[0]! } : {}) })
const ann = as('ann', 'crew')

/** Somebody whom both servers know alike. */
const asMaster = (question: Question): Question => (question.headers ? question : { ...question, headers: as('root', 'system:masters') })

const resource = { namespace: 'golden', verb: 'get', group: 'apps', version: 'v1', resource: 'deployments', subresource: 'scale', name: 'web' }
const selected = (more: Json) => ({ user: 'ann', resourceAttributes: { ...resource, ...more } })
const requirement = (key: string, operator: string, values?: string[]) => ({ key, operator, ...(values ? { values } : {}) })
const subject = {
  user: 'ann',
  groups: ['crew', 'system:authenticated'],
  uid: '7',
  extra: { where: ['here'] },
  resourceAttributes: {
    ...resource,
    fieldSelector: { requirements: [requirement('metadata.name', 'In', ['a'])] },
    labelSelector: { requirements: [requirement('app', 'In', ['a', 'b'])] },
  },
}
const sars = `${authorization}/subjectaccessreviews`
const locals = `${authorization}/namespaces/golden/localsubjectaccessreviews`
const selfs = `${authorization}/selfsubjectaccessreviews`
const rules = `${authorization}/selfsubjectrulesreviews`
const url = { nonResourceAttributes: { path: '/openapi/v2', verb: 'get' } }

const ofReviews: Question[] = [
  ...createEach('SubjectAccessReview', sars, review('SubjectAccessReview', subject), {
    skip: ['metadata', 'spec.resourceAttributes.fieldSelector', 'spec.resourceAttributes.labelSelector'],
    brief: true,
  }),
  ...[
    {},
    { user: 'ann' },
    { resourceAttributes: resource },
    { user: 'ann', resourceAttributes: resource, ...url },
    { user: 'ann', ...url },
    { user: 'ann', nonResourceAttributes: {} },
    { user: 'ann', resourceAttributes: {} },
    { groups: ['system:masters'], resourceAttributes: resource },
    { user: 'ann', resourceAttributes: { ...resource, group: '', resource: 'pods', subresource: '', verb: 'list' } },
    { user: 'ann', resourceAttributes: { namespace: 'other', verb: 'list', resource: 'pods' } },
    { user: 'ann', resourceAttributes: { namespace: 'golden', verb: '*', resource: '*', group: '*' } },
    { user: 'system:node:one', groups: ['system:nodes'], resourceAttributes: { namespace: 'golden', verb: 'get', resource: 'secrets', name: 'x' } },
    { user: 'system:node:one', groups: ['system:nodes'], resourceAttributes: { verb: 'get', resource: 'nodes', name: 'one' } },
    { user: 'system:node:one', groups: ['system:nodes'], resourceAttributes: { namespace: 'golden', verb: 'list', resource: 'configmaps' } },
    {
      user: 'system:serviceaccount:kube-system:deployment-controller',
      resourceAttributes: { verb: 'update', group: 'apps', resource: 'replicasets', namespace: 'golden' },
    },
    { user: 'dangling', resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'golden' } },
    { user: 'anyone', groups: ['system:unauthenticated'], nonResourceAttributes: { path: '/version', verb: 'get' } },
    { user: 'anyone', groups: ['system:authenticated'], nonResourceAttributes: { path: '/openapi/v3', verb: 'get' } },
  ].map((spec, index) => post(`access ${index}`, sars, review('SubjectAccessReview', spec))),
  ...[
    { fieldSelector: {} },
    { fieldSelector: { rawSelector: 'spec.nodeName=one' } },
    { fieldSelector: { rawSelector: 'spec.nodeName=' } },
    { fieldSelector: { rawSelector: '!' } },
    { fieldSelector: { rawSelector: 'a=b', requirements: [requirement('a', 'In', ['b'])] } },
    { fieldSelector: { requirements: [requirement('a', 'In', ['b', 'c'])] } },
    { fieldSelector: { requirements: [requirement('', 'In')] } },
    { fieldSelector: { requirements: [requirement('a', 'Exists', ['x'])] } },
    { fieldSelector: { requirements: [requirement('a', 'Near')] } },
    { labelSelector: {} },
    { labelSelector: { rawSelector: 'a in (b)' } },
    { labelSelector: { rawSelector: 'a in' } },
    { labelSelector: { rawSelector: 'a', requirements: [requirement('a', 'In', ['b'])] } },
    { labelSelector: { requirements: [requirement('a', 'NotIn')] } },
    { labelSelector: { requirements: [requirement('', 'DoesNotExist')] } },
    { labelSelector: { requirements: [requirement('a', 'DoesNotExist', ['x'])] } },
    { labelSelector: { requirements: [requirement('a', 'Near')] } },
  ].map((more, index) => post(`access with a selector ${index}`, sars, review('SubjectAccessReview', selected(more)))),
  post('access, with metadata', sars, review('SubjectAccessReview', { user: 'ann', ...url }, { metadata: { name: 'x', labels: { a: 'b' } } })),
  post('access, with a status', sars, review('SubjectAccessReview', { user: 'ann', ...url }, { status: { allowed: true } })),
  post('access, local', locals, review('LocalSubjectAccessReview', { user: 'ann', resourceAttributes: resource }, { metadata: { namespace: 'golden' } })),
  post(
    'access, local elsewhere',
    locals,
    review('LocalSubjectAccessReview', { user: 'ann', resourceAttributes: { ...resource, namespace: 'other' } }, { metadata: { namespace: 'golden' } }),
  ),
  post('access, local of nowhere', locals, review('LocalSubjectAccessReview', { user: 'ann', resourceAttributes: { ...resource, namespace: '' } })),
  post(
    'access, local of another namespace',
    locals,
    review('LocalSubjectAccessReview', { user: 'ann', resourceAttributes: resource }, { metadata: { namespace: 'other' } }),
  ),
  post('access, local of a path', locals, review('LocalSubjectAccessReview', { user: 'ann', ...url })),
  post(
    'access, local of a name',
    locals,
    review('LocalSubjectAccessReview', { user: 'ann', resourceAttributes: resource }, { metadata: { name: 'x', namespace: 'golden' } }),
  ),
  ...[
    {},
    { resourceAttributes: resource },
    url,
    { ...url, resourceAttributes: resource },
    { resourceAttributes: { verb: 'list', resource: 'pods', namespace: 'golden' } },
  ].flatMap((spec, index) => [
    post(`my access ${index}`, selfs, review('SelfSubjectAccessReview', spec), ann),
    post(`masters' access ${index}`, selfs, review('SelfSubjectAccessReview', spec), as('root', 'system:masters')),
  ]),
  ...[{}, { namespace: '' }, { namespace: 'golden' }, { namespace: 'none' }, undefined].flatMap((spec, index) => [
    post(`my rules ${index}`, rules, review('SelfSubjectRulesReview', spec), ann),
  ]),
  post('rules of masters', rules, review('SelfSubjectRulesReview', { namespace: 'golden' }), as('root', 'system:masters')),
  post('rules of nobody', rules, review('SelfSubjectRulesReview', { namespace: 'golden' }), as('system:anonymous', 'system:unauthenticated')),
  post('who I am', `${authentication}/selfsubjectreviews`, review('SelfSubjectReview', undefined), {
    ...ann,
    'impersonate-uid': '7',
    'impersonate-extra-where': 'here',
    'impersonate-extra-a%2fb': 'c',
  }),
  post('who I am, with metadata', `${authentication}/selfsubjectreviews`, review('SelfSubjectReview', undefined, { metadata: { name: 'x' } }), ann),
  ...[
    {},
    { token: '' },
    { token: 'x' },
    { token: 'x', audiences: ['a'] },
    { token: 'a.b.c' },
    { token: `${'e'.repeat(20)}.${'e'.repeat(20)}.x` },
    {
      token: `eyJhbGciOiJub25lIn0.${Buffer.from('{"iss":"https://kubernetes.default.svc.cluster.local","sub":"system:serviceaccount:golden:default"}').toString('base64url')}.`,
    },
    { token: `eyJhbGciOiJSUzI1NiJ9.${Buffer.from('{"iss":"elsewhere"}').toString('base64url')}.x` },
  ].map((spec, index) => post(`token ${index}`, `${authentication}/tokenreviews`, review('TokenReview', spec))),
  ...[sars, locals, selfs, rules, `${authentication}/tokenreviews`, `${authentication}/selfsubjectreviews`].flatMap((path): Question[] => [
    { key: `GET ${path}`, method: 'GET', path },
    { key: `GET ${path}/x`, method: 'GET', path: `${path}/x` },
    { key: `DELETE ${path}/x`, method: 'DELETE', path: `${path}/x` },
    post(`nothing to ${path}`, path, {}),
    post(`another kind to ${path}`, path, { apiVersion: 'v1', kind: 'Pod' }),
    post(`half a body to ${path}`, path, '{'),
    post(`dry ${path}`, `${path}?dryRun=All`, {}),
    post(`odd ${path}`, `${path}?dryRun=x&fieldValidation=y&fieldManager=${'x'.repeat(129)}`, {}),
  ]),
]

const me = `${authentication}/selfsubjectreviews`
const who = review('SelfSubjectReview', undefined)
const impersonate = (key: string, headers: Record<string, string>): Question => post(`impersonating ${key}`, me, who, headers)
const ofImpersonation: Question[] = [
  impersonate('a user', as('ann')),
  impersonate('a user of a group', ann),
  impersonate('a group alone', { 'impersonate-group': 'crew' }),
  impersonate('a uid alone', { 'impersonate-uid': '7' }),
  impersonate('extra alone', { 'impersonate-extra-a': 'b' }),
  impersonate('an account', as('system:serviceaccount:golden:default')),
  impersonate('an account of groups', as('system:serviceaccount:golden:default', 'crew')),
  impersonate('an odd account', as('system:serviceaccount:golden')),
  impersonate('anonymous', as('system:anonymous')),
  impersonate('anonymous of a group', as('system:anonymous', 'crew')),
  impersonate('system:masters', as('ann', 'system:masters')),
  impersonate('extra in capitals', { ...ann, 'Impersonate-Extra-Where-IS': 'it' }),
  impersonate('extra that is escaped badly', { ...ann, 'impersonate-extra-a%zz': 'b' }),
  ...['user', 'group', 'uid', 'extra', 'account', 'node', 'masters'].map((what): Question => {
    const wanted: Record<string, Record<string, string>> = {
      user: { 'x-as-user': 'bob' },
      group: { 'x-as-user': 'carl', 'x-as-group': 'others' },
      uid: { 'x-as-user': 'carl', 'x-as-uid': '7' },
      extra: { 'x-as-user': 'carl', 'x-as-extra-a': 'b' },
      account: { 'x-as-user': 'system:serviceaccount:golden:default' },
      node: { 'x-as-user': 'system:node:one' },
      masters: { 'x-as-user': 'carl', 'x-as-group': 'system:masters' },
    }
    const headers = Object.fromEntries(Object.entries(wanted[what]!).map(([name, value]) => [name.replace('x-as-', 'impersonate-'), value]))
    return { ...post(`impersonating ${what} as nobody`, me, who, headers), anonymous: true }
  }),
]

const bearer = (token: string) => ({ authorization: token })
const ofTokens: Question[] = [
  ...['Bearer x', 'Bearer ', 'Bearer', 'bearer x', 'Basic YTpi', 'Bearer a.b.c', 'Bearer x y', 'Token x'].map(
    (token): Question => ({
      key: `GET as ${token}`,
      method: 'GET',
      path: '/api/v1/namespaces',
      headers: bearer(token),
      anonymous: true,
      shows: ['www-authenticate', 'content-type'],
    }),
  ),
  ...[
    '/api/v1/namespaces',
    '/api',
    '/apis',
    '/healthz',
    '/livez',
    '/readyz',
    '/livez/ping',
    '/openapi/v2',
    '/openapi/v3',
    '/metrics',
    '/logs',
    '/',
    '/nothing',
    '/api/v1/namespaces/golden/pods/x',
    '/apis/apps/v1/namespaces/golden/deployments/x/scale',
    '/.well-known/openid-configuration',
    '/openid/v1/jwks',
  ].map((path): Question => ({ key: `nobody GETs ${path}`, method: 'GET', path, anonymous: true })),
  ...[
    ['POST', '/api/v1/namespaces/golden/configmaps'],
    ['PUT', '/api/v1/namespaces/golden/configmaps/x'],
    ['DELETE', '/api/v1/namespaces/golden/configmaps/x'],
    ['DELETE', '/api/v1/namespaces/golden/configmaps'],
    ['PATCH', '/api/v1/namespaces/golden/configmaps/x'],
    ['POST', '/apis/apps/v1/namespaces/golden/deployments/x/scale'],
  ].map(([method, path]): Question => ({ key: `nobody ${method}s ${path}`, method: method as 'POST', path: path!, body: {}, anonymous: true })),
  { key: 'nobody watches', method: 'GET', path: '/api/v1/pods?watch=true', anonymous: true },
  { ...post('nobody asks who it is, truly', me, who), anonymous: true },
]

const role = (kind: string, name: string, ruleList: Json[], more: Json = {}) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name, ...(kind.startsWith('Cluster') ? {} : { namespace: 'golden' }) },
  rules: ruleList,
  ...more,
})
const binding = (kind: string, name: string, roleKind: string, roleName: string, subjects: Json[]) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind,
  metadata: { name, ...(kind.startsWith('Cluster') ? {} : { namespace: 'golden' }) },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: roleKind, name: roleName },
  subjects,
})
const rule = (verbs: string[], apiGroups: string[], resources: string[], resourceNames?: string[]) => ({
  verbs,
  apiGroups,
  resources,
  ...(resourceNames ? { resourceNames } : {}),
})
const user = (name: string) => ({ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name })
const writer = as('writer', 'system:authenticated')
const dry = '?dryRun=All'
const own = `${rbac}/namespaces/golden`
const give = (key: string, path: string, body: Json, headers = writer): Question => post(`as the writer: ${key}`, `${path}${dry}`, body, headers)
const ofRights: Question[] = [
  ...[
    [rule(['get'], [''], ['pods'])],
    [rule(['get'], [''], ['pods'], ['a'])],
    [rule(['get', 'list'], [''], ['pods', 'secrets'])],
    [rule(['*'], ['*'], ['*'])],
    [rule(['get'], [''], ['pods/log'])],
    [rule(['get'], ['apps'], ['deployments'], ['a', 'b'])],
    [rule(['get'], [''], ['pods']), rule(['list'], ['apps'], ['deployments']), rule(['watch'], ['batch'], ['jobs', 'cronjobs'])],
    [{ verbs: ['get'], nonResourceURLs: ['/metrics', '/x/*'] }],
  ].flatMap((ruleList, index) => [
    ...('nonResourceURLs' in ruleList[0]! ? [] : [give(`role ${index}`, `${own}/roles`, role('Role', 'new', ruleList))]),
    give(`cluster role ${index}`, `${rbac}/clusterroles`, role('ClusterRole', 'new', ruleList)),
  ]),
  give('a binding to a role of more', `${own}/rolebindings`, binding('RoleBinding', 'new', 'Role', 'more', [user('x')])),
  give('a binding to a role of what it has', `${own}/rolebindings`, binding('RoleBinding', 'new', 'Role', 'little', [user('x')])),
  give('a binding to no role', `${own}/rolebindings`, binding('RoleBinding', 'new', 'Role', 'none', [user('x')])),
  give('a binding to a role that it may bind', `${own}/rolebindings`, binding('RoleBinding', 'new', 'ClusterRole', 'golden-bindable', [user('x')])),
  give(
    'a cluster binding to a role that it may bind',
    `${rbac}/clusterrolebindings`,
    binding('ClusterRoleBinding', 'new', 'ClusterRole', 'golden-bindable', [user('x')]),
  ),
  { ...give('a role of more, updated', `${own}/roles/more`, role('Role', 'more', [rule(['*'], ['*'], ['*']), rule(['get'], [''], ['pods'])])), method: 'PUT' },
  { ...give('a role of more, as it was', `${own}/roles/more`, role('Role', 'more', [rule(['*'], ['*'], ['*'])])), method: 'PUT' },
  {
    ...give('a role of more, with labels', `${own}/roles/more`, {
      ...role('Role', 'more', [rule(['*'], ['*'], ['*'])]),
      metadata: { name: 'more', namespace: 'golden', labels: { a: 'b' } },
    }),
    method: 'PUT',
  },
  { ...give('a role of more, made less', `${own}/roles/more`, role('Role', 'more', [])), method: 'PUT' },
  { ...give('a role not there, put', `${own}/roles/none`, role('Role', 'none', [rule(['get'], [''], ['secrets'])])), method: 'PUT' },
  { key: 'as the writer: a role read', method: 'GET', path: `${own}/roles/more`, headers: writer },
  { key: 'as the writer: pods of others', method: 'GET', path: '/api/v1/namespaces/other/pods', headers: writer },
  { key: 'as the writer: a log', method: 'GET', path: '/api/v1/namespaces/golden/pods/x/log', headers: writer },
  give('a gathering role', `${rbac}/clusterroles`, {
    ...role('ClusterRole', 'new', []),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
  }),
]

export const identity: Questionnaire = {
  setup: [
    ...inNamespace,
    make(`${own}/roles`, role('Role', 'golden-reader', [rule(['get', 'list'], [''], ['pods']), rule(['get'], ['apps'], ['deployments', 'deployments/scale'])])),
    make(`${own}/rolebindings`, binding('RoleBinding', 'golden-reader', 'Role', 'golden-reader', [user('ann')])),
    make(`${own}/rolebindings`, binding('RoleBinding', 'dangling', 'Role', 'gone', [user('dangling')])),
    make(`${own}/roles`, role('Role', 'more', [rule(['*'], ['*'], ['*'])])),
    make(`${own}/roles`, role('Role', 'little', [rule(['get'], [''], ['pods'], ['a'])])),
    make(`${rbac}/clusterroles`, role('ClusterRole', 'golden-bindable', [rule(['*'], ['batch'], ['*'])])),
    make(
      `${rbac}/clusterroles`,
      role('ClusterRole', 'golden-writer', [
        rule(['create', 'update', 'patch'], ['rbac.authorization.k8s.io'], ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings']),
        rule(['bind'], ['rbac.authorization.k8s.io'], ['clusterroles'], ['golden-bindable']),
        rule(['get'], [''], ['pods']),
      ]),
    ),
    make(`${rbac}/clusterrolebindings`, binding('ClusterRoleBinding', 'golden-writer', 'ClusterRole', 'golden-writer', [user('writer')])),
  ],
  questions: [...ofReviews.map(asMaster), ...ofImpersonation, ...ofTokens, ...ofRights],
}
