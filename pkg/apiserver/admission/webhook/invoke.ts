/** One webhook put to one request: conditions, call, answer (pkg/admission/plugin/webhook). */
import { randomUUID } from 'node:crypto'
import type { MutatingWebhook, ValidatingWebhook } from '#api/gen/admissionregistration/v1.ts'
import { omitEmpty } from '#apimachinery/codec/omit-empty.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { badRequest, forbidden, StatusError } from '#apimachinery/status-error.ts'
import { newBudget } from '#cel/program.ts'
import { CelError, perObjectLimit } from '#cel/types.ts'
import type { AdmissionAttributes, Authorizer } from '../../types.ts'
import { expression, variablesOf } from '../expressions.ts'
import { convert, ownDefinition } from '../kinds.ts'
import type { Matched } from '../rules.ts'
import type { WebhookClient } from './client.ts'
import { reviewIn } from './answer.ts'
import { readResponse, requestOf, type ReviewResponse, type ReviewSubject } from './review.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'

export type Webhook = ValidatingWebhook | MutatingWebhook

/** The webhook could not be asked, as opposed to one that refused. */
export class CallError extends Error {
  override readonly name = 'CallError'
}

export async function subjectOf(attributes: AdmissionAttributes, matched: Matched): Promise<ReviewSubject> {
  const { definition, convertTo } = matched
  const own = ownDefinition(attributes, definition)
  // They see what is written, which has no empty lists and maps that are left out.
  const form = async (object: KubeObject | undefined): Promise<KubeObject | undefined> => {
    const written = object && own && !own.custom ? omitEmpty(own.schema, object) : object
    return written && own && convertTo ? convert(written, own, convertTo) : written
  }
  const kind = own && convertTo ? convertTo : attributes
  return { matched, object: await form(attributes.object), oldObject: await form(attributes.oldObject), kind }
}

/** Of the conditions: none is left to say where all hold, a false one where one does not, or what went wrong with some. */
type Unmet = false | string

/** What keeps the conditions from holding; empty where they do. */
export async function conditionsOf(
  webhook: Pick<Webhook, 'matchConditions'>,
  attributes: AdmissionAttributes,
  subject: ReviewSubject,
  authorizer: Authorizer,
  params?: KubeObject,
): Promise<readonly Unmet[]> {
  const conditions = webhook.matchConditions ?? []
  if (conditions.length === 0) return []
  const variables = variablesOf({ attributes, subject, object: subject.object, oldObject: subject.oldObject, authorizer, params })
  const budget = newBudget(perObjectLimit / 4)
  const errors: string[] = []
  for (const { name, expression: text } of conditions) {
    try {
      const result = await expression(text, 'bool').evaluate(variables, budget)
      if (result === false) return [false]
      if (result !== true) errors.push(`match condition ${JSON.stringify(name)} did not evaluate to a bool`)
    } catch (error) {
      if (!(error instanceof CelError)) throw error
      errors.push(`expression '${text}' resulted in error: ${error.message}`)
    }
  }
  return errors
}

/** Undefined: nothing went wrong, they just do not hold. */
export function conditionErrors(unmet: readonly Unmet[]): string | undefined {
  const errors = unmet.filter((each) => each !== false)
  return errors.length === 0 ? undefined : errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`
}

/** Whether every condition holds; one that cannot be told counts as the failure policy says. */
export async function conditionsHold(
  webhook: Pick<Webhook, 'matchConditions' | 'failurePolicy'>,
  attributes: AdmissionAttributes,
  subject: ReviewSubject,
  authorizer: Authorizer,
): Promise<boolean> {
  const unmet = await conditionsOf(webhook, attributes, subject, authorizer)
  const problem = conditionErrors(unmet)
  if (problem === undefined || webhook.failurePolicy === 'Ignore') return unmet.length === 0
  throw forbidden({ group: attributes.resourceGroup ?? attributes.group, resource: attributes.resource }, attributes.name, problem)
}

/** Throws CallError, or the StatusError of a refusal. */
export async function invoke(
  client: WebhookClient,
  webhook: Webhook,
  attributes: AdmissionAttributes,
  subject: ReviewSubject,
  mutating: boolean,
): Promise<ReviewResponse> {
  const { name, sideEffects, timeoutSeconds = 10, clientConfig } = webhook
  if (attributes.dryRun && sideEffects !== 'None' && sideEffects !== 'NoneOnDryRun')
    throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`)
  const uid = randomUUID()
  const version = (webhook.admissionReviewVersions ?? []).find((each) => each === 'v1' || each === 'v1beta1')
  if (!version) throw callError(name, 'could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)')
  const apiVersion = `admission.k8s.io/${version}`
  const body = writeJson({ kind: 'AdmissionReview', apiVersion, request: requestOf(attributes, subject, uid) })
  let review: unknown
  try {
    review = reviewIn(await client.call({ config: clientConfig, body, timeoutMs: timeoutSeconds * 1000 }), apiVersion)
  } catch (error) {
    throw callError(name, `failed to call webhook: ${error instanceof Error ? error.message : String(error)}`)
  }
  let response: ReviewResponse
  try {
    response = readResponse(review, apiVersion, uid, mutating)
  } catch (error) {
    throw callError(name, `received invalid webhook response: ${error instanceof Error ? error.message : String(error)}`)
  }
  for (const warning of response.warnings ?? []) attributes.warn(warning)
  for (const [key, value] of Object.entries(response.auditAnnotations ?? {})) attributes.annotate?.(`${name}/${key}`, value)
  if (response.allowed !== true) throw refusal(name, response)
  return response
}

function callError(name: string, why: string): CallError {
  return new CallError(`failed calling webhook ${JSON.stringify(name)}: ${why}`)
}

function refusal(name: string, { status = {} }: ReviewResponse): StatusError {
  const { message, reason, code = 0, details } = status
  const by = `admission webhook ${JSON.stringify(name)} denied the request`
  return new StatusError({
    code: code < 400 ? 400 : code,
    reason: reason ?? '',
    message: message ? `${by}: ${message}` : reason ? `${by}: ${reason}` : `${by} without explanation`,
    details,
  })
}
