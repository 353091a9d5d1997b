/** Puts a review (TokenReview, SubjectAccessReview) to a server that a kubeconfig names (docs: "Webhook mode"). */
import { kubeconfigTransport, loadKubeconfig, transportOptions } from '#client/kubeconfig.ts'
import type { Transport } from '#client/types.ts'

/** Answers the review with its status; throws an Error when there is none. */
export type AskReview = (review: object, timeoutMs: number) => Promise<any>

export function reviewClient(transport: Transport, path: string): AskReview {
  return async (review, timeoutMs) => {
    const response = await transport.request({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(review),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    if (response.status < 200 || response.status > 299) throw new Error(`the server responded with the status code ${response.status}`)
    return JSON.parse(text)
  }
}

export function reviewClientOf(kubeconfigFile: string): AskReview {
  const kubeconfig = loadKubeconfig(kubeconfigFile)
  return reviewClient(kubeconfigTransport(kubeconfig), new URL(transportOptions(kubeconfig).server).pathname || '/')
}
