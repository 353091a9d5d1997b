/** What people get: cluster-admin, and admin, edit and view put together from labelled parts. */
import type { PolicyRule } from '#api/gen/rbac/v1.ts'
import { eventGroups, read, readWrite, rule, urlRule, write } from './rule.ts'

export interface RoleData {
  readonly name: string
  readonly rules: readonly PolicyRule[]
  readonly labels?: Readonly<Record<string, string>>
  /** Rules are those of all roles with this label. */
  readonly aggregates?: string
}

const aggregateTo = (name: string): string => `rbac.authorization.k8s.io/aggregate-to-${name}`
const dra = 'resource.k8s.io'

const editRules: readonly PolicyRule[] = [
  rule(read, '', 'pods/attach pods/proxy pods/exec pods/portforward secrets services/proxy'),
  rule('impersonate', '', 'serviceaccounts'),
  rule(write, '', 'pods pods/attach pods/proxy pods/exec pods/portforward'),
  rule('create', '', 'pods/eviction'),
  rule(write, '', 'replicationcontrollers replicationcontrollers/scale serviceaccounts services services/proxy persistentvolumeclaims configmaps secrets'),
  rule('create', '', 'serviceaccounts/token'),
  rule(write, eventGroups, 'events'),
  rule(write, 'apps', 'statefulsets statefulsets/scale daemonsets deployments deployments/scale deployments/rollback replicasets replicasets/scale'),
  rule(write, 'autoscaling', 'horizontalpodautoscalers'),
  rule(write, 'batch', 'jobs cronjobs'),
  rule(
    write,
    'extensions',
    'daemonsets deployments deployments/scale deployments/rollback ingresses replicasets replicasets/scale replicationcontrollers/scale networkpolicies',
  ),
  rule(write, 'policy', 'poddisruptionbudgets'),
  rule(write, 'networking.k8s.io', 'networkpolicies ingresses'),
  rule(readWrite, 'coordination.k8s.io', 'leases'),
  rule(write, dra, 'resourceclaims resourceclaimtemplates'),
]

const viewRules: readonly PolicyRule[] = [
  rule(
    read,
    '',
    'pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status endpoints persistentvolumeclaims persistentvolumeclaims/status configmaps',
  ),
  rule(read, '', 'limitranges resourcequotas bindings pods/status resourcequotas/status namespaces/status replicationcontrollers/status pods/log'),
  rule(read, '', 'namespaces'),
  rule(read, eventGroups, 'events'),
  rule(read, 'discovery.k8s.io', 'endpointslices'),
  rule(
    read,
    'apps',
    'controllerrevisions statefulsets statefulsets/status statefulsets/scale daemonsets daemonsets/status deployments deployments/status deployments/scale replicasets replicasets/status replicasets/scale',
  ),
  rule(read, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
  rule(read, 'batch', 'jobs cronjobs cronjobs/status jobs/status'),
  rule(
    read,
    'extensions',
    'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status replicasets replicasets/scale replicasets/status replicationcontrollers/scale networkpolicies',
  ),
  rule(read, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
  rule(read, 'networking.k8s.io', 'networkpolicies ingresses ingresses/status'),
  rule(read, dra, 'resourceclaims resourceclaims/status resourceclaimtemplates'),
]

export const userRoles: readonly RoleData[] = [
  { name: 'cluster-admin', rules: [rule('*', '*', '*'), urlRule('*', '*')] },
  { name: 'admin', rules: [], aggregates: aggregateTo('admin') },
  { name: 'edit', rules: [], labels: { [aggregateTo('admin')]: 'true' }, aggregates: aggregateTo('edit') },
  { name: 'view', rules: [], labels: { [aggregateTo('edit')]: 'true' }, aggregates: aggregateTo('view') },
  {
    name: 'system:aggregate-to-admin',
    labels: { [aggregateTo('admin')]: 'true' },
    rules: [rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews'), rule(readWrite, 'rbac.authorization.k8s.io', 'roles rolebindings')],
  },
  { name: 'system:aggregate-to-edit', labels: { [aggregateTo('edit')]: 'true' }, rules: editRules },
  { name: 'system:aggregate-to-view', labels: { [aggregateTo('view')]: 'true' }, rules: viewRules },
]
