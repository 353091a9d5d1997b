/** The table of pods. */
import type { Pod } from '#api/gen/core/v1.ts'
import type { TableColumn } from '#api/types.ts'
import { ageColumn, nameColumn, text, wideText } from '../../../columns.ts'
import { printedPod } from './printed-status.ts'

export const podColumns: TableColumn<Pod>[] = [
  nameColumn(),
  text('Ready', (pod, now) => printedPod(pod, now).ready, 'How many of the containers are ready.'),
  text('Status', (pod, now) => printedPod(pod, now).reason, 'What the containers are doing, taken together.'),
  text('Restarts', (pod, now) => printedPod(pod, now).restarts, 'How often containers were restarted, and how long ago last.'),
  ageColumn(),
  wideText('IP', ({ status }) => status.podIPs?.[0]?.ip || status.podIP || '<none>', 'The address of the pod.'),
  wideText('Node', ({ spec }) => spec.nodeName || '<none>', 'The node the pod is bound to.'),
  wideText('Nominated Node', ({ status }) => status.nominatedNodeName || '<none>', 'The node on which others are preempted for this pod.'),
  wideText('Readiness Gates', readinessGates, 'How many of the readiness gates are passed.'),
]

function readinessGates({ spec, status }: Pod): string {
  const gates = spec.readinessGates ?? []
  if (gates.length === 0) return '<none>'
  const passed = gates.filter(({ conditionType }) => status.conditions?.some(({ type, status }) => type === conditionType && status === 'True'))
  return `${passed.length}/${gates.length}`
}
