import { createEach, updateEach } from '../mutations.ts'
import type { Question, Questionnaire } from '../types.ts'
import { inNamespace } from './namespace.ts'

const group = '/apis/rbac.authorization.k8s.io/v1'
const own = `${group}/namespaces/golden`
const apiVersion = 'rbac.authorization.k8s.io/v1'
const rules = [
  { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list'], resourceNames: ['a'] },
  { apiGroups: ['apps'], resources: ['*'], verbs: ['*'] },
]
const urls = { nonResourceURLs: ['/healthz', '/logs/*'], verbs: ['get'] }

const role = (name: string) => ({ apiVersion, kind: 'Role', metadata: { name, namespace: 'golden' }, rules })
const clusterRole = (name: string) => ({ apiVersion, kind: 'ClusterRole', metadata: { name }, rules: [...rules, urls] })
const gathering = (name: string) => ({
  apiVersion,
  kind: 'ClusterRole',
  metadata: { name },
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'golden/none': 'x' } }] },
})
const subjects = [
  { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ann' },
  { kind: 'Group', name: 'crew' },
  { kind: 'ServiceAccount', name: 'default', namespace: 'golden' },
]
const binding = (name: string) => ({
  apiVersion,
  kind: 'RoleBinding',
  metadata: { name, namespace: 'golden' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'kept' },
  subjects,
})
const clusterBinding = (name: string) => ({
  apiVersion,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:basic-user' },
  subjects,
})

/** Who may write roles and bindings, and has one rule besides. */
const bound = {
  setup: [
    {
      ...clusterRole('golden-writer'),
      rules: [
        { apiGroups: ['rbac.authorization.k8s.io'], resources: ['*'], verbs: ['create', 'update', 'get', 'patch'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
      ],
    },
    {
      ...clusterBinding('golden-writer'),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'golden-writer' },
      subjects: [subjects[0]],
    },
  ],
  headers: { 'impersonate-user': 'ann', 'impersonate-group': 'system:authenticated' },
}
const dry = '?dryRun=All'
const asAnn = (key: string, path: string, body: object, method: 'POST' | 'PUT' = 'POST'): Question => ({
  key: `as ann: ${key}`,
  method,
  path: `${path}${dry}`,
  body,
  headers: bound.headers,
})

export const rbac: Questionnaire = {
  setup: [
    ...inNamespace,
    { key: 'role', method: 'POST', path: `${own}/roles`, body: role('kept') },
    { key: 'cluster role', method: 'POST', path: `${group}/clusterroles`, body: clusterRole('kept') },
    { key: 'binding', method: 'POST', path: `${own}/rolebindings`, body: binding('kept') },
    { key: 'cluster binding', method: 'POST', path: `${group}/clusterrolebindings`, body: clusterBinding('kept') },
    { key: 'writer', method: 'POST', path: `${group}/clusterroles`, body: bound.setup[0] },
    { key: 'writer bound', method: 'POST', path: `${group}/clusterrolebindings`, body: bound.setup[1] },
  ],
  questions: [
    ...createEach('Role', `${own}/roles`, role('made')),
    {
      key: 'create Role with paths',
      method: 'POST',
      path: `${own}/roles${dry}`,
      body: { ...role('made'), rules: [urls, { ...rules[0], nonResourceURLs: ['/x'] }, {}] },
    },
    ...updateEach('Role', `${own}/roles/kept`, role('kept'), { skip: ['rules[1]'] }),
    ...createEach('ClusterRole', `${group}/clusterroles`, clusterRole('made')),
    {
      key: 'create ClusterRole by hand',
      method: 'POST',
      path: `${group}/clusterroles${dry}`,
      body: {
        ...clusterRole('made'),
        rules: [
          { verbs: [] },
          { verbs: ['get'], nonResourceURLs: ['/x'], resources: ['y'] },
          { verbs: ['get'], resources: ['y'] },
          { verbs: ['get'], apiGroups: [''] },
          { verbs: ['get'] },
        ],
      },
    },
    ...createEach('gathering ClusterRole', `${group}/clusterroles`, gathering('made'), { skip: ['metadata'] }),
    {
      key: 'create gathering ClusterRole by hand',
      method: 'POST',
      path: `${group}/clusterroles${dry}`,
      body: { ...gathering('made'), aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: 'a b', operator: 'In' }] }] } },
    },
    ...updateEach('ClusterRole', `${group}/clusterroles/kept`, clusterRole('kept'), { skip: ['rules[0]', 'rules[1]'] }),
    ...createEach('RoleBinding', `${own}/rolebindings`, binding('made')),
    ...updateEach('RoleBinding', `${own}/rolebindings/kept`, binding('kept')),
    ...createEach('ClusterRoleBinding', `${group}/clusterrolebindings`, clusterBinding('made')),
    ...updateEach('ClusterRoleBinding', `${group}/clusterrolebindings/kept`, clusterBinding('kept'), { skip: ['subjects'] }),
    asAnn('a role of what she has', `${own}/roles`, { ...role('made'), rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }),
    asAnn('a role of more', `${own}/roles`, role('made')),
    asAnn('a cluster role of more', `${group}/clusterroles`, clusterRole('made')),
    asAnn('a gathering role', `${group}/clusterroles`, gathering('made')),
    asAnn('a binding to more', `${own}/rolebindings`, binding('made')),
    asAnn('a binding to a role that is not there', `${own}/rolebindings`, { ...binding('made'), roleRef: { ...binding('made').roleRef, name: 'nobody' } }),
    asAnn('a cluster binding to what she has', `${group}/clusterrolebindings`, clusterBinding('made')),
    asAnn('a cluster binding to more', `${group}/clusterrolebindings`, {
      ...clusterBinding('made'),
      roleRef: { ...clusterBinding('made').roleRef, name: 'system:kube-dns' },
    }),
    asAnn('a cluster binding to a role that is not there', `${group}/clusterrolebindings`, {
      ...clusterBinding('made'),
      roleRef: { ...clusterBinding('made').roleRef, name: 'nobody' },
    }),
    asAnn('a binding to a cluster role that is not there', `${own}/rolebindings`, {
      ...binding('made'),
      roleRef: { ...binding('made').roleRef, kind: 'ClusterRole', name: 'nobody' },
    }),
    asAnn('a cluster binding to cluster-admin', `${group}/clusterrolebindings`, {
      ...clusterBinding('made'),
      roleRef: { ...clusterBinding('made').roleRef, name: 'cluster-admin' },
    }),
    asAnn(
      'more in a role that is there',
      `${own}/roles/kept`,
      { ...role('kept'), rules: [...rules, { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create'] }] },
      'PUT',
    ),
    asAnn('the same in a role that is there', `${own}/roles/kept`, role('kept'), 'PUT'),
    asAnn('more subjects', `${own}/rolebindings/kept`, { ...binding('kept'), subjects: [...subjects, { kind: 'User', name: 'bob' }] }, 'PUT'),
  ],
}
