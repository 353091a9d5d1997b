/** What kube-controller-manager's --horizontal-pod-autoscaler-* flags set, with upstream's defaults. */

export interface AutoscalerSettings {
  /** --horizontal-pod-autoscaler-sync-period. */
  readonly syncMs: number
  /** --horizontal-pod-autoscaler-downscale-stabilization, where an autoscaler says nothing else. */
  readonly downscaleStabilizationMs: number
  /** --horizontal-pod-autoscaler-tolerance, where an autoscaler says nothing else. */
  readonly tolerance: number
  /** --horizontal-pod-autoscaler-cpu-initialization-period: what a pod uses meanwhile says nothing of its load. */
  readonly cpuInitializationMs: number
  /** --horizontal-pod-autoscaler-initial-readiness-delay: changes of readiness meanwhile are of its start. */
  readonly readinessDelayMs: number
}

export const defaultAutoscalerSettings: AutoscalerSettings = {
  syncMs: 15_000,
  downscaleStabilizationMs: 300_000,
  tolerance: 0.1,
  cpuInitializationMs: 300_000,
  readinessDelayMs: 30_000,
}
