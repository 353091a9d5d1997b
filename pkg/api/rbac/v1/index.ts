/** The kinds of rbac.authorization.k8s.io. */
import type { ResourceDefinition } from '#api/types.ts'
import { clusterRole, role } from './role.ts'
import { clusterRoleBinding, roleBinding } from './role-binding.ts'

export const rbacDefinitions: readonly ResourceDefinition[] = [clusterRoleBinding, clusterRole, roleBinding, role]
