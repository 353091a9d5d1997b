/** DaemonSet. */
import { PodTemplateSpecSchema } from '#api/gen/core/v1.ts'
import { type DaemonSet, DaemonSetSchema } from '#api/gen/apps/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, integer, mapText, nameColumn, templateColumns, text, wideText } from '../../columns.ts'
import { defaultPodTemplate } from '../../core/v1/pod-spec/defaults.ts'
import { startFresh, updateSpec, updateStatus } from '../../doors.ts'
import { selectorCell } from '../../label-selector-text.ts'
import { semanticEqual } from '../../semantic-equal.ts'
import { setTemplateGeneration, templateGenerationKey, templateGenerationOf, unreadableTemplateGeneration } from './template-generation.ts'
import { validateDaemonSet, validateDaemonSetStatus, validateDaemonSetUpdate } from './validate-daemon-set.ts'
import { templateWarnings } from '../../core/v1/pod-spec/warnings.ts'

export const daemonSet: ResourceDefinition<DaemonSet> = {
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  singular: 'daemonset',
  shortNames: ['ds'],
  categories: ['all'],
  namespaced: true,
  schema: DaemonSetSchema,
  unconvertible: unreadableTemplateGeneration,
  defaults,
  create: {
    prepare: (object) => {
      startFresh(DaemonSetSchema)(object)
      setTemplateGeneration(object, Math.max(1, templateGenerationOf(object)))
    },
    validate: validateDaemonSet,
    warnings: (object) => templateWarnings(object),
  },
  update: {
    prepare: (object, old) => {
      updateSpec(object, old)
      const generation = templateGenerationOf(old)
      setTemplateGeneration(object, semanticEqual(object.spec.template, old.spec.template, PodTemplateSpecSchema) ? generation : generation + 1)
    },
    validate: validateDaemonSetUpdate,
    warnings: (object, old) => (templateGenerationOf(object) === templateGenerationOf(old) ? [] : templateWarnings(object, old)),
  },
  status: {
    prepare: (object, old) => {
      updateStatus(object, old)
      setTemplateGeneration(object, templateGenerationOf(old))
    },
    validate: validateDaemonSetStatus,
  },
  allowUnconditionalUpdate: true,
  convertedAnnotations: [templateGenerationKey],
  columns: [
    nameColumn(),
    integer('Desired', ({ status }) => status.desiredNumberScheduled ?? 0, 'How many nodes should run its pod.'),
    integer('Current', ({ status }) => status.currentNumberScheduled ?? 0, 'How many of them do.'),
    integer('Ready', ({ status }) => status.numberReady ?? 0, 'How many of them run it ready.'),
    integer('Up-to-date', ({ status }) => status.updatedNumberScheduled ?? 0, 'How many run the current template.'),
    integer('Available', ({ status }) => status.numberAvailable ?? 0, 'How many have been ready for long enough.'),
    text('Node Selector', ({ spec }) => mapText(spec.template.spec.nodeSelector), 'Which nodes it is for.'),
    ageColumn(),
    ...templateColumns<DaemonSet>(({ spec }) => spec.template.spec.containers ?? []),
    wideText('Selector', ({ spec }) => selectorCell(spec.selector), 'Which pods are its own.'),
  ],
}

function defaults(object: DaemonSet): void {
  const { spec } = object
  // Stands in a field of the internal type, from which it comes back whenever an object is read.
  setTemplateGeneration(object, templateGenerationOf(object))
  defaultPodTemplate(spec.template)
  spec.updateStrategy ??= {}
  spec.updateStrategy.type ||= 'RollingUpdate'
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {}
    spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1
    spec.updateStrategy.rollingUpdate.maxSurge ??= 0
  }
  spec.revisionHistoryLimit ??= 10
}
