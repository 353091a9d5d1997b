/** RoleBinding and ClusterRoleBinding. */
import { type ClusterRoleBinding, ClusterRoleBindingSchema, type RoleBinding, RoleBindingSchema, type Subject } from '#api/gen/rbac/v1.ts'
import type { ResourceDefinition, TableColumn } from '#api/types.ts'
import { ageColumn, nameColumn, text, wideText } from '../../columns.ts'
import { nameIsPathSegment } from '#apimachinery/names.ts'
import { validateBinding, validateBindingUpdate } from './validate.ts'

const rbacGroup = 'rbac.authorization.k8s.io'
type AnyBinding = RoleBinding | ClusterRoleBinding

function defaults({ roleRef, subjects }: AnyBinding): void {
  roleRef.apiGroup ||= rbacGroup
  for (const subject of subjects ?? []) if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbacGroup
}

function columns<T extends AnyBinding>(): TableColumn<T>[] {
  return [
    nameColumn(),
    text('Role', ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`, 'The role that is given.'),
    ageColumn(),
    wideText('Users', ({ subjects }) => namesOf(subjects, 'User'), 'The users it is given to.'),
    wideText('Groups', ({ subjects }) => namesOf(subjects, 'Group'), 'The groups it is given to.'),
    wideText('ServiceAccounts', ({ subjects }) => namesOf(subjects, 'ServiceAccount'), 'The service accounts it is given to.'),
  ]
}

function namesOf(subjects: readonly Subject[] | undefined, wanted: string): string {
  return (subjects ?? [])
    .filter(({ kind }) => kind === wanted)
    .map(({ namespace, name }) => (wanted === 'ServiceAccount' ? `${namespace ?? ''}/${name}` : name))
    .join(', ')
}

export const roleBinding: ResourceDefinition<RoleBinding> = {
  group: rbacGroup,
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  singular: 'rolebinding',
  namespaced: true,
  schema: RoleBindingSchema,
  validateName: nameIsPathSegment,
  defaults,
  create: { validate: (object) => validateBinding(object, ['Role', 'ClusterRole'], true) },
  update: {
    validate: (object) => validateBinding(object, ['Role', 'ClusterRole'], true),
    validateChange: validateBindingUpdate,
    looks: ['metadata', 'rules', 'metadata-change', 'changes'],
  },
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  columns: columns(),
}

export const clusterRoleBinding: ResourceDefinition<ClusterRoleBinding> = {
  group: rbacGroup,
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  singular: 'clusterrolebinding',
  namespaced: false,
  schema: ClusterRoleBindingSchema,
  validateName: nameIsPathSegment,
  defaults,
  create: { validate: (object) => validateBinding(object, ['ClusterRole'], false) },
  update: {
    validate: (object) => validateBinding(object, ['ClusterRole'], false),
    validateChange: validateBindingUpdate,
    looks: ['metadata', 'rules', 'metadata-change', 'changes'],
  },
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: true,
  columns: columns(),
}
