/** Feature gates that a file may name: this kubelet has one behaviour each, upstream's default of 1.36, and says so when asked for another. */

const on = [
  'ContainerCheckpoint',
  'ContainerRestartRules',
  'CrashLoopBackOffMax',
  'GracefulNodeShutdown',
  'GracefulNodeShutdownBasedOnPodPriority',
  'ImageMaximumGCAge',
  'ImageVolume',
  'InPlacePodVerticalScaling',
  'KubeletCrashLoopBackOffMax',
  'KubeletFineGrainedAuthz',
  'PodLevelResources',
  'PodLifecycleSleepAction',
  'PodReadyToStartContainersCondition',
  'RestartAllContainersOnContainerExits',
  'RotateKubeletServerCertificate',
  'SidecarContainers',
  'SupplementalGroupsPolicy',
] as const
const off = ['AllAlpha', 'AllBeta', 'CustomCPUCFSQuotaPeriod', 'MemoryQoS', 'ReduceDefaultCrashLoopBackOffDecay'] as const

const values = new Map<string, boolean>([...on.map((name) => [name, true] as const), ...off.map((name) => [name, false] as const)])

export function featureErrors(gates: Readonly<Record<string, boolean>>): string[] {
  return Object.entries(gates).flatMap(([name, wanted]) => {
    const has = values.get(name)
    if (has === undefined) return [`unrecognized feature gate: ${name}`]
    return has === wanted ? [] : [`invalid configuration: feature gate ${name} is always ${has} on this kubelet`]
  })
}
