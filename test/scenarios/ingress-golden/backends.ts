/** The Services behind the cases' Ingresses: they answer with what they were asked, or what the question told them to answer. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Seen } from './ask.ts'
import type { Reply } from './cases.ts'

/** Endpoints of each Service that has some; `ask` is the one that is asked whether a request may pass. */
export const endpoints: Readonly<Record<string, number>> = { one: 1, two: 1, three: 1, pool: 3, ask: 1 }
/** A Service that nobody stands for. */
export const withoutEndpoints = 'none'

/** Its port is the caller's to choose; `hear` is told what it was asked. */
export function backend(name: string, hear: (seen: Seen) => void = () => {}): Server {
  const replyHeader = name === 'ask' ? 'x-test-auth' : 'x-test-reply'
  return createServer(async (request, response) => {
    const { status = 200, headers = {}, delayMs = 0 } = JSON.parse(String(request.headers[replyHeader] ?? '{}')) as Reply
    const body = await textOf(request)
    if (delayMs > 0) await sleep(delayMs)
    const { method = '', url = '' } = request
    const seen: Seen = { backend: name, method, url, headers: request.headers as Seen['headers'], ...(body === '' ? {} : { body: body.slice(0, 20) }) }
    hear(seen)
    response.sendDate = false
    response.writeHead(status, { 'content-type': 'application/json', ...(headers as Record<string, string>) })
    response.end(JSON.stringify(seen))
  })
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  try {
    for await (const chunk of request) text += chunk
  } catch {
    // The proxy gave up.
  }
  return text
}
