/** Who has the default roles, and the roles inside kube-system and kube-public. */
import type { PolicyRule, Subject } from '#api/gen/rbac/v1.ts'
import { eventsRule, read, rule } from './rule.ts'

const rbac = 'rbac.authorization.k8s.io'
export const user = (name: string): Subject => ({ kind: 'User', apiGroup: rbac, name })
export const group = (name: string): Subject => ({ kind: 'Group', apiGroup: rbac, name })
export const account = (name: string, namespace = 'kube-system'): Subject => ({ kind: 'ServiceAccount', name, namespace })

const authenticated = group('system:authenticated')
const controllerManager = user('system:kube-controller-manager')
const scheduler = user('system:kube-scheduler')

/** By the binding's name, which is the role's too. */
export const clusterBindings: Readonly<Record<string, readonly Subject[]>> = {
  'cluster-admin': [group('system:masters')],
  'system:monitoring': [group('system:monitoring')],
  'system:discovery': [authenticated],
  'system:basic-user': [authenticated],
  'system:public-info-viewer': [authenticated, group('system:unauthenticated')],
  'system:node-proxier': [user('system:kube-proxy')],
  'k8ts:network': [user('system:kube-proxy')],
  'system:kube-controller-manager': [controllerManager],
  'system:kube-dns': [account('kube-dns')],
  'system:kube-scheduler': [scheduler],
  'system:volume-scheduler': [scheduler],
  'system:service-account-issuer-discovery': [group('system:serviceaccounts')],
  // Kubelets are the node authorizer's business; the binding stays for those who add subjects.
  'system:node': [],
}

export interface NamespaceRoleData {
  readonly namespace: string
  readonly name: string
  readonly rules: readonly PolicyRule[]
}

export interface NamespaceBindingData {
  readonly namespace: string
  readonly name: string
  readonly role: string
  readonly subjects: readonly Subject[]
}

const cloudLease = 'k8ts:cloud-controller-manager'

const leaderLocking = (component: string): NamespaceRoleData => ({
  namespace: 'kube-system',
  name: `system::leader-locking-${component}`,
  rules: ['leases', 'leasecandidates'].map((each) => rule(`${read} create update`, 'coordination.k8s.io', each)),
})

export const namespaceRoles: readonly NamespaceRoleData[] = [
  {
    namespace: 'kube-system',
    name: 'extension-apiserver-authentication-reader',
    rules: [rule(read, '', 'configmaps', ['extension-apiserver-authentication'])],
  },
  // Ours: cluster DNS on each node reads whom to ask outside the cluster.
  { namespace: 'kube-system', name: 'k8ts:dns', rules: [rule(read, '', 'configmaps', ['coredns'])] },
  { namespace: 'kube-system', name: 'system:controller:bootstrap-signer', rules: [rule(read, '', 'secrets')] },
  { namespace: 'kube-system', name: 'system:controller:cloud-provider', rules: [rule(`create ${read}`, '', 'configmaps')] },
  { namespace: 'kube-system', name: 'system:controller:token-cleaner', rules: [rule(`${read} delete`, '', 'secrets'), eventsRule] },
  leaderLocking('kube-controller-manager'),
  leaderLocking('kube-scheduler'),
  // Ours: the controllers of the local cluster's cloud as a program of their own, which is the same user.
  { namespace: 'kube-system', name: cloudLease, rules: [rule('get update', 'coordination.k8s.io', 'leases', ['cloud-controller-manager'])] },
  {
    namespace: 'kube-public',
    name: 'system:controller:bootstrap-signer',
    rules: [rule(read, '', 'configmaps'), rule('update', '', 'configmaps', ['cluster-info']), eventsRule],
  },
]

const ofController = (namespace: string, name: string): NamespaceBindingData => ({
  namespace,
  name: `system:controller:${name}`,
  role: `system:controller:${name}`,
  subjects: [account(name)],
})

export const namespaceBindings: readonly NamespaceBindingData[] = [
  {
    namespace: 'kube-system',
    name: 'system::extension-apiserver-authentication-reader',
    role: 'extension-apiserver-authentication-reader',
    subjects: [controllerManager, scheduler],
  },
  { namespace: 'kube-system', name: 'k8ts:dns', role: 'k8ts:dns', subjects: [user('system:kube-proxy'), group('system:nodes')] },
  ofController('kube-system', 'bootstrap-signer'),
  ofController('kube-system', 'cloud-provider'),
  ofController('kube-system', 'token-cleaner'),
  {
    namespace: 'kube-system',
    name: 'system::leader-locking-kube-controller-manager',
    role: 'system::leader-locking-kube-controller-manager',
    subjects: [controllerManager, account('kube-controller-manager'), account('leader-election-controller')],
  },
  {
    namespace: 'kube-system',
    name: 'system::leader-locking-kube-scheduler',
    role: 'system::leader-locking-kube-scheduler',
    subjects: [scheduler, account('kube-scheduler')],
  },
  { namespace: 'kube-system', name: cloudLease, role: cloudLease, subjects: [controllerManager] },
  ofController('kube-public', 'bootstrap-signer'),
]
