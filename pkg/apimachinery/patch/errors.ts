/** How the API server answers a patch it cannot apply. */
import { badRequest, StatusError } from '../status-error.ts'

/** The patch itself is malformed: 400. */
export function badPatch(message: string): StatusError {
  return badRequest(message)
}

/** The patch does not fit the object: upstream's generic 422, which hides the cause from the client's message. */
export function unprocessable(cause: string): StatusError {
  return new StatusError({
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
    details: {},
    cause: new Error(cause),
  })
}

/** What upstream has no answer of its own for: 500, and the cause for message. */
export function internal(message: string): StatusError {
  return new StatusError({ code: 500, reason: '', message })
}
