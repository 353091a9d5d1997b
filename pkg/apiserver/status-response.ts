/** A failure as the client asked for its answers: JSON (indented where asked), YAML or protobuf. */
import { StatusSchema } from '#apimachinery/gen/meta-v1.ts'
import { StatusError } from '#apimachinery/status-error.ts'
import { negotiate, type Output } from './negotiation.ts'
import { encoded } from './registry/output.ts'
import { fromStoreError } from './store-error.ts'
import type { ApiRequest, ApiResponse } from './types.ts'

/** Undefined for what is no refusal: the recovery at the outside logs it, and answers. */
export function statusResponse(request: Pick<ApiRequest, 'headers' | 'query'>, error: unknown): ApiResponse | undefined {
  const failure = fromStoreError(error) ?? error
  if (!(failure instanceof StatusError)) return undefined
  const retryAfter = failure.details?.retryAfterSeconds
  const response = encoded(failure.code, outputOf(request), failure.toStatus(), StatusSchema)
  if (retryAfter) response.headers['retry-after'] = String(retryAfter)
  return response
}

/** The answer, a refusal as one too, for who has to write on either; anything else is thrown on. */
export function answered(request: ApiRequest, answer: Promise<ApiResponse>): Promise<ApiResponse> {
  return answer.catch((error: unknown) => {
    const refusal = statusResponse(request, error)
    if (refusal) return refusal
    throw error
  })
}

const scope = { transforms: true, protobuf: true }

/** A request that names nothing there is gets its answer in JSON, indented whoever asks. */
function outputOf(request: Pick<ApiRequest, 'headers' | 'query'>): Output {
  try {
    return negotiate(request, scope)
  } catch {
    return { mediaType: 'json', as: 'object', metaVersion: 'v1', pretty: true }
  }
}
