/** MutatingAdmissionPolicy (KEP-3962): upstream's dispatcher. What one mutation makes of an object is `mutation.ts`. */
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from '#api/gen/admissionregistration/v1.ts'
import { mutatingAdmissionPolicies, mutatingAdmissionPolicyBindings } from '#api/gen/resources.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { forbidden, StatusError } from '#apimachinery/status-error.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts'
import { newReinvocation, type Reinvocation, type Rounds, roundsOf } from '../reinvocation.ts'
import { shownName } from '../refuse.ts'
import { isExemptFromPolicies, type Matched } from '../rules.ts'
import { conditionErrors, conditionsOf, subjectOf } from '../webhook/invoke.ts'
import type { PolicyContext } from './index.ts'
import { mutate } from './mutation.ts'
import { collectParams, paramKindOf } from './params.ts'
import { matchResources, policySource } from './source.ts'

type Policy = MutatingAdmissionPolicy
type Binding = MutatingAdmissionPolicyBinding

/** What went wrong with one policy, which its failure policy may let pass. */
interface PolicyError {
  readonly policy: Policy
  readonly message: string
  readonly reason?: string
}

interface Invocation {
  readonly policy: Policy
  readonly binding: Binding
  readonly matched: Matched
  readonly params: KubeObject | undefined
}

export function mutatingAdmissionPolicy(context: PolicyContext): AdmissionPlugin {
  const source = policySource<Policy, Binding>(context, mutatingAdmissionPolicies, mutatingAdmissionPolicyBindings)
  return {
    name: 'MutatingAdmissionPolicy',
    handles: (attributes) => !isExemptFromPolicies(attributes) && attributes.operation !== 'DELETE' && attributes.operation !== 'CONNECT',
    async admit(attributes) {
      const bound = await source()
      if (bound.length === 0) return
      const errors: PolicyError[] = []
      const invocations: Invocation[] = []
      for (const { policy, bindings } of bound) invocations.push(...(await invocationsOf(context, policy, bindings, attributes, errors)))
      if (invocations.length > 0) await run(context, invocations, attributes, errors)
      const counted = errors.filter(({ policy }) => policy.spec.failurePolicy !== 'Ignore')
      if (counted.length > 0) throw denial(attributes, counted)
    },
  }
}

async function invocationsOf(
  context: PolicyContext,
  policy: Policy,
  bindings: readonly Binding[],
  attributes: AdmissionAttributes,
  errors: PolicyError[],
): Promise<Invocation[]> {
  const { spec, metadata } = policy
  const matched = await matchResources(context.matcher, spec.matchConstraints, attributes)
  if (!matched) return []
  let kind: ReturnType<typeof paramKindOf>
  try {
    kind = paramKindOf(context.kinds, spec.paramKind)
  } catch (error) {
    errors.push({ policy, message: `policy ${JSON.stringify(metadata.name)} denied request: failed to configure policy: ${messageOf(error)}` })
    return []
  }
  const found: Invocation[] = []
  for (const binding of bindings) {
    if (!(await matchResources(context.matcher, binding.spec.matchResources, attributes))) continue
    try {
      const params = await collectParams(context.client, kind, binding.spec.paramRef, attributes.namespace)
      found.push(...params.map((each) => ({ policy, binding, matched, params: each })))
    } catch (error) {
      errors.push({ policy, message: `${denies(policy, binding)}failed to configure binding: ${messageOf(error)}` })
    }
  }
  return found
}

async function run(context: PolicyContext, invocations: readonly Invocation[], attributes: AdmissionAttributes, errors: PolicyError[]): Promise<void> {
  const reinvocation = attributes.reinvocation ?? newReinvocation()
  const rounds = roundsOf(reinvocation, 'MutatingAdmissionPolicy', attributes.object)
  let ran = false
  try {
    for (const invocation of invocations) ran = (await invoke(context, invocation, attributes, reinvocation, rounds, errors)) || ran
    // Upstream takes what ran for a change, of whatever it made.
    if (ran) {
      rounds.changed()
      reinvocation.isWanted = true
    }
  } finally {
    rounds.left(attributes.object)
  }
}

/** Whether any mutation ran. */
async function invoke(
  context: PolicyContext,
  { policy, binding, matched, params }: Invocation,
  attributes: AdmissionAttributes,
  reinvocation: Reinvocation,
  rounds: Rounds,
  errors: PolicyError[],
): Promise<boolean> {
  const { spec } = policy
  const fail = (message: string): void => void errors.push({ policy, message: `${denies(policy, binding)}${message}`, reason: 'Invalid' })
  const conditions = await conditionsOf(spec, attributes, await subjectOf(attributes, matched), context.authorizer, params)
  if (conditions.length > 0) {
    const problem = conditionErrors(conditions)
    if (problem !== undefined && spec.failurePolicy !== 'Ignore') fail(problem)
    return false
  }
  const id = [policy.metadata.name, binding.metadata.name, params?.metadata.namespace, params?.metadata.name].join('/')
  if (reinvocation.isAgain && !rounds.runsAgain(id)) return false
  const before = structuredClone(attributes.object)
  let ran = false
  for (const mutation of spec.mutations ?? []) {
    if (!attributes.object) break
    try {
      await mutate(context, { mutation, variables: spec.variables, matched, params }, attributes)
      ran = true
    } catch (error) {
      if (error instanceof StatusError) throw error
      fail(messageOf(error))
    }
  }
  if (!semanticEqual(before, attributes.object, matched.definition?.custom ? undefined : matched.definition?.schema)) {
    rounds.changed()
    reinvocation.isWanted = true
  }
  if (spec.reinvocationPolicy === 'IfNeeded') rounds.ran(id)
  return ran
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function denies(policy: Policy, binding: Binding): string {
  return `policy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: `
}

/** With the words of the first, and all for causes. */
function denial(attributes: AdmissionAttributes, errors: readonly PolicyError[]): StatusError {
  const { group, resourceGroup = group, resource } = attributes
  const { details } = forbidden({ group: resourceGroup, resource }, shownName(attributes), '')
  const [{ message, reason = 'Forbidden' }] = errors as [PolicyError]
  return new StatusError({ code: 403, reason, message, details: { ...details, causes: errors.map((each) => ({ message: each.message })) } })
}
