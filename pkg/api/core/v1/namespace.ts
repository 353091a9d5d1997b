/** Namespace. Its `kubernetes` finalizer is in spec, and only the finalize door takes it away. */
import { type Namespace, NamespaceSchema } from '#api/gen/core/v1.ts'
import { nameIsDnsLabel } from '#apimachinery/names.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { keepSpec, keepStatus } from '../../doors.ts'
import { validateNamespace, validateNamespaceFinalize, validateNamespaceStatus } from './validate-namespace.ts'

const nameLabel = 'kubernetes.io/metadata.name'

export const namespace: ResourceDefinition<Namespace> = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  shortNames: ['ns'],
  namespaced: false,
  validateName: nameIsDnsLabel,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  schema: NamespaceSchema,
  defaults: (object) => {
    object.status.phase ||= 'Active'
    labelWithName(object)
  },
  create: {
    prepare: (object) => {
      object.status = { phase: 'Active' }
      labelWithName(object)
      const finalizers = object.spec.finalizers ?? []
      if (!finalizers.includes('kubernetes')) object.spec.finalizers = [...finalizers, 'kubernetes']
    },
    validate: validateNamespace,
  },
  update: {
    prepare: (object, old) => {
      keepSpec(object, old)
      keepStatus(object, old)
    },
    validate: validateNamespace,
    looks: ['metadata', 'rules', 'metadata-change'],
  },
  status: { prepare: keepSpec, validate: validateNamespaceStatus },
  subresources: { finalize: { prepare: keepStatus, validate: validateNamespaceFinalize, resets: [['status']] } },
  allowUnconditionalUpdate: true,
  selectableFields: ({ status }) => ({ 'status.phase': status.phase ?? '' }),
  columns: [nameColumn(), text('Status', ({ status }) => status.phase, 'Whether the namespace is in use or being removed.'), ageColumn()],
}

/** Again at creation, since a generated name is not known before. */
function labelWithName({ metadata }: Namespace): void {
  if (metadata.name) metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name }
}
