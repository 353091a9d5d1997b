/** Conversion by webhook (apiextensions' webhook_converter): ConversionReview out and back, metadata kept but labels and annotations. */
import { randomUUID } from 'node:crypto'
import type { CustomResourceDefinition } from '#api/gen/apiextensions/v1.ts'
import { gvkText, type KubeObject, type Status } from '#apimachinery/object.ts'
import { internalError } from '#apimachinery/status-error.ts'
import type { WebhookClient } from '../admission/webhook/client.ts'
import type { Convert } from './kind.ts'
import { readJson, writeJson } from '#apimachinery/codec/exact-json.ts'

interface ConversionReview {
  readonly kind?: string
  readonly apiVersion?: string
  readonly response?: { readonly uid?: string; readonly convertedObjects?: readonly KubeObject[]; readonly result?: Partial<Status> }
}

const timeoutMs = 30_000
const known = ['v1', 'v1beta1']

/** Undefined: the versions differ in name alone. */
export function converterOf({ spec }: CustomResourceDefinition, client: WebhookClient): Convert | undefined {
  const { conversion } = spec
  if (conversion?.strategy !== 'Webhook' || !conversion.webhook?.clientConfig) return undefined
  const { clientConfig, conversionReviewVersions } = conversion.webhook
  const version = conversionReviewVersions.find((each) => known.includes(each))
  return async (objects, apiVersion) => {
    if (objects.length === 0) return []
    const of = gvkText(objects[0]!)
    if (!version) throw internalError('no supported conversion review versions')
    const review = `apiextensions.k8s.io/${version}`
    const uid = randomUUID()
    try {
      const body = writeJson({ kind: 'ConversionReview', apiVersion: review, request: { uid, desiredAPIVersion: apiVersion, objects } })
      const { status, text } = await client.call({ config: clientConfig, body, timeoutMs })
      if (status < 200 || status > 299) throw new Error(`the server responded with the status code ${status} but did not return more information`)
      const converted = readReview(readJson(text) as ConversionReview, review, uid)
      if (converted.length !== objects.length) throw new Error(`returned ${converted.length} objects, expected ${objects.length}`)
      return converted.map((each, index) => checked(objects[index]!, each, apiVersion, index))
    } catch (error) {
      throw internalError(`conversion webhook for ${of} failed: ${error instanceof Error ? error.message : String(error)}`, error)
    }
  }
}

function readReview({ kind = '', apiVersion = '', response }: ConversionReview, expected: string, uid: string): readonly KubeObject[] {
  if (expected.endsWith('/v1') && (kind !== 'ConversionReview' || apiVersion !== expected)) {
    throw new Error(`expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got ${apiVersion}, Kind=${kind}`)
  }
  if (!response) throw new Error('no response provided')
  if (expected.endsWith('/v1') && response.uid !== uid)
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`)
  const { status = '', message } = response.result ?? {}
  if (status !== 'Success') throw new Error(message || `response.result.status was '${status}', not 'Success'`)
  return response.convertedObjects ?? []
}

/** What a webhook may not change is as it was. */
function checked(original: KubeObject, converted: KubeObject, apiVersion: string, index: number): KubeObject {
  const wrong = (why: string) => new Error(`invalid converted object at index ${index}: ${why}`)
  if (converted.apiVersion !== apiVersion) throw wrong(`invalid groupVersion (expected ${apiVersion}, received ${converted.apiVersion ?? ''})`)
  if (converted.kind !== original.kind) throw wrong(`invalid kind (expected ${original.kind}, received ${converted.kind ?? ''})`)
  if (!converted.metadata) throw wrong('missing metadata in converted object')
  for (const key of ['name', 'namespace', 'uid'] as const) {
    const [before, after] = [original.metadata[key] ?? '', converted.metadata[key] ?? '']
    if (before !== after) throw wrong(`must have the same ${key === 'uid' ? 'UID' : key}: ${before} != ${after}`)
  }
  const { labels: _, annotations: __, ...metadata } = original.metadata
  const { labels, annotations } = converted.metadata
  return { ...converted, metadata: { ...metadata, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) } }
}
