/** ReplicationController. */
import { type ReplicationController, ReplicationControllerSchema } from '#api/gen/core/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, integer, mapText, nameColumn, templateColumns, wideText } from '../../columns.ts'
import { startFresh, updateSpec, updateStatus } from '../../doors.ts'
import { defaultPodTemplate } from './pod-spec/defaults.ts'
import { templateWarnings } from './pod-spec/warnings.ts'
import { validateReplicationController, validateReplicationControllerStatus, validateReplicationControllerUpdate } from './validate-replication-controller.ts'

export const replicationController: ResourceDefinition<ReplicationController> = {
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  singular: 'replicationcontroller',
  shortNames: ['rc'],
  categories: ['all'],
  namespaced: true,
  schema: ReplicationControllerSchema,
  defaults,
  create: { prepare: startFresh(ReplicationControllerSchema), validate: validateReplicationController, warnings: (object) => warnings(object) },
  update: { prepare: updateSpec, validate: validateReplicationControllerUpdate, warnings },
  status: { prepare: updateStatus, validate: validateReplicationControllerStatus },
  scale: {
    specReplicas: ({ spec }) => spec.replicas ?? 0,
    statusReplicas: ({ status }) => status.replicas ?? 0,
    selector: ({ spec }) => (spec.selector && Object.keys(spec.selector).length > 0 ? mapText(spec.selector) : ''),
    setReplicas: (object, replicas) => {
      object.spec.replicas = replicas
    },
  },
  defaultPropagation: 'Orphan',
  allowUnconditionalUpdate: true,
  selectableFields: ({ status }) => ({ 'status.replicas': String(status.replicas ?? 0) }),
  columns: [
    nameColumn(),
    integer('Desired', ({ spec }) => spec.replicas ?? 0, 'How many pods are wanted.'),
    integer('Current', ({ status }) => status.replicas ?? 0, 'How many pods there are.'),
    integer('Ready', ({ status }) => status.readyReplicas ?? 0, 'How many pods are ready.'),
    ageColumn(),
    ...templateColumns<ReplicationController>(({ spec }) => spec.template?.spec.containers ?? []),
    wideText('Selector', ({ spec }) => mapText(spec.selector), 'The labels of its pods.'),
  ],
}

/** As all workloads, though here the template may be absent. */
function warnings({ metadata, spec: { template } }: ReplicationController, old?: ReplicationController): string[] {
  return template ? templateWarnings({ metadata, spec: { template } }, old?.spec.template && { spec: { template: old.spec.template } }) : []
}

function defaults(object: ReplicationController): void {
  const { spec, metadata } = object
  if (spec.template) defaultPodTemplate(spec.template)
  const labels = spec.template?.metadata?.labels
  if (labels) {
    if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels }
    if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels }
  }
  spec.replicas ??= 1
}
