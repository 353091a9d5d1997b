/** What the audit log is told of each call of a webhook (apiserver's plugin/webhook: the annotators of its two dispatchers). */
import type { AdmissionAttributes } from '../../types.ts'
import { escapeMarkup } from '#apimachinery/codec/go-json.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'

export interface Called {
  readonly attributes: AdmissionAttributes
  readonly configuration: string
  readonly webhook: string
  /** 1: asked again, after another had changed the object. */
  readonly round: 0 | 1
  /** Its place among the webhooks. */
  readonly index: number
}

export function noteMutation(called: Called, mutated: boolean): void {
  const { attributes, configuration, webhook } = called
  attributes.annotate?.(`mutation.webhook.admission.k8s.io/${placeOf(called)}`, goJson({ configuration, webhook, mutated }))
}

/** Of who keeps bodies at all: a patch may hold what only they may see. */
export function notePatch(called: Called, operations: readonly object[]): void {
  const { attributes, configuration, webhook } = called
  const patch = operations.map((operation) => Object.fromEntries(Object.entries(operation).sort(([a], [b]) => (a < b ? -1 : 1))))
  const value = goJson({ configuration, webhook, patch, patchType: 'JSONPatch' })
  attributes.annotate?.(`patch.webhook.admission.k8s.io/${placeOf(called)}`, value, 'Request')
}

export function noteFailedOpen(called: Called, phase: 'mutation' | 'validating'): void {
  called.attributes.annotate?.(`failed-open.${phase}.webhook.admission.k8s.io/${placeOf(called)}`, called.webhook)
}

function placeOf({ round, index }: Called): string {
  return `round_${round}_index_${index}`
}

/** As encoding/json writes it, which escapes what HTML would read. */
function goJson(value: object): string {
  return escapeMarkup(writeJson(value))
}
