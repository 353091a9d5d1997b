/** What the kubelet says of itself: /metrics. Names are upstream's. */
import type { CompleteConfiguration } from '../configuration/defaults.ts'
import type { KubeletMetrics } from '../metrics/kubelet-metrics.ts'
import { processMetrics } from '../metrics/process-metrics.ts'
import type { PodDirectory } from '../types.ts'

export interface OwnMetricsSource {
  readonly nodeName: string
  readonly pods: PodDirectory
  readonly metrics: KubeletMetrics
  readonly version: string
  readonly configuration?: CompleteConfiguration | undefined
}

export function ownMetrics({ nodeName, pods, metrics, version, configuration }: OwnMetricsSource): string {
  const containers = { running: 0, exited: 0, created: 0, unknown: 0 }
  let sandboxes = 0
  for (const { metadata } of pods.list()) {
    const status = pods.runtimeStatus(metadata.uid)
    if (status?.sandboxes[0]?.state === 'SANDBOX_READY') sandboxes++
    for (const { state } of status?.containers ?? []) containers[state]++
  }
  const lines = [
    ...family('kubelet_node_name', 'gauge', "[ALPHA] The node's name. The count is always 1.", [[`{node="${nodeName}"}`, 1]]),
    ...family('kubelet_running_pods', 'gauge', '[ALPHA] Number of pods that have a running pod sandbox', [['', sandboxes]]),
    ...family(
      'kubelet_running_containers',
      'gauge',
      '[ALPHA] Number of containers currently running',
      Object.entries(containers).map(([state, count]) => [`{container_state="${state}"}`, count]),
    ),
  ]
  return `${lines.join('\n')}\n${metrics.set.text()}${processMetrics(version, configuration?.featureGates ?? {})}`
}

function family(name: string, type: 'gauge' | 'counter', help: string, samples: readonly (readonly [labels: string, value: number])[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map(([labels, value]) => `${name}${labels} ${value}`)]
}
