/** A client that asks one address over and over and remembers every failure. Bounded by `stop` and by its own end. */
import { Agent, get } from 'node:http'

export interface LoadResult {
  readonly requests: number
  readonly failures: readonly string[]
  readonly bodies: ReadonlyMap<string, number>
}

/** Four requests at a time, a connection each, until `stop` or `maxSeconds`. */
export function startLoad(url: string, maxSeconds = 120): { stop(): Promise<LoadResult> } {
  const failures: string[] = []
  const bodies = new Map<string, number>()
  let requests = 0
  let running = true
  const until = Date.now() + maxSeconds * 1000
  const worker = async (): Promise<void> => {
    while (running && Date.now() < until) {
      try {
        const body = await fetchText(url)
        bodies.set(body, (bodies.get(body) ?? 0) + 1)
      } catch (error) {
        if (failures.length < 100) failures.push(`${new Date().toISOString()} ${(error as Error).message}`)
      }
      requests++
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const workers = Array.from({ length: 4 }, worker)
  return {
    async stop() {
      running = false
      await Promise.all(workers)
      return { requests, failures, bodies }
    },
  }
}

/** One GET on a connection of its own; an HTTP error status rejects. */
export function fetchText(url: string, timeoutMs = 5_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: new Agent({ keepAlive: false }), timeout: timeoutMs }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () => (response.statusCode === 200 ? resolve(body) : reject(new Error(`HTTP ${response.statusCode}: ${body.slice(0, 200)}`))))
      response.on('error', reject)
    })
    request.on('timeout', () => request.destroy(new Error('timed out')))
    request.on('error', reject)
  })
}
