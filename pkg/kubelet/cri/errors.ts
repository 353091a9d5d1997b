/** A failed CRI call: gRPC's code, and the message in the form in which Go prints it, since events and statuses carry that text. */
export class CriError extends Error {
  override readonly name = 'CriError'
  readonly code: number
  readonly details: string

  constructor(code: number, details: string) {
    super(`rpc error: code = ${codeNames[code] ?? `Code(${code})`} desc = ${details}`)
    this.code = code
    this.details = details
  }
}

const codeNames = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
]

export const isCriNotFound = (error: unknown): boolean => error instanceof CriError && (error.code === 5 || / not found$|: not found/.test(error.details))
export const isDeadlineExceeded = (error: unknown): boolean => error instanceof CriError && error.code === 4
export const isUnavailable = (error: unknown): boolean => error instanceof CriError && error.code === 14
export const isUnimplemented = (error: unknown): boolean => error instanceof CriError && error.code === 12
