/** The default policy as objects, in the order they are created. */
import { clusterRoleBindings, clusterRoles, roleBindings, roles } from '#api/gen/resources.ts'
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding, Subject } from '#api/gen/rbac/v1.ts'
import type { ObjectMeta } from '#apimachinery/object.ts'
import { clusterBindings, namespaceBindings, namespaceRoles } from './bindings.ts'
import { controllerRules, gatedControllerRules } from './controller-roles.ts'
import { type RoleData, userRoles } from './user-roles.ts'
import { systemRoles } from './system-roles.ts'
import { aggregatedRules } from '../aggregation.ts'

const apiGroup = 'rbac.authorization.k8s.io'
const bootstrapLabels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'true' }
const controllerPrefix = 'system:controller:'

type FeatureGates = ReadonlySet<string>

function controllerRulesWith(featureGates: FeatureGates): [name: string, rules: RoleData['rules']][] {
  const gated = Object.entries(gatedControllerRules).filter(([, { featureGate }]) => featureGates.has(featureGate))
  return [...Object.entries(controllerRules), ...gated.map(([name, { rules }]): [string, RoleData['rules']] => [name, rules])]
}

export function defaultClusterRoles(featureGates: FeatureGates = new Set()): ClusterRole[] {
  const controllers = controllerRulesWith(featureGates).map(([name, rules]): RoleData => ({ name: `${controllerPrefix}${name}`, rules }))
  const made = [...userRoles, ...systemRoles, ...controllers].map(clusterRole)
  // Filled in at once, so that admin, edit and view work before the aggregation has run; twice, because they nest.
  for (let pass = 0; pass < 3; pass++) for (const role of made) if (role.aggregationRule) role.rules = aggregatedRules(role, made)
  return made
}

function clusterRole({ name, rules, labels = {}, aggregates }: RoleData): ClusterRole {
  return {
    ...typeOf('ClusterRole'),
    metadata: metadata(name, labels),
    ...(aggregates ? { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregates]: 'true' } }] } } : {}),
    rules: [...rules],
  }
}

export function defaultClusterRoleBindings(featureGates: FeatureGates = new Set()): ClusterRoleBinding[] {
  const ofControllers = controllerRulesWith(featureGates).map(([name]): [string, Subject[]] => [
    `${controllerPrefix}${name}`,
    [{ kind: 'ServiceAccount', name, namespace: 'kube-system' }],
  ])
  const bindings: [string, readonly Subject[]][] = [...Object.entries(clusterBindings), ...ofControllers]
  return bindings.map(([name, subjects]) => ({
    ...typeOf('ClusterRoleBinding'),
    metadata: metadata(name),
    roleRef: { apiGroup, kind: 'ClusterRole', name },
    subjects: [...subjects],
  }))
}

export function defaultRoles(): Role[] {
  return namespaceRoles.map(({ namespace, name, rules }) => ({ ...typeOf('Role'), metadata: { ...metadata(name), namespace }, rules: [...rules] }))
}

export function defaultRoleBindings(): RoleBinding[] {
  return namespaceBindings.map(({ namespace, name, role, subjects }) => ({
    ...typeOf('RoleBinding'),
    metadata: { ...metadata(name), namespace },
    roleRef: { apiGroup, kind: 'Role', name: role },
    subjects: [...subjects],
  }))
}

const typeOf = (kind: string) => ({ apiVersion: `${apiGroup}/v1`, kind })
/** A writer's metadata: the server gives the rest. */
const metadata = (name: string, labels: Readonly<Record<string, string>> = {}) =>
  ({ name, labels: { ...bootstrapLabels, ...labels }, annotations: { ...annotations } }) as unknown as ObjectMeta

/** What `reconcileBootstrapPolicy` writes, kind by kind. */
export const defaultPolicy = [
  { of: clusterRoles, objects: defaultClusterRoles },
  { of: clusterRoleBindings, objects: defaultClusterRoleBindings },
  { of: roles, objects: defaultRoles },
  { of: roleBindings, objects: defaultRoleBindings },
] as const

/** What earlier versions granted the user system:kube-controller-manager, when all controllers were that user. */
export const retiredPolicy = [
  { of: clusterRoleBindings, names: ['k8ts:controllers', 'k8ts:kubelet-serving-approver'] },
  { of: clusterRoles, names: ['k8ts:controllers'] },
] as const
