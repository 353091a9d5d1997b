/** MutatingAdmissionPolicy (KEP-3962): JSON patches, or configurations applied to the object, from expressions. */
import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, Mutation } from '#api/gen/admissionregistration/v1.ts'
import { mutatingAdmissionPolicies, mutatingAdmissionPolicyBindings } from '#api/gen/resources.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { serverSideApply } from '#apimachinery/patch/apply/index.ts'
import { applyJsonPatch } from '#apimachinery/patch/index.ts'
import { forbidden, StatusError } from '#apimachinery/status-error.ts'
import { newBudget } from '#cel/program.ts'
import { type Budget, CelError, perObjectLimit } from '#cel/types.ts'
import { fromCel } from '#cel/values.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts'
import { expression } from '../expressions.ts'
import { convert, replaceObject } from '../kinds.ts'
import { isExempt, type Matched } from '../rules.ts'
import { conditionsHold, subjectOf } from '../webhook/invoke.ts'
import { withoutConstructors } from './construct.ts'
import { policyVariables } from './evaluation.ts'
import type { PolicyContext } from './index.ts'
import { collectParams } from './params.ts'
import { matchResources, policySource } from './source.ts'

export function mutatingAdmissionPolicy(context: PolicyContext): AdmissionPlugin {
  const source = policySource<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding>(context, mutatingAdmissionPolicies, mutatingAdmissionPolicyBindings)
  return {
    name: 'MutatingAdmissionPolicy',
    handles: (attributes) => !isExempt(attributes) && attributes.object !== undefined && attributes.operation !== 'CONNECT',
    async admit(attributes) {
      const bound = await source()
      const again = new Set<string>()
      const invoked = new Set<string>()
      for (const pass of [1, 2]) {
        for (const { policy, bindings } of bound) {
          for (const binding of bindings) {
            const id = `${policy.metadata.name}/${binding.metadata.name}`
            if (pass === 2 && !again.has(id)) continue
            const changed = await apply(context, policy, binding, attributes)
            if (pass === 1 && changed) for (const each of invoked) again.add(each)
            if (policy.spec.reinvocationPolicy === 'IfNeeded') invoked.add(id)
          }
        }
      }
    },
  }
}

async function apply(
  context: PolicyContext,
  policy: MutatingAdmissionPolicy,
  binding: MutatingAdmissionPolicyBinding,
  attributes: AdmissionAttributes,
): Promise<boolean> {
  const { spec } = policy
  const matched = await matchResources(context.matcher, spec.matchConstraints, attributes, false)
  if (!matched || !(await matchResources(context.matcher, binding.spec.matchResources, attributes, true))) return false
  const before = structuredClone(attributes.object)
  try {
    if (!(await conditionsHold(spec, attributes, await subjectOf(attributes, matched), context.authorizer))) return false
    const params = await collectParams(context.client, context.kinds, spec.paramKind, binding.spec.paramRef, attributes.namespace)
    const namespace = await context.matcher.namespaceOf(attributes)
    for (const each of params) {
      const budget = newBudget(perObjectLimit)
      for (const mutation of spec.mutations ?? []) {
        // Each mutation sees what the one before it did.
        const subject = await subjectOf(attributes, matched)
        const { object, oldObject } = subject
        const variables = policyVariables(
          { attributes, subject, object, oldObject, authorizer: context.authorizer, namespace, params: each },
          spec.variables?.map((variable) => ({ ...variable, expression: withoutConstructors(variable.expression) })),
          budget,
        )
        const mutated = await mutate(mutation, object!, variables, budget, matched)
        await write(attributes, mutated, matched)
      }
    }
  } catch (error) {
    if (spec.failurePolicy === 'Ignore') {
      if (before) replaceObject(attributes.object!, before, matched.definition)
      return false
    }
    const why = error instanceof Error ? error.message : String(error)
    throw denial(attributes, `policy '${policy.metadata.name}' with binding '${binding.metadata.name}' denied request: ${why}`)
  }
  return !semanticEqual(before, attributes.object, matched.definition?.custom ? undefined : matched.definition?.schema)
}

async function mutate(mutation: Mutation, object: KubeObject, variables: Record<string, unknown>, budget: Budget, matched: Matched): Promise<unknown> {
  const text = mutation.patchType === 'JSONPatch' ? mutation.jsonPatch?.expression : mutation.applyConfiguration?.expression
  let value: unknown
  try {
    value = fromCel(await expression(withoutConstructors(text ?? '')).evaluate(variables, budget))
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    throw new Error(`expression '${text}' resulted in error: ${error.message}`, { cause: error })
  }
  if (mutation.patchType === 'JSONPatch') {
    if (!Array.isArray(value)) throw new Error('type mismatch: JSONPatchType.expression should evaluate to array')
    return applyJsonPatch(object as never, value as never)
  }
  return applyConfiguration(object, value, matched)
}

/** As server-side apply merges, with nobody becoming an owner. */
function applyConfiguration(object: KubeObject, value: unknown, { definition, convertTo }: Matched): unknown {
  const of = convertTo ?? definition
  if (!of) throw new Error('unsupported kind')
  if (typeof value !== 'object' || value === null) throw new Error('type mismatch: ApplyConfigurationType.expression should evaluate to Object')
  const apiVersion = of.group === '' ? of.version : `${of.group}/${of.version}`
  const { name } = object.metadata
  const given = value as { metadata?: object }
  const applied = { ...given, apiVersion, kind: of.kind, metadata: { ...given.metadata, ...(name ? { name } : {}) } }
  const type = of.custom ? { type: of.custom.mergeType } : { schema: of.schema }
  const { managedFields, ...metadata } = object.metadata
  const live = { ...object, apiVersion, kind: of.kind, metadata } as KubeObject
  const merged = serverSideApply({ ...type, manager: 'mutating-admission-policy', apiVersion, now: 0, live, applied, force: true })
  const { managedFields: _, ...kept } = merged.metadata
  return { ...merged, metadata: { ...kept, ...(managedFields ? { managedFields } : {}) } }
}

async function write(attributes: AdmissionAttributes, mutated: unknown, { definition, convertTo }: Matched): Promise<void> {
  const target = attributes.object!
  const own = definition && convertTo ? await convert(mutated as KubeObject, convertTo, definition) : mutated
  replaceObject(target, own, definition)
}

function denial({ group, resourceGroup = group, resource, name, object }: AdmissionAttributes, message: string): StatusError {
  const base = forbidden({ group: resourceGroup, resource }, name || object?.metadata?.name || '', message)
  return new StatusError({ code: 422, reason: 'Invalid', message: base.message, details: { ...base.details, causes: [{ message }] } })
}
