/**
 * The one error between storage and the wire: Kubernetes' `metav1.Status` of a failure.
 * Reasons, codes and message forms are those of k8s.io/apimachinery/pkg/api/errors.
 * Branch on the predicates below, never on message text.
 */
import type { Status, StatusCause, StatusDetails } from './gen/meta-v1.ts'

export interface StatusErrorInit {
  readonly code: number
  readonly reason: string
  readonly message: string
  readonly details?: StatusDetails | undefined
  readonly cause?: unknown
}

export class StatusError extends Error {
  override readonly name = 'StatusError'
  readonly code: number
  readonly reason: string
  readonly details: StatusDetails | undefined

  constructor({ code, reason, message, details, cause }: StatusErrorInit) {
    super(message, { cause })
    this.code = code
    this.reason = reason
    this.details = details
  }

  /** Anything thrown, as a StatusError: what is not one already becomes an InternalError (500). */
  static from(error: unknown): StatusError {
    if (error instanceof StatusError) return error
    const message = error instanceof Error ? error.message : String(error)
    return internalError(message, error)
  }

  /** From a Status that a server sent. */
  static fromStatus(status: Partial<Status>): StatusError {
    return new StatusError({
      code: status.code ?? 500,
      reason: status.reason ?? '',
      message: status.message ?? 'unknown error',
      details: status.details,
    })
  }

  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      ...(this.reason ? { reason: this.reason } : {}),
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    }
  }
}

/** A resource as error messages name it: plural and group ("deployments", "apps"). */
export interface GroupResource {
  readonly group: string
  readonly resource: string
}

/** "pods", "deployments.apps". */
export function qualified({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`
}

function about({ group, resource }: GroupResource, name: string, more: Partial<StatusDetails> = {}): StatusDetails {
  return { ...(name ? { name } : {}), ...(group ? { group } : {}), ...(resource ? { kind: resource } : {}), ...more }
}

export function notFound(of: GroupResource, name: string): StatusError {
  return new StatusError({ code: 404, reason: 'NotFound', message: `${qualified(of)} "${name}" not found`, details: about(of, name) })
}

export function alreadyExists(of: GroupResource, name: string): StatusError {
  return new StatusError({ code: 409, reason: 'AlreadyExists', message: `${qualified(of)} "${name}" already exists`, details: about(of, name) })
}

export function conflict(of: GroupResource, name: string, why: string): StatusError {
  return new StatusError({
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${why}`,
    details: about(of, name),
  })
}

export function forbidden(of: GroupResource, name: string, why: string): StatusError {
  const subject =
    of.resource === '' && of.group === '' ? 'forbidden: ' : name === '' ? `${qualified(of)} is forbidden: ` : `${qualified(of)} "${name}" is forbidden: `
  return new StatusError({ code: 403, reason: 'Forbidden', message: `${subject}${why}`, details: about(of, name) })
}

/** Each once, in brackets where there are several. */
export function aggregateText(causes: readonly StatusCause[]): string {
  const lines = [...new Set(causes.map((cause) => `${cause.field ? `${cause.field}: ` : ''}${cause.message ?? ''}`))]
  return lines.length === 1 ? lines[0]! : `[${lines.join(', ')}]`
}

/** `kind` is the Kind ("Pod"), as upstream's NewInvalid takes it; causes come from the field errors. */
export function invalid(kind: { group: string; kind: string }, name: string, causes: readonly StatusCause[]): StatusError {
  const summary = aggregateText(causes)
  const qualifiedKind = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: `${qualifiedKind} "${name}" is invalid: ${summary}`,
    details: { ...(name ? { name } : {}), ...(kind.group ? { group: kind.group } : {}), ...(kind.kind ? { kind: kind.kind } : {}), causes: [...causes] },
  })
}

export function badRequest(message: string, cause?: unknown): StatusError {
  return new StatusError({ code: 400, reason: 'BadRequest', message, cause })
}

export function unauthorized(message = 'Unauthorized'): StatusError {
  return new StatusError({ code: 401, reason: 'Unauthorized', message })
}

export function methodNotSupported(of: GroupResource, action: string): StatusError {
  return new StatusError({
    code: 405,
    reason: 'MethodNotAllowed',
    message: `${action} is not supported on resources of kind "${qualified(of)}"`,
    details: about(of, ''),
  })
}

export function notAcceptable(message: string): StatusError {
  return new StatusError({ code: 406, reason: 'NotAcceptable', message })
}

export function unsupportedMediaType(message: string): StatusError {
  return new StatusError({ code: 415, reason: 'UnsupportedMediaType', message })
}

export function requestEntityTooLarge(message: string): StatusError {
  return new StatusError({ code: 413, reason: 'RequestEntityTooLarge', message })
}

/** A watch or a page asked for a revision that compaction has removed. */
export function expired(message: string): StatusError {
  return new StatusError({ code: 410, reason: 'Expired', message })
}

export function gone(message: string): StatusError {
  return new StatusError({ code: 410, reason: 'Gone', message })
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError({ code: 429, reason: 'TooManyRequests', message, details: { retryAfterSeconds } })
}

export function serverTimeout(of: GroupResource, operation: string, retryAfterSeconds: number): StatusError {
  return new StatusError({
    code: 500,
    reason: 'ServerTimeout',
    message: `The ${operation} operation against ${qualified(of)} could not be completed at this time, please try again.`,
    details: about(of, operation, { retryAfterSeconds }),
  })
}

export function timeout(message: string, retryAfterSeconds = 0): StatusError {
  return new StatusError({ code: 504, reason: 'Timeout', message: `Timeout: ${message}`, details: { retryAfterSeconds } })
}

export function serviceUnavailable(message: string): StatusError {
  return new StatusError({ code: 503, reason: 'ServiceUnavailable', message })
}

export function internalError(message: string, cause?: unknown): StatusError {
  return new StatusError({
    code: 500,
    reason: 'InternalError',
    message: `Internal error occurred: ${message}`,
    details: { causes: [{ message }] },
    cause,
  })
}

function hasReason(error: unknown, reason: string): boolean {
  return error instanceof StatusError && error.reason === reason
}

export const isNotFound = (error: unknown): boolean => hasReason(error, 'NotFound')
export const isAlreadyExists = (error: unknown): boolean => hasReason(error, 'AlreadyExists')
export const isConflict = (error: unknown): boolean => hasReason(error, 'Conflict')
export const isForbidden = (error: unknown): boolean => hasReason(error, 'Forbidden')
export const isUnauthorized = (error: unknown): boolean => hasReason(error, 'Unauthorized')
export const isInvalid = (error: unknown): boolean => hasReason(error, 'Invalid')
export const isExpired = (error: unknown): boolean => hasReason(error, 'Expired') || hasReason(error, 'Gone')
export const isTooManyRequests = (error: unknown): boolean => hasReason(error, 'TooManyRequests')
