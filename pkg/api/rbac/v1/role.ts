/** Role and ClusterRole. */
import { type ClusterRole, ClusterRoleSchema, type Role, RoleSchema } from '#api/gen/rbac/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { createdAtColumns } from '../../columns.ts'
import { isPathSegmentName } from '../../meta/path-segment-name.ts'

export const role: ResourceDefinition<Role> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  singular: 'role',
  namespaced: true,
  schema: RoleSchema,
  validateName: isPathSegmentName,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  columns: createdAtColumns(),
}

export const clusterRole: ResourceDefinition<ClusterRole> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  singular: 'clusterrole',
  namespaced: false,
  schema: ClusterRoleSchema,
  validateName: isPathSegmentName,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  columns: createdAtColumns(),
}
