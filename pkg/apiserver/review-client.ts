/** Puts a review (TokenReview, SubjectAccessReview, ImageReview) to a server that a kubeconfig names (docs: "Webhook mode"). */
import { kubeconfigTransport, loadKubeconfig, transportOptions } from '#client/kubeconfig.ts'
import type { RawResponse, Transport } from '#client/types.ts'
import { inGoWords } from './network-words.ts'

/** Answers the review with its status; throws an Error when there is none, in the words of Go's client. */
export type AskReview = (review: object, timeoutMs: number) => Promise<any>

export function reviewClient(transport: Transport, server: string): AskReview {
  return async (review, timeoutMs) => {
    // The transport puts the server's own path first.
    const path = `${hasPath(server) ? '' : '/'}?timeout=${timeoutMs / 1000}s`
    const response = await post(transport, server, { path, body: JSON.stringify(review), timeoutMs })
    const text = await response.text()
    if (response.status < 200 || response.status > 299) throw new Error(refusal(response.status, text))
    return JSON.parse(text)
  }
}

export function reviewClientOf(kubeconfigFile: string): AskReview {
  const kubeconfig = loadKubeconfig(kubeconfigFile)
  return reviewClient(kubeconfigTransport(kubeconfig), transportOptions(kubeconfig).server)
}

const hasPath = (server: string): boolean => new URL(server).pathname !== '/'

async function post(
  transport: Transport,
  server: string,
  asked: { readonly path: string; readonly body: string; readonly timeoutMs: number },
): Promise<RawResponse> {
  try {
    return await transport.request({
      method: 'POST',
      path: asked.path,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: asked.body,
      signal: AbortSignal.timeout(asked.timeoutMs),
    })
  } catch (error) {
    const { hostname, port, protocol } = new URL(server)
    const target = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (protocol === 'http:' ? 80 : 443)) }
    throw new Error(`Post ${JSON.stringify(`${server.replace(/\/$/, '')}${asked.path}`)}: ${inGoWords(error, target)}`, { cause: error })
  }
}

/** What client-go makes of an answer that is no review: the message of a Status, or what the code means. */
function refusal(status: number, text: string): string {
  try {
    const { kind, message } = JSON.parse(text)
    if (kind === 'Status' && message) return String(message)
  } catch {
    // Some other text.
  }
  if (status === 500) return `an error on the server (${JSON.stringify(text.trim() || 'unknown')}) has prevented the request from succeeding`
  if (status === 404) return 'the server could not find the requested resource'
  return `the server responded with the status code ${status} but did not return more information`
}
