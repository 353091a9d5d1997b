/** What a PodDisruptionBudget keeps from going: evictions, and with them the drain of a node. */
import { selectorFromLabelSelector } from '#apimachinery/labels.ts'
import { sentence } from './deletion.ts'
import { type Finder, type Finding, maxAlike, type Reader } from './types.ts'

export const whyBudget: Finder = async (budget, reader) => {
  const { metadata, status = {} } = budget
  const failed = (status.conditions ?? []).find(
    ({ type, status: value, reason }: any) => type === 'DisruptionAllowed' && value === 'False' && reason === 'SyncFailed',
  )
  if (failed) return [{ text: `PodDisruptionBudget ${metadata.name} cannot be reckoned, so it lets no pod go: ${sentence(failed.message ?? failed.reason)}` }]
  if ((status.disruptionsAllowed ?? 0) > 0) return []
  const pods = (await reader.list('v1', 'Pod', metadata.namespace)).filter((pod) => guards(budget, pod))
  if (pods.length === 0) return [{ text: `PodDisruptionBudget ${metadata.name} selects no pod.`, advice: 'Compare its selector with the labels of the pods.' }]
  return [{ text: `No pod may be evicted: ${budgetText(budget)}`, advice: loosen }]
}

const loosen = 'Bring its other pods to ready, run one replica more, or loosen the budget.'

/** A node that is being drained: pods on it that no budget lets go. */
export async function heldByBudgets(node: any, reader: Reader): Promise<Finding[]> {
  const pods = await reader.list('v1', 'Pod', undefined, undefined, `spec.nodeName=${node.metadata.name}`)
  const found: Finding[] = []
  for (const namespace of new Set(pods.map((pod) => pod.metadata.namespace))) {
    const budgets = await reader.list('policy/v1', 'PodDisruptionBudget', namespace)
    for (const pod of pods.filter(({ metadata }) => metadata.namespace === namespace)) {
      const holding = budgets.filter((budget) => guards(budget, pod) && (budget.status?.disruptionsAllowed ?? 0) === 0)
      for (const budget of holding) found.push({ text: `Pod ${namespace}/${pod.metadata.name} may not be evicted: ${budgetText(budget)}`, advice: loosen })
    }
  }
  return found.slice(0, maxAlike)
}

/** How a PodDisruptionBudget stands, as a sentence. */
export function budgetText({ metadata, status = {} }: any): string {
  const { currentHealthy = 0, desiredHealthy = 0, expectedPods = 0 } = status
  return `PodDisruptionBudget ${metadata.name} wants ${desiredHealthy} of its ${expectedPods} pods healthy, and ${currentHealthy} are.`
}

function guards(budget: any, pod: any): boolean {
  if (['Succeeded', 'Failed'].includes(pod.status?.phase) || pod.metadata.deletionTimestamp) return false
  return selectorFromLabelSelector(budget.spec?.selector).matches(pod.metadata.labels ?? {})
}
