/** HorizontalPodAutoscaler as autoscaling/v1 shows it; stored as v2. */
import { type HorizontalPodAutoscaler, HorizontalPodAutoscalerSchema } from '#api/gen/autoscaling/v1.ts'
import type { ResourceDefinition, UpdateStrategy } from '#api/types.ts'
import { horizontalPodAutoscaler as stored } from '../v2/horizontal-pod-autoscaler.ts'
import { clearStatus, keepSpec, keepStatus } from '../../doors.ts'
import { carryingAnnotations, fromV2, toV2 } from './conversion.ts'

/** Checks what the object is in the stored version. */
function inV2(validate: UpdateStrategy<any>['validate']): UpdateStrategy<HorizontalPodAutoscaler>['validate'] {
  return validate && ((object, old, context) => validate(toV2(object), toV2(old), context))
}

export const horizontalPodAutoscalerV1: ResourceDefinition<HorizontalPodAutoscaler> = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  singular: 'horizontalpodautoscaler',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  schema: HorizontalPodAutoscalerSchema,
  storage: { group: 'autoscaling', version: 'v2', plural: 'horizontalpodautoscalers', toStorage: toV2, fromStorage: fromV2 },
  defaults: ({ spec }) => {
    spec.minReplicas ??= 1
  },
  create: {
    prepare: (object) => clearStatus(object, HorizontalPodAutoscalerSchema),
    validate: (object, context) => stored.create?.validate?.(toV2(object), context) ?? [],
  },
  update: { prepare: keepStatus, validate: inV2(stored.update?.validate) },
  status: { prepare: keepSpec, validate: inV2(stored.status?.validate) },
  allowUnconditionalUpdate: true,
  convertedAnnotations: carryingAnnotations,
  columns: (stored.columns ?? []).map((column) => ({ ...column, cell: (object, now) => column.cell(toV2(object), now) })),
}
