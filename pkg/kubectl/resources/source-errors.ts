/** Failures of what came from a file name the file (kubectl's AddSourceToErr). */
import { StatusError } from '#apimachinery/status-error.ts'

/** `verb` is what was being done: "creating", "patching". */
export function withSource(error: unknown, verb: string, source: string | undefined): unknown {
  if (!source || !(error instanceof StatusError)) return error
  const { code, reason, details, cause, message } = error
  return new StatusError({ code, reason, details, cause, message: `error when ${verb} ${JSON.stringify(source)}: ${message}` })
}
