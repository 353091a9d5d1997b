/** HorizontalPodAutoscaler in the version that is stored. */
import { type HorizontalPodAutoscaler, HorizontalPodAutoscalerSchema } from '#api/gen/autoscaling/v2.ts'
import type { ResourceDefinition } from '#api/types.ts'
import { ageColumn, nameColumn, text } from '../../columns.ts'
import { clearStatus, keepSpec, keepStatus } from '../../doors.ts'
import { defaultAutoscaler } from './defaults.ts'
import { metricsText } from './metric-text.ts'
import { validateAutoscaler, validateAutoscalerStatus } from './validate.ts'

export const horizontalPodAutoscaler: ResourceDefinition<HorizontalPodAutoscaler> = {
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  schema: HorizontalPodAutoscalerSchema,
  defaults: defaultAutoscaler,
  create: { prepare: (object) => clearStatus(object, HorizontalPodAutoscalerSchema), validate: (object) => validateAutoscaler(object) },
  update: { prepare: keepStatus, validate: validateAutoscaler },
  status: { prepare: keepSpec, validate: validateAutoscalerStatus },
  allowUnconditionalUpdate: true,
  columns: [
    nameColumn(),
    text('Reference', ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`, 'What it scales.'),
    text('Targets', metricsText, 'Its metrics, as they are and as they should be.'),
    text('MinPods', ({ spec }) => (spec.minReplicas === undefined ? '<unset>' : String(spec.minReplicas)), 'The fewest pods.'),
    text('MaxPods', ({ spec }) => spec.maxReplicas, 'The most pods.'),
    text('Replicas', ({ status }) => status.currentReplicas ?? 0, 'How many pods there are.'),
    ageColumn(),
  ],
}
