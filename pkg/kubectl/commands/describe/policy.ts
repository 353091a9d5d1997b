/** Describing disruption budgets, priority classes and autoscalers. */
import { formatLabelSelector } from '#apimachinery/labels.ts'
import { type Description, rfc1123 } from './text.ts'
import type { Describer } from './types.ts'

export const describeDisruptionBudget: Describer = (out, { object }) => {
  const { metadata, spec, status = {} } = object
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace)
  if (spec.minAvailable !== undefined) out.line(0, 'Min available:', spec.minAvailable)
  else if (spec.maxUnavailable !== undefined) out.line(0, 'Max unavailable:', spec.maxUnavailable)
  out.line(0, 'Selector:', spec.selector ? formatLabelSelector(spec.selector) : '<unset>').line(0, 'Status:')
  out.line(2, 'Allowed disruptions:', status.disruptionsAllowed ?? 0).line(2, 'Current:', status.currentHealthy ?? 0)
  out.line(2, 'Desired:', status.desiredHealthy ?? 0).line(2, 'Total:', status.expectedPods ?? 0)
}

export const describePriorityClass: Describer = (out, { object }) => {
  out
    .line(0, 'Name:', object.metadata.name)
    .line(0, 'Value:', object.value)
    .line(0, 'GlobalDefault:', object.globalDefault === true)
  out.line(0, 'PreemptionPolicy:', object.preemptionPolicy ?? 'PreemptLowerPriority').line(0, 'Description:', object.description ?? '')
  const pairs = Object.entries(object.metadata.annotations ?? {}).map(([key, value]) => `${key}=${value}`)
  out.line(0, 'Annotations:', pairs.sort().join(',') || '<none>')
}

export const describeAutoscaler: Describer = (out, { object }) => {
  const { metadata, spec, status = {} } = object
  out.line(0, 'Name:', metadata.name).line(0, 'Namespace:', metadata.namespace).map('Labels', metadata.labels).annotations(metadata.annotations)
  out.line(0, 'CreationTimestamp:', rfc1123(metadata.creationTimestamp)).line(0, 'Reference:', `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`)
  out.line(0, 'Metrics:', '( current / target )')
  for (const [index, metric] of (spec.metrics ?? []).entries()) metricLine(out, metric, status.currentMetrics?.[index])
  out.line(0, 'Min replicas:', spec.minReplicas ?? '<unset>').line(0, 'Max replicas:', spec.maxReplicas)
  if (spec.behavior) {
    out.line(0, 'Behavior:')
    behaviour(out, 'Scale Up', spec.behavior.scaleUp)
    behaviour(out, 'Scale Down', spec.behavior.scaleDown)
  }
  out.line(0, `${spec.scaleTargetRef.kind} pods:`, `${status.currentReplicas ?? 0} current / ${status.desiredReplicas ?? 0} desired`)
  if (!status.conditions?.length) return
  out.line(0, 'Conditions:').line(1, 'Type', 'Status', 'Reason', 'Message').line(1, '----', '------', '------', '-------')
  for (const { type, status: value, reason = '', message = '' } of status.conditions) out.line(1, type, value, reason, message)
}

function metricLine(out: Description, metric: any, current: any): void {
  const unknown = '<unknown>'
  const line = (title: string, now: string | undefined, target: string): void => void out.line(1, title, `${now ?? unknown} / ${target}`)
  const { external, pods, object: of, resource, containerResource } = metric
  if (metric.type === 'External') {
    const average = external.target.averageValue
    line(
      `${JSON.stringify(external.metric.name)} (target ${average ? 'average ' : ''}value):`,
      current?.external?.current?.[average ? 'averageValue' : 'value'],
      average ?? external.target.value,
    )
  } else if (metric.type === 'Pods') line(`${JSON.stringify(pods.metric.name)} on pods:`, current?.pods?.current?.averageValue, pods.target.averageValue)
  else if (metric.type === 'Object') {
    const average = of.target.type === 'AverageValue'
    line(
      `"${of.metric.name}" on ${of.describedObject.kind}/${of.describedObject.name} (target ${average ? 'average ' : ''}value):`,
      current?.object?.current?.[average ? 'averageValue' : 'value'],
      average ? of.target.averageValue : of.target.value,
    )
  } else if (metric.type === 'Resource' || metric.type === 'ContainerResource') {
    const source = resource ?? containerResource
    const now = (current?.resource ?? current?.containerResource)?.current
    const title = `resource ${source.name}${containerResource ? ` of container "${source.container}"` : ''} on pods`
    if (source.target.averageValue !== undefined) line(`${title}:`, now?.averageValue, source.target.averageValue)
    else {
      const share = now?.averageUtilization === undefined ? undefined : `${now.averageUtilization}% (${now.averageValue ?? '0'})`
      const target = source.target.averageUtilization === undefined ? '<auto>' : `${source.target.averageUtilization}%`
      line(`${title}  (as a percentage of request):`, share, target)
    }
  } else out.line(1, `<unknown metric type ${JSON.stringify(metric.type)}>`)
}

function behaviour(out: Description, title: string, rules: any): void {
  if (!rules) return
  out.line(1, `${title}:`)
  if (rules.stabilizationWindowSeconds !== undefined) out.line(2, `Stabilization Window: ${rules.stabilizationWindowSeconds} seconds`)
  if (!rules.policies?.length) return
  out.line(2, `Select Policy: ${rules.selectPolicy ?? 'Max'}`).line(2, 'Policies:')
  for (const { type, value, periodSeconds } of rules.policies) out.line(3, `- Type: ${type}`, `Value: ${value}`, `Period: ${periodSeconds} seconds`)
}
