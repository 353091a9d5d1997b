/** StatefulSet. */
import { type StatefulSet, StatefulSetSchema } from '#api/gen/apps/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, templateColumns, text } from '../../columns.ts'
import { defaultPodTemplate } from '../../core/v1/pod-spec/defaults.ts'
import { startFresh, updateSpec, updateStatus } from '../../doors.ts'
import { selectorText } from '../../label-selector-text.ts'
import { validateStatefulSet, validateStatefulSetStatus, validateStatefulSetUpdate } from './validate-stateful-set.ts'
import { path } from '#apimachinery/field-error.ts'
import { claimSpecWarnings } from '../../core/v1/persistent-volume-claim/warnings.ts'
import { templateWarnings } from '../../core/v1/pod-spec/warnings.ts'

export const statefulSet: ResourceDefinition<StatefulSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  singular: 'statefulset',
  shortNames: ['sts'],
  categories: ['all'],
  namespaced: true,
  schema: StatefulSetSchema,
  defaults,
  create: { prepare: startFresh(StatefulSetSchema), validate: validateStatefulSet, warnings: (object) => warnings(object) },
  update: { prepare: updateSpec, validate: validateStatefulSetUpdate, warnings },
  status: { prepare: updateStatus, validate: validateStatefulSetStatus },
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
    text('Ready', ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`, 'How many of the wanted pods are ready.'),
    ageColumn(),
    ...templateColumns<StatefulSet>(({ spec }) => spec.template.spec.containers ?? []),
  ],
}

function warnings(object: StatefulSet, old?: StatefulSet): string[] {
  const { revisionHistoryLimit: limit, volumeClaimTemplates: claims } = object.spec
  return [
    ...templateWarnings(object, old),
    ...(claims ?? []).flatMap(({ spec }, position) => claimSpecWarnings(spec, path('spec', 'volumeClaimTemplates').index(position).child('spec'))),
    ...(limit !== undefined && limit < 0 ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended'] : []),
  ]
}

function defaults({ spec }: StatefulSet): void {
  defaultPodTemplate(spec.template)
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion ||= 'v1'
    claim.kind ||= 'PersistentVolumeClaim'
    claim.spec.volumeMode ??= 'Filesystem'
    claim.status ??= {}
    claim.status.phase ||= 'Pending'
  }
  spec.podManagementPolicy ||= 'OrderedReady'
  spec.updateStrategy ??= {}
  if (!spec.updateStrategy.type) {
    spec.updateStrategy.type = 'RollingUpdate'
    spec.updateStrategy.rollingUpdate ??= {}
  }
  if (spec.updateStrategy.type === 'RollingUpdate' && spec.updateStrategy.rollingUpdate) spec.updateStrategy.rollingUpdate.partition ??= 0
  spec.persistentVolumeClaimRetentionPolicy ??= {}
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= 'Retain'
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= 'Retain'
  spec.replicas ??= 1
  spec.revisionHistoryLimit ??= 10
}
