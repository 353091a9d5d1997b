/** podFailurePolicy: what a failed pod means, by exit code or condition. The first rule that matches decides. */
import type { Job, PodFailurePolicyRule } from '#api/gen/batch/v1.ts'
import type { Pod } from '#api/gen/core/v1.ts'

export interface FailureVerdict {
  /** Ignore: not counted against the limit. FailJob, FailIndex: no more tries. Count: as without a policy. */
  readonly action: string
  readonly message: string
}

export function judgeFailure({ spec }: Job, pod: Pod): FailureVerdict {
  const { namespace, name } = pod.metadata
  for (const [position, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const code = rule.onExitCodes ? matchingContainer(rule, pod) : undefined
    if (code) {
      return {
        action: rule.action,
        message: `Container ${code.container} for pod ${namespace}/${name} failed with exit code ${code.exitCode} matching ${rule.action} rule at index ${position}`,
      }
    }
    const condition = rule.onPodConditions?.find(({ type, status = 'True' }) =>
      pod.status?.conditions?.some((each) => each.type === type && each.status === status),
    )
    if (condition)
      return { action: rule.action, message: `Pod ${namespace}/${name} has condition ${condition.type} matching ${rule.action} rule at index ${position}` }
  }
  return { action: 'Count', message: '' }
}

/** What the rule that matches asks for; undefined: none does. */
export function ruleAction(job: Job, pod: Pod): string | undefined {
  const { action, message } = judgeFailure(job, pod)
  return message === '' ? undefined : action
}

function matchingContainer({ onExitCodes }: PodFailurePolicyRule, { status }: Pod): { container: string; exitCode: number } | undefined {
  const { containerName, operator, values = [] } = onExitCodes!
  for (const { name, state } of [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]) {
    const exitCode = state?.terminated?.exitCode
    // Exit code 0 is success and never matches, whatever the rule says.
    if (exitCode === undefined || exitCode === 0 || (containerName && containerName !== name)) continue
    if ((operator === 'In') === values.includes(exitCode)) return { container: name, exitCode }
  }
  return undefined
}
