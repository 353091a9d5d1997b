/** One question to one server. */
import { createHash } from 'node:crypto'
import { Agent, request } from 'node:https'
import { normalise } from './normalise.ts'
import type { Answer, Question, Target } from './types.ts'

const longestMs = 30_000

/** An asker of one server; `close` ends its connections. */
export function asker({ server, headers = {}, tls }: Target): { ask(question: Question): Promise<Answer & { readonly body: unknown }>; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 4, ...tls })
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        const { method, path, body } = question
        const sent = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
        const typed = sent === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(sent)) }
        const outgoing = request(
          new URL(path, server),
          { method, agent, timeout: longestMs, headers: { ...headers, ...typed, ...question.headers } },
          (response) => {
            const chunks: Buffer[] = []
            response.on('data', (chunk: Buffer) => chunks.push(chunk))
            response.on('error', reject)
            response.on('end', () => resolve(answerOf(response.statusCode ?? 0, warningsOf(response.headers.warning), Buffer.concat(chunks))))
          },
        )
        outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer within ${longestMs} ms`)))
        outgoing.on('error', reject)
        outgoing.end(sent)
      }),
    close: () => agent.destroy(),
  }
}

function warningsOf(header: string | string[] | undefined): string[] {
  return header === undefined
    ? []
    : (Array.isArray(header) ? header : [header]).flatMap((line) => line.split(/, (?=299 )/)).map((line) => line.replace(/^299 - /, ''))
}

function answerOf(code: number, warnings: readonly string[], raw: Buffer): Answer & { readonly body: unknown } {
  const text = raw.toString('utf8')
  let body: unknown = text
  try {
    body = normalise(JSON.parse(text))
  } catch {
    // Not JSON: compared as it is.
  }
  const { kind, message } = (body ?? {}) as { kind?: string; message?: string }
  const said = [String(code), ...(kind === 'Status' && message ? [message] : [])].join(' ')
  const warned = warnings.map((each) => `\nWarning: ${each}`).join('')
  const hash = createHash('sha256')
    .update(JSON.stringify([code, warnings, body]))
    .digest('hex')
    .slice(0, 12)
  return { said: said + warned, hash, body }
}
