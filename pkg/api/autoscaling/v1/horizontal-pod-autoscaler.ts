/** HorizontalPodAutoscaler as autoscaling/v1 shows it; stored as v2. */
import { type HorizontalPodAutoscaler, HorizontalPodAutoscalerSchema } from '#api/gen/autoscaling/v1.ts'
import type { ResourceDefinition, UpdateStrategy } from '#api/types.ts'
import { horizontalPodAutoscaler as stored } from '../v2/horizontal-pod-autoscaler.ts'
import { clearStatus, keepSpec, keepStatus } from '../../doors.ts'
import { carryingAnnotations, fromV2, specKeys, statusKeys, toV2 } from './conversion.ts'

/** Checks what the object is in the stored version. */
function inV2(validate: UpdateStrategy<any>['validate']): UpdateStrategy<HorizontalPodAutoscaler>['validate'] {
  return validate && ((object, old, context) => validate(toV2(object), toV2(old), context))
}

/** What of these annotations the old object has, and nothing else. */
function carryOver(object: HorizontalPodAutoscaler, old: HorizontalPodAutoscaler | undefined, keys: readonly string[]): void {
  const others = Object.entries(object.metadata.annotations ?? {}).filter(([key]) => !keys.includes(key))
  const kept = Object.entries(old?.metadata.annotations ?? {}).filter(([key]) => keys.includes(key))
  setAnnotations(object, Object.fromEntries([...others, ...kept]))
}

function setAnnotations({ metadata }: HorizontalPodAutoscaler, annotations: Readonly<Record<string, string>> = {}): void {
  if (Object.keys(annotations).length > 0) metadata.annotations = { ...annotations }
  else delete metadata.annotations
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
  defaults: (object) => {
    object.spec.minReplicas ??= 1
    // What comes is read as the stored version and shown as this one: its annotations tell what it is, and what they do not tell is gone.
    const { metadata, spec, status } = fromV2(toV2(object))
    Object.assign(object, { spec, status })
    setAnnotations(object, metadata.annotations)
  },
  create: {
    prepare: (object) => {
      clearStatus(object, HorizontalPodAutoscalerSchema)
      carryOver(object, undefined, statusKeys)
    },
    validate: (object, context) => stored.create?.validate?.(toV2(object), context) ?? [],
  },
  update: {
    prepare: (object, old) => {
      keepStatus(object, old)
      carryOver(object, old, statusKeys)
    },
    validate: inV2(stored.update?.validate),
  },
  status: {
    prepare: (object, old) => {
      keepSpec(object, old)
      carryOver(object, old, specKeys)
    },
    validate: inV2(stored.status?.validate),
  },
  allowUnconditionalUpdate: true,
  convertedAnnotations: carryingAnnotations,
  columns: (stored.columns ?? []).map((column) => ({ ...column, cell: (object, now) => column.cell(toV2(object), now) })),
}
