/** Conversion by webhook (apiextensions' webhook_converter): ConversionReview out and back, metadata kept but labels and annotations. */
import { randomUUID } from 'node:crypto'
import type { CustomResourceDefinition } from '#api/gen/apiextensions/v1.ts'
import { validateAnnotations, validateLabels } from '#api/meta/labels.ts'
import { writeJson } from '#apimachinery/codec/exact-json.ts'
import { jsonKind } from '#apimachinery/codec/errors.ts'
import { aggregateText, fieldErrorText, path } from '#apimachinery/field-error.ts'
import { gvkText, type KubeObject, parseApiVersion, type Status } from '#apimachinery/object.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import { type ReviewKind, reviewIn } from '../admission/webhook/answer.ts'
import type { WebhookClient } from '../admission/webhook/client.ts'
import type { Convert } from './kind.ts'

interface ConversionReview {
  readonly kind?: string
  readonly apiVersion?: string
  readonly response?: { readonly uid?: string; readonly convertedObjects?: readonly unknown[] | null; readonly result?: Partial<Status> } | null
}

const timeoutMs = 30_000
const known = ['v1', 'v1beta1']
const reviews: ReviewKind = {
  group: 'apiextensions.k8s.io',
  kind: 'ConversionReview',
  checkFields({ convertedObjects: objects }) {
    if (objects === undefined || objects === null || Array.isArray(objects)) return
    const field = 'ConversionResponse.response.convertedObjects'
    throw new Error(`json: cannot unmarshal ${jsonKind(objects)} into Go struct field ${field} of type []runtime.RawExtension`)
  },
}

/** Undefined: the versions differ in name alone. */
export function converterOf({ spec }: CustomResourceDefinition, client: WebhookClient): Convert | undefined {
  const { conversion } = spec
  if (conversion?.strategy !== 'Webhook' || !conversion.webhook?.clientConfig) return undefined
  const { clientConfig, conversionReviewVersions } = conversion.webhook
  const version = conversionReviewVersions.find((each) => known.includes(each))
  return async (objects, apiVersion) => {
    if (objects.length === 0) return []
    if (!version) throw failure('no supported conversion review versions')
    const about = `conversion webhook for ${gvkText(objects[0]!)}`
    const review = `apiextensions.k8s.io/${version}`
    const uid = randomUUID()
    let converted: readonly unknown[]
    try {
      const body = writeJson({ kind: 'ConversionReview', apiVersion: review, request: { uid, desiredAPIVersion: apiVersion, objects } })
      converted = objectsIn(reviewIn(await client.call({ config: clientConfig, body, timeoutMs }), review, reviews) as ConversionReview, review, uid)
    } catch (error) {
      throw failure(`${about} failed: ${error instanceof Error ? error.message : String(error)}`, error)
    }
    if (converted.length !== objects.length) throw failure(`${about} returned ${converted.length} objects, expected ${objects.length}`)
    return converted.map((each, index) => restored(about, objects[index]!, each, apiVersion, index))
  }
}

/** Upstream's converter throws what is no Status: its text is all that is told. */
function failure(message: string, cause?: unknown): StatusError {
  return new StatusError({ code: 500, reason: '', message, cause })
}

function objectsIn({ kind = '', apiVersion = '', response }: ConversionReview, expected: string, uid: string): readonly unknown[] {
  const isV1 = expected.endsWith('/v1')
  if (isV1 && (kind !== 'ConversionReview' || apiVersion !== expected)) {
    const { group, version } = parseApiVersion(apiVersion)
    throw new Error(`expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got ${group}/${version}, Kind=${kind}`)
  }
  if (!response) throw new Error('no response provided')
  if (isV1 && response.uid !== uid) throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`)
  const { status = '', message } = response.result ?? {}
  if (status !== 'Success') throw new Error(message || `response.result.status was '${status}', not 'Success'`)
  return response.convertedObjects ?? []
}

/** What a webhook may not change is as it was. */
function restored(about: string, original: KubeObject, given: unknown, apiVersion: string, index: number): KubeObject {
  if (given === null || given === undefined) throw failure('unexpected end of JSON input')
  const what = jsonKind(given)
  if (what !== 'object') throw failure(`json: cannot unmarshal ${what} into Go value of type map[string]interface {}`)
  const converted = given as KubeObject
  if (!converted.kind) throw failure(`Object 'Kind' is missing in '${writeJson(converted)}'`)
  const wrong = (why: string) => failure(`${about} returned invalid object at index ${index}: ${why}`)
  if (converted.apiVersion !== apiVersion) throw wrong(`invalid groupVersion (expected ${apiVersion}, received ${converted.apiVersion ?? ''})`)
  if (converted.kind !== original.kind) throw wrong(`invalid kind (expected ${original.kind}, received ${converted.kind})`)
  for (const key of ['name', 'namespace', 'uid'] as const) {
    const [before, after] = [original.metadata[key] ?? '', textOf(converted.metadata?.[key])]
    if (before !== after) throw failure(`${about} returned invalid object: must have the same ${key === 'uid' ? 'UID' : key}: ${before} != ${after}`)
  }
  const { labels: _, annotations: __, ...metadata } = original.metadata
  try {
    return {
      ...converted,
      metadata: {
        ...metadata,
        ...stringsOf('labels', converted.metadata.labels, original.metadata.labels),
        ...stringsOf('annotations', converted.metadata.annotations, original.metadata.annotations),
      },
    }
  } catch (error) {
    throw failure(`${about} returned invalid metadata: ${(error as Error).message}`, error)
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
type Strings = Readonly<Record<string, string>>

/** Looked at only where they have changed. */
function stringsOf(field: 'labels' | 'annotations', given: unknown, original: Strings = {}): { labels?: Strings; annotations?: Strings } {
  if (given === undefined || given === null) return {}
  if (typeof given !== 'object' || Array.isArray(given)) throw new Error(`invalid metadata.${field} of type ${goTypeOf(given)} in converted object`)
  const entries = Object.entries(given)
  for (const [key, value] of entries) {
    if (typeof value !== 'string') throw new Error(`metadata.${field}[${key}] must be a string, but is ${goTypeOf(value)} in converted object`)
  }
  if (entries.length !== Object.keys(original).length || entries.some(([key, value]) => original[key] !== value)) {
    const errors =
      field === 'labels' ? validateLabels(given as Strings, path('metadata', 'labels')) : validateAnnotations(given as Strings, path('metadata', 'annotation'))
    if (errors.length > 0) throw new Error(aggregateText(errors.map(fieldErrorText)))
  }
  return { [field]: given as Strings }
}

const goTypes: Readonly<Record<string, string>> = {
  null: '<nil>',
  array: '[]interface {}',
  object: 'map[string]interface {}',
  bool: 'bool',
  string: 'string',
}

/** As Go prints the type of what it read from JSON. */
function goTypeOf(value: unknown): string {
  return goTypes[jsonKind(value)] ?? (/^-?\d+$/.test(String(value)) ? 'int64' : 'float64')
}
