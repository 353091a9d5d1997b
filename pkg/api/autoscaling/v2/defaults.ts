/** Defaults of autoscalers (pkg/apis/autoscaling/v2/defaults.go). */
import type { HorizontalPodAutoscaler, HPAScalingRules } from '#api/gen/autoscaling/v2.ts'

const defaultCpuUtilization = 80

export function defaultAutoscaler({ spec }: HorizontalPodAutoscaler): void {
  spec.minReplicas ??= 1
  if ((spec.metrics?.length ?? 0) === 0) {
    spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: defaultCpuUtilization } } }]
  }
  if (!spec.behavior) return
  spec.behavior.scaleUp = {
    ...{ stabilizationWindowSeconds: 0, selectPolicy: 'Max' },
    ...{
      policies: [
        { type: 'Pods', value: 4, periodSeconds: 15 },
        { type: 'Percent', value: 100, periodSeconds: 15 },
      ],
    },
    ...given(spec.behavior.scaleUp),
  }
  spec.behavior.scaleDown = {
    ...{ selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
    ...given(spec.behavior.scaleDown),
  }
}

/** Only what is set: an absent field must not hide a default. No policies at all, said so, are refused later. */
function given(rules: HPAScalingRules | undefined): HPAScalingRules {
  return Object.fromEntries(Object.entries(rules ?? {}).filter(([, value]) => value !== undefined)) as HPAScalingRules
}
