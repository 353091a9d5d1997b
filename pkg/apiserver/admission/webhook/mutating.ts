/** MutatingAdmissionWebhook: webhooks one after another, each on what the one before made of the object. */
import type { MutatingWebhook } from '#api/gen/admissionregistration/v1.ts'
import { mutatingWebhookConfigurations } from '#api/gen/resources.ts'
import { semanticEqual } from '#api/semantic-equal.ts'
import { applyJsonPatch } from '#apimachinery/patch/index.ts'
import { syntaxError } from '#apimachinery/codec/json-syntax.ts'
import type { KubeObject } from '#apimachinery/object.ts'
import { internalError, StatusError } from '#apimachinery/status-error.ts'
import type { AdmissionPlugin } from '../../types.ts'
import { convert, ownDefinition, replaceObject } from '../kinds.ts'
import { newReinvocation, type Reinvocation, type Rounds, roundsOf } from '../reinvocation.ts'
import { isExemptFromWebhooks } from '../rules.ts'
import { type Called, noteFailedOpen, noteMutation, notePatch } from './annotations.ts'
import { CallError, conditionsHold, invoke, subjectOf } from './invoke.ts'
import type { ReviewResponse, ReviewSubject } from './review.ts'
import { type Sourced, webhookSource } from './source.ts'
import type { WebhookContext } from './index.ts'
import { readJson } from '#apimachinery/codec/exact-json.ts'

export function mutatingAdmissionWebhook(context: WebhookContext): AdmissionPlugin {
  const source = webhookSource<MutatingWebhook>(context, mutatingWebhookConfigurations)
  return {
    name: 'MutatingAdmissionWebhook',
    handles: (attributes) => !isExemptFromWebhooks(attributes),
    async admit(attributes) {
      const hooks = await source()
      if (hooks.length === 0) return
      const reinvocation = attributes.reinvocation ?? newReinvocation()
      const rounds = roundsOf(reinvocation, 'MutatingAdmissionWebhook', attributes.object)
      const round = reinvocation.isAgain ? 1 : 0
      try {
        for (const [index, hook] of hooks.entries()) {
          if (round === 1 && !rounds.runsAgain(hook.id)) continue
          await ask(context, hook, { attributes, round, index }, reinvocation, rounds)
        }
      } finally {
        rounds.left(attributes.object)
      }
    },
  }
}

async function ask(
  context: WebhookContext,
  { webhook, configuration, id }: Sourced<MutatingWebhook>,
  call: Pick<Called, 'attributes' | 'round' | 'index'>,
  reinvocation: Reinvocation,
  rounds: Rounds,
): Promise<void> {
  const { rules, matchPolicy, namespaceSelector, objectSelector } = webhook
  const { attributes } = call
  const called: Called = { ...call, configuration, webhook: webhook.name }
  const matched = await context.matcher.match({ rules, matchPolicy, namespaceSelector, objectSelector }, attributes)
  if (!matched) return
  const subject = await subjectOf(attributes, matched)
  if (!(await conditionsHold(webhook, attributes, subject, context.authorizer))) return
  let changed = false
  try {
    changed = await applyResponse(await invoke(context.webhooks, webhook, attributes, subject, true), webhook, called, subject)
  } catch (error) {
    if (!(error instanceof CallError)) throw error
    if (webhook.failurePolicy !== 'Ignore') throw internalError(error.message, error)
    context.log.warn('failed calling webhook, failing open', { webhook: webhook.name, error: error.message })
    noteFailedOpen(called, 'mutation')
  } finally {
    noteMutation(called, changed)
  }
  if (changed) {
    rounds.changed()
    reinvocation.isWanted = true
  }
  if (webhook.reinvocationPolicy === 'IfNeeded') rounds.ran(id)
}

function operationsIn(text: string, webhook: string): unknown[] {
  const wrong = (why: string, cause?: unknown): CallError =>
    new CallError(`failed calling webhook ${webhook}: received undecodable patch in webhook response: ${why}`, { cause })
  let operations: unknown
  try {
    operations = readJson(text)
  } catch (error) {
    throw wrong(syntaxError(text), error)
  }
  if (Array.isArray(operations)) return operations
  throw wrong(`json: cannot unmarshal ${typeof operations} into Go value of type jsonpatch.Patch`)
}

/** What has become of another kind cannot be read. */
function checkKind(before: KubeObject, { kind, apiVersion }: KubeObject): void {
  if (kind === before.kind && apiVersion === before.apiVersion) return
  throw internalError(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:110"`)
}

async function applyResponse(
  { patch, patchType }: ReviewResponse,
  { name }: MutatingWebhook,
  called: Called,
  { object, matched }: ReviewSubject,
): Promise<boolean> {
  if (!patch) return false
  const { attributes } = called
  const of = JSON.stringify(name)
  const operations = operationsIn(Buffer.from(patch, 'base64').toString(), of)
  if (operations.length === 0) return false
  if (!attributes.object || !object) throw internalError(`admission webhook ${of} attempted to modify the object, which is not supported for this operation`)
  if (patchType !== undefined && patchType !== 'JSONPatch')
    throw new CallError(`failed calling webhook ${of}: unsupported patch type ${JSON.stringify(patchType)}`)
  let patched: any
  try {
    patched = applyJsonPatch(object as never, operations as never)
  } catch (error) {
    const cause = error instanceof StatusError && error.cause instanceof Error ? error.cause : (error as Error)
    throw internalError(cause.message, error)
  }
  checkKind(object, patched)
  const { convertTo } = matched
  const definition = ownDefinition(attributes, matched.definition)
  const before = structuredClone(attributes.object)
  replaceObject(attributes.object, definition && convertTo ? await convert(patched, convertTo, definition) : patched, definition)
  notePatch(called, operations as readonly object[])
  return !semanticEqual(before, attributes.object, definition?.custom ? undefined : definition?.schema)
}
