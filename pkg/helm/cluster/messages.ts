/** Failures of requests in the words of Go's client. */
import { StatusError } from '#apimachinery/status-error.ts'
import { type NetworkError, networkWords } from '../output/network-error.ts'

/** `server`: where the request went, for failures without an answer. */
export function goMessage(error: unknown, server = ''): string {
  if (!(error instanceof StatusError)) return error instanceof Error ? error.message : String(error)
  const cause = error.cause as NetworkError | undefined
  if (error.reason !== 'ServiceUnavailable' || !(cause instanceof Error)) return error.message
  const [, method = 'GET', path = ''] = /^([A-Z]+) (\S+):/.exec(error.message) ?? []
  const verb = method[0] + method.slice(1).toLowerCase()
  return `${verb} ${JSON.stringify(server + path)}: ${networkWords(cause)}`
}
