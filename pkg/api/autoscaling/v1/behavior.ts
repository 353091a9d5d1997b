/** Behavior as it travels in an annotation of autoscaling/v1: upstream writes its internal type, whose fields have Go's names and are all there. */
import type { HorizontalPodAutoscalerBehavior, HPAScalingRules } from '#api/gen/autoscaling/v2.ts'

interface GoRules {
  readonly StabilizationWindowSeconds: number | null
  readonly SelectPolicy: string | null
  readonly Policies: readonly { readonly Type: string; readonly Value: number; readonly PeriodSeconds: number }[] | null
  readonly Tolerance: string | null
}

interface GoBehavior {
  readonly ScaleUp: GoRules | null
  readonly ScaleDown: GoRules | null
}

export function behaviorToGo({ scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior): GoBehavior {
  return { ScaleUp: scaleUp ? rulesToGo(scaleUp) : null, ScaleDown: scaleDown ? rulesToGo(scaleDown) : null }
}

function rulesToGo({ stabilizationWindowSeconds, selectPolicy, policies, tolerance }: HPAScalingRules): GoRules {
  return {
    StabilizationWindowSeconds: stabilizationWindowSeconds ?? null,
    SelectPolicy: selectPolicy ?? null,
    Policies: policies ? policies.map(({ type, value, periodSeconds }) => ({ Type: type, Value: value, PeriodSeconds: periodSeconds })) : null,
    Tolerance: tolerance ?? null,
  }
}

export function behaviorFromGo({ ScaleUp, ScaleDown }: GoBehavior): HorizontalPodAutoscalerBehavior {
  return { ...(ScaleUp ? { scaleUp: rulesFromGo(ScaleUp) } : {}), ...(ScaleDown ? { scaleDown: rulesFromGo(ScaleDown) } : {}) }
}

function rulesFromGo({ StabilizationWindowSeconds, SelectPolicy, Policies, Tolerance }: GoRules): HPAScalingRules {
  return {
    ...(StabilizationWindowSeconds == null ? {} : { stabilizationWindowSeconds: StabilizationWindowSeconds }),
    ...(SelectPolicy == null ? {} : { selectPolicy: SelectPolicy as NonNullable<HPAScalingRules['selectPolicy']> }),
    ...(Policies == null
      ? {}
      : { policies: Policies.map(({ Type, Value, PeriodSeconds }) => ({ type: Type as 'Pods' | 'Percent', value: Value, periodSeconds: PeriodSeconds })) }),
    ...(Tolerance == null ? {} : { tolerance: Tolerance }),
  }
}
