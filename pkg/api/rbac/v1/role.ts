/** Role and ClusterRole. */
import { type ClusterRole, ClusterRoleSchema, type Role, RoleSchema } from '#api/gen/rbac/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { createdAtColumns } from '../../columns.ts'
import { nameIsPathSegment } from '#apimachinery/names.ts'
import { validateClusterRole, validateRole } from './validate.ts'

export const role: ResourceDefinition<Role> = {
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  singular: 'role',
  namespaced: true,
  schema: RoleSchema,
  validateName: nameIsPathSegment,
  create: { validate: validateRole },
  update: { validate: validateRole, looks: ['metadata', 'rules', 'metadata-change'] },
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
  validateName: nameIsPathSegment,
  create: { validate: validateClusterRole },
  update: { validate: validateClusterRole, looks: ['metadata', 'rules', 'metadata-change'] },
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  columns: createdAtColumns(),
}
