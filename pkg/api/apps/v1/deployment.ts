/** Deployment. */
import { type Deployment, DeploymentSchema } from '#api/gen/apps/v1.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, templateColumns, text, wideText } from '../../columns.ts'
import { defaultPodTemplate } from '../../core/v1/pod-spec/defaults.ts'
import { keepLabels, startFresh, updateSpec, updateStatus } from '../../doors.ts'
import { selectorText } from '../../label-selector-text.ts'
import { validateDeployment, validateDeploymentStatus, validateDeploymentUpdate } from './validate-deployment.ts'
import { templateWarnings } from '../../core/v1/pod-spec/warnings.ts'

export const deployment: ResourceDefinition<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  singular: 'deployment',
  shortNames: ['deploy'],
  categories: ['all'],
  namespaced: true,
  schema: DeploymentSchema,
  defaults,
  create: { prepare: startFresh(DeploymentSchema), validate: validateDeployment, warnings: (object) => templateWarnings(object) },
  update: { prepare, validate: validateDeploymentUpdate, warnings: templateWarnings },
  status: {
    prepare: (object, old) => {
      updateStatus(object, old)
      keepLabels(object, old)
    },
    validate: validateDeploymentStatus,
    resets: [['spec'], ['metadata', 'labels']],
  },
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
    text('Up-to-date', ({ status }) => status.updatedReplicas ?? 0, 'How many pods have the current template.'),
    text('Available', ({ status }) => status.availableReplicas ?? 0, 'How many pods have been ready for long enough.'),
    ageColumn(),
    ...templateColumns<Deployment>(({ spec }) => spec.template.spec.containers ?? []),
    wideText('Selector', ({ spec }) => selectorText(spec.selector), 'Which pods are its own.'),
  ],
}

function defaults({ spec }: Deployment): void {
  defaultPodTemplate(spec.template)
  spec.replicas ??= 1
  spec.strategy ??= {}
  spec.strategy.type ||= 'RollingUpdate'
  if (spec.strategy.type === 'RollingUpdate') {
    spec.strategy.rollingUpdate ??= {}
    spec.strategy.rollingUpdate.maxUnavailable ??= '25%'
    spec.strategy.rollingUpdate.maxSurge ??= '25%'
  }
  spec.revisionHistoryLimit ??= 10
  spec.progressDeadlineSeconds ??= 600
}

/** Rollbacks are recorded in annotations, so a change of annotations raises the generation too. */
function prepare(object: Deployment, old: Deployment): void {
  updateSpec(object, old)
  const before = old.metadata.annotations ?? {}
  const after = object.metadata.annotations ?? {}
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  if ([...keys].some((key) => before[key] !== after[key])) object.metadata.generation = (old.metadata.generation ?? 0) + 1
}
