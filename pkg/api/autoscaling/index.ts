/** The kinds of autoscaling. */
import type { ResourceDefinition } from '#api/types.ts'
import { horizontalPodAutoscalerV1 } from './v1/horizontal-pod-autoscaler.ts'
import { horizontalPodAutoscaler } from './v2/horizontal-pod-autoscaler.ts'

export const autoscalingDefinitions: readonly ResourceDefinition[] = [horizontalPodAutoscaler, horizontalPodAutoscalerV1]
