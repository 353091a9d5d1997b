/** ReplicaSet. */
import { type ReplicaSet, ReplicaSetSchema } from '#api/gen/apps/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, integer, nameColumn, templateColumns, wideText } from '../../columns.ts'
import { defaultPodTemplate } from '../../core/v1/pod-spec/defaults.ts'
import { startFresh, updateSpec, updateStatus } from '../../doors.ts'
import { selectorCell, selectorText } from '../../label-selector-text.ts'
import { validateReplicaSet, validateReplicaSetStatus, validateReplicaSetUpdate } from './validate-replica-set.ts'
import { templateWarnings } from '../../core/v1/pod-spec/warnings.ts'

export const replicaSet: ResourceDefinition<ReplicaSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  singular: 'replicaset',
  shortNames: ['rs'],
  categories: ['all'],
  namespaced: true,
  schema: ReplicaSetSchema,
  defaults: ({ spec }) => {
    defaultPodTemplate(spec.template)
    spec.replicas ??= 1
  },
  create: { prepare: startFresh(ReplicaSetSchema), validate: validateReplicaSet, warnings: (object) => templateWarnings(object) },
  update: { prepare: updateSpec, validate: validateReplicaSetUpdate, warnings: templateWarnings },
  status: { prepare: updateStatus, validate: validateReplicaSetStatus },
  scale: {
    specReplicas: ({ spec }) => spec.replicas ?? 0,
    statusReplicas: ({ status }) => status.replicas ?? 0,
    selector: ({ spec }) => selectorText(spec.selector),
    setReplicas: (object, replicas) => {
      object.spec.replicas = replicas
    },
  },
  allowUnconditionalUpdate: true,
  columns: [
    nameColumn(),
    integer('Desired', ({ spec }) => spec.replicas ?? 0, 'How many pods are wanted.'),
    integer('Current', ({ status }) => status.replicas ?? 0, 'How many pods there are.'),
    integer('Ready', ({ status }) => status.readyReplicas ?? 0, 'How many pods are ready.'),
    ageColumn(),
    ...templateColumns<ReplicaSet>(({ spec }) => spec.template.spec.containers ?? []),
    wideText('Selector', ({ spec }) => selectorCell(spec.selector), 'Which pods are its own.'),
  ],
}
