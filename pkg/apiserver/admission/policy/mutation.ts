/** One mutation of a policy: a JSON patch, or a configuration that is applied (upstream's mutating/patch). */
import type { Mutation, Variable } from '#api/gen/admissionregistration/v1.ts'
import { decodeObject } from '#apimachinery/codec/decode.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { mergeConfiguration, mergeTypeOf } from '#apimachinery/patch/apply/index.ts'
import { applyJsonPatch, isFailedTest } from '#apimachinery/patch/index.ts'
import { internalError, StatusError } from '#apimachinery/status-error.ts'
import { newBudget } from '#cel/program.ts'
import { CelError, perObjectLimit } from '#cel/types.ts'
import { fromCel } from '#cel/values.ts'
import type { ResourceDefinition } from '#api/types.ts'
import type { AdmissionAttributes } from '../../types.ts'
import { expression } from '../expressions.ts'
import { convert, ownDefinition, replaceObject } from '../kinds.ts'
import type { Matched } from '../rules.ts'
import { subjectOf } from '../webhook/invoke.ts'
import { takeTypeNames, withoutConstructors } from './construct.ts'
import { policyVariables } from './evaluation.ts'
import type { PolicyContext } from './index.ts'

export interface MutationInput {
  readonly mutation: Mutation
  readonly variables: readonly Variable[] | undefined
  readonly matched: Matched
  readonly params: KubeObject | undefined
}

/** Changes `attributes.object`. Throws Error with what the failure policy is for, or the StatusError of what it is not for. */
export async function mutate(context: PolicyContext, { mutation, variables, matched, params }: MutationInput, attributes: AdmissionAttributes): Promise<void> {
  // Each mutation sees what the one before it did.
  const subject = await subjectOf(attributes, matched)
  const { object, oldObject } = subject
  const budget = newBudget(perObjectLimit)
  const namespace = await context.matcher.namespaceOf(attributes)
  const visible = policyVariables({ attributes, subject, object, oldObject, authorizer: context.authorizer, namespace, params }, variables, budget)
  const isPatch = mutation.patchType === 'JSONPatch'
  const text = (isPatch ? mutation.jsonPatch?.expression : mutation.applyConfiguration?.expression) ?? ''
  let value: unknown
  try {
    value = fromCel(await expression(withoutConstructors(text)).evaluate(visible, budget))
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    throw new Error(`expression '${text}' resulted in error: ${error.message}`, { cause: error })
  }
  const own = ownDefinition(attributes, matched.definition)
  const of = own && (matched.convertTo ?? own)
  const mutated = isPatch ? patched(object!, value, of) : applied(object!, value, of, attributes)
  await write(attributes, mutated, matched)
}

function patched(object: KubeObject, value: unknown, of: ResourceDefinition | undefined): unknown {
  if (!Array.isArray(value)) throw new Error('type mismatch: JSONPatchType.expression should evaluate to array')
  // Upstream writes both paths always.
  const operations = value.map((each) => ({ op: '', path: '', ...(checkedTypes(each) as object) }))
  let result: unknown
  try {
    result = applyJsonPatch(object as never, operations as never)
  } catch (error) {
    // A patch whose test fails is none.
    if (isFailedTest(error)) return object
    const cause = error instanceof StatusError && error.cause instanceof Error ? error.cause : (error as Error)
    throw new Error(`JSON Patch: ${cause.message}`, { cause: error })
  }
  if (!of || of.custom) return result
  const { apiVersion, kind } = result as KubeObject
  if (apiVersion !== object.apiVersion)
    throw internalError(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"`,
    )
  try {
    const { strictErrors } = decodeObject(of.schema, result)
    if (strictErrors.length > 0) throw new Error(`strict decoding error: ${strictErrors.join(', ')}`)
  } catch (error) {
    throw internalError((error as Error).message, error)
  }
  return result
}

/** As server-side apply merges, with nobody becoming an owner. */
function applied(object: KubeObject, value: unknown, of: ResourceDefinition | undefined, { group, version, kind }: AdmissionAttributes): unknown {
  if (!of)
    throw new Error(
      `error applying patch: failed to convert patch object to typed object: no corresponding type for ${group ? `${group}/` : ''}${version}, Kind=${kind}`,
    )
  if (typeof value !== 'object' || value === null) throw new Error('type mismatch: ApplyConfigurationType.expression should evaluate to Object')
  const apiVersion = of.group === '' ? of.version : `${of.group}/${of.version}`
  const configuration = { ...(checkedTypes(value) as object), apiVersion, kind: of.kind }
  try {
    const merged = mergeConfiguration(of.custom?.mergeType ?? mergeTypeOf(of.schema), { ...object, apiVersion, kind: of.kind }, configuration)
    // Of an item that is merged in nothing else is known.
    return of.custom ? merged : decodeObject(of.schema, merged).object
  } catch (error) {
    throw new Error(`error applying patch: ${(error as Error).message}`, { cause: error })
  }
}

function checkedTypes(value: unknown): unknown {
  const { plain, errors } = takeTypeNames(value)
  if (errors.length > 0) throw new Error(`type mismatch: ${errors.join('\n')}`)
  return plain
}

async function write(attributes: AdmissionAttributes, mutated: unknown, matched: Matched): Promise<void> {
  const { convertTo } = matched
  const definition = ownDefinition(attributes, matched.definition)
  const target = attributes.object!
  const own = definition && convertTo ? await convert(mutated as KubeObject, convertTo, definition) : mutated
  replaceObject(target, own, definition)
}
