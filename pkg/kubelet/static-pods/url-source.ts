/** staticPodURL: manifests from a web server, asked each httpCheckFrequency. */
import type { Pod } from '#api/gen/core/v1.ts'
import { type Clock, sleep } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import { decodeManifest } from './decode-pod.ts'

export interface UrlSourceOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly checkMs: number
  readonly nodeName: string
  readonly clock: Clock
  readonly log: Logger
  readonly signal: AbortSignal
  readonly onPods: (pods: readonly Pod[]) => void
}

/** Upstream's: of the request and of the answer. */
const timeoutMs = 10_000
const maxBytes = 10 * 1024 * 1024

export async function followUrl(options: UrlSourceOptions): Promise<void> {
  const { url, checkMs, nodeName, clock, log, signal, onPods } = options
  let known = ''
  while (!signal.aborted) {
    try {
      const text = await read(options)
      if (text !== known) {
        onPods(decodeManifest(text, { source: 'http', from: url, nodeName, nowMs: clock.now() }))
        known = text
      }
    } catch (error) {
      if (!signal.aborted) log.warn('cannot read the static pods', { url, error })
    }
    await sleep(clock, checkMs, signal)
  }
}

async function read({ url, headers, signal }: UrlSourceOptions): Promise<string> {
  const response = await fetch(url, {
    headers: Object.entries(headers).flatMap(([name, values]) => values.map((value): [string, string] => [name, value])),
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  })
  if (response.status !== 200) throw new Error(`${url}: ${response.status} ${response.statusText}`)
  const body = Buffer.from(await response.arrayBuffer())
  if (body.length === 0) throw new Error(`zero-length data received from ${url}`)
  if (body.length > maxBytes) throw new Error(`${url} answered with more than ${maxBytes} bytes`)
  return body.toString('utf8')
}
