/** What client-go makes of a webhook's answer: the review in it, or what is wrong with the call. */
import { readJson } from '#apimachinery/codec/exact-json.ts'
import { syntaxError } from '#apimachinery/codec/json-syntax.ts'
import type { WebhookAnswer } from './client.ts'

/** In the words of client-go's errors for a POST; the text is the server's own. */
const wordsOf: Readonly<Record<number, (text: string) => string>> = {
  400: () => 'the server rejected our request for an unknown reason',
  401: () => 'the server has asked for the client to provide credentials',
  403: (text) => text,
  404: () => 'the server could not find the requested resource',
  405: () => 'the server does not allow this method on the requested resource',
  406: (text) => (text === '' || text === 'unknown' ? 'the server was unable to respond with a content type that the client supports' : text),
  409: () => 'the server reported a conflict',
  415: (text) => text,
  422: () => 'the server rejected our request due to an error in our request',
  429: () => 'the server has received too many requests and has asked us to try again later',
  503: () => 'the server is currently unable to handle the request',
  504: () => 'the server was unable to return a response in the time allotted, but may still be processing the request',
}

const maxShown = 2048

/** What is asked of a webhook, by the kind of its answer. */
export interface ReviewKind {
  readonly group: string
  readonly kind: string
  /** Throws Error for fields of `response` that have another type. */
  checkFields(response: Record<string, unknown>): void
}

const admission: ReviewKind = { group: 'admission.k8s.io', kind: 'AdmissionReview', checkFields: checkAdmissionFields }

/** Throws Error with what follows "failed to call webhook: ". */
export function reviewIn({ status, text, contentType }: WebhookAnswer, apiVersion: string, of: ReviewKind = admission): unknown {
  if (status < 200 || status > 299) throw new Error(statusIn(text) ?? unexpected(status, text, contentType))
  if (text === '') throw new Error(`0-length response with status code: ${status} and content type: ${contentType}`)
  const review = parsed(text) as { kind?: unknown; apiVersion?: unknown; response?: Record<string, unknown> | null }
  const { kind = of.kind, apiVersion: given = apiVersion } = review
  const [group, version] = String(given).split('/')
  if (kind !== of.kind || group !== of.group || !['v1', 'v1beta1'].includes(version!))
    throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(given)} in scheme "pkg/runtime/scheme.go:110"`)
  const wanted = apiVersion.split('/')[1]!
  if (version !== wanted) throw new Error(`converting (${version}.${of.kind}) to (${wanted}.${of.kind}): unknown conversion`)
  if (review.response) of.checkFields(review.response)
  return review
}

function parsed(text: string): object {
  let value: unknown
  try {
    value = readJson(text)
  } catch (error) {
    // What is no JSON is read as YAML by upstream, of which a text is a string.
    if (!/^\s*[[{]/.test(text)) value = text
    else throw new Error(`couldn't get version/kind; json parse error: ${syntaxError(text)}`, { cause: error })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  const what = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
  const into = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
  throw new Error(`couldn't get version/kind; json parse error: json: cannot unmarshal ${what} into Go value of type ${into}`)
}

const types: readonly (readonly [field: string, type: 'boolean' | 'string' | 'object', goType: string])[] = [
  ['uid', 'string', 'types.UID'],
  ['allowed', 'boolean', 'bool'],
  ['patchType', 'string', 'v1.PatchType'],
  ['patch', 'string', '[]uint8'],
]

function checkAdmissionFields(response: Record<string, unknown>): void {
  for (const [field, type, goType] of types) {
    const value = response[field]
    if (value === undefined || value === null || typeof value === type) continue
    const what = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value
    throw new Error(`json: cannot unmarshal ${what} into Go struct field AdmissionResponse.response.${field} of type ${goType}`)
  }
  const at = typeof response.patch === 'string' ? response.patch.replaceAll(/[\r\n]/g, '').search(/[^A-Za-z0-9+/=]/) : -1
  if (at >= 0) throw new Error(`illegal base64 data at input byte ${at}`)
}

function statusIn(text: string): string | undefined {
  try {
    const { kind, apiVersion, status, message } = readJson(text) as Record<string, unknown>
    return kind === 'Status' && apiVersion === 'v1' && status === 'Failure' && typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}

function unexpected(status: number, text: string, contentType: string): string {
  const shown = contentType === '' || contentType.startsWith('text/') ? text.slice(0, maxShown).trim() : 'unknown'
  const words = wordsOf[status]
  if (words) return words(shown)
  return status >= 500
    ? `an error on the server (${JSON.stringify(shown)}) has prevented the request from succeeding`
    : `the server responded with the status code ${status} but did not return more information`
}
