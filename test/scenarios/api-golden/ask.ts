/** One question to one server; one that cannot be asked has the error for its answer. */
import { createHash } from 'node:crypto'
import { Agent, request } from 'node:https'
import { readJson, writeJson } from '#apimachinery/codec/exact-json.ts'
import { normalise } from './normalise.ts'
import type { Answer, Question, Target } from './types.ts'

const longestMs = 20_000

/** An answer as it came. */
export interface Came {
  readonly body: unknown
  /** 0 of what could not be asked. */
  readonly code: number
  readonly warnings: readonly string[]
  readonly text: string
}

/** An asker of one server; `close` ends its connections. */
export function asker({ server, headers = {}, tls }: Target): { ask(question: Question): Promise<Answer & Came>; close(): void } {
  const agent = new Agent({ keepAlive: true, maxSockets: 4, ...tls })
  const nobody = new Agent({ rejectUnauthorized: false })
  return {
    ask: (question) =>
      new Promise((resolve) => {
        const { method, path, body, shows, lines, anonymous } = question
        const sent = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
        const typed = sent === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(sent)) }
        const outgoing = request(
          new URL(path, server),
          { method, agent: anonymous ? nobody : agent, timeout: longestMs, headers: { ...(anonymous ? {} : headers), ...typed, ...question.headers } },
          (response) => {
            const chunks: Buffer[] = []
            const answer = (): void => {
              const shown = shows && Object.fromEntries(shows.map((name) => [name, shownHeader(name, response.headers[name.toLowerCase()])]))
              resolve(
                answerOf(
                  response.statusCode ?? 0,
                  warningsOf(response.headers.warning),
                  withoutGenerated(firstLines(Buffer.concat(chunks).toString('utf8'), response.statusCode === 200 ? lines : undefined), body),
                  shown,
                  question.ends === undefined ? undefined : Buffer.concat(chunks).toString('utf8').slice(-2),
                ),
              )
            }
            response.on('data', (chunk: Buffer) => {
              chunks.push(chunk)
              if (lines === undefined || Buffer.concat(chunks).toString().split('\n').length <= lines) return
              answer()
              outgoing.destroy()
            })
            response.on('error', answer)
            response.on('end', answer)
          },
        )
        outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer within ${longestMs} ms`)))
        outgoing.on('error', ({ message }) => resolve({ said: message, hash: '', body: undefined, code: 0, warnings: [], text: message }))
        outgoing.end(sent)
      }),
    close: () => {
      agent.destroy()
      nobody.destroy()
    },
  }
}

/** Of a stream what was asked for: how much more came at once is chance. */
function firstLines(text: string, lines: number | undefined): string {
  return lines === undefined ? text : text.split('\n').slice(0, lines).join('\n')
}

function warningsOf(header: string | string[] | undefined): string[] {
  return header === undefined
    ? []
    : (Array.isArray(header) ? header : [header]).flatMap((line) => line.split(/, (?=299 )/)).map((line) => line.replace(/^299 - /, ''))
}

/** Of these only that they are there, as each answer has its own. */
const differing = new Set(['audit-id', 'x-kubernetes-pf-flowschema-uid', 'x-kubernetes-pf-prioritylevel-uid', 'date', 'etag', 'last-modified'])

function shownHeader(name: string, value: string | string[] | undefined): string | null {
  if (value === undefined) return null
  return differing.has(name.toLowerCase()) ? 'present' : String(value)
}

function answerOf(
  code: number,
  warnings: readonly string[],
  text: string,
  shown: Readonly<Record<string, string | null>> | undefined,
  end: string | undefined,
): Answer & Came {
  const read = bodyOf(text)
  const metadata = metadataOf(text)
  const { kind, message } = (read ?? {}) as { kind?: string; message?: string }
  const body = shown || end !== undefined ? { headers: shown, ...(end === undefined ? {} : { end }), body: read } : read
  const said = [String(code), ...(kind === 'Status' && message ? [message] : [])].join(' ')
  const warned = warnings.map((each) => `\nWarning: ${each}`).join('')
  const hash = createHash('sha256')
    .update(writeJson([code, warnings, body]))
    .digest('hex')
    .slice(0, 12)
  return { said: said + warned, hash, body, metadata, code, warnings, text }
}

const longestGeneratedPrefix = 58

/** The server's own part of a name that it made up. */
function withoutGenerated(text: string, sent: unknown): string {
  const prefix = (sent as { metadata?: { generateName?: unknown } } | undefined)?.metadata?.generateName
  if (typeof prefix !== 'string' || prefix === '') return text
  const start = prefix.slice(0, longestGeneratedPrefix)
  return text
    .split(start)
    .map((part, index) => (index === 0 ? part : part.replace(/^[bcdfghjklmnpqrstvwxz2456789]{5}(?![a-z0-9])/, 'RANDOM')))
    .join(start)
}

function metadataOf(text: string): Record<string, unknown> | undefined {
  try {
    return (readJson(text) as { metadata?: Record<string, unknown> } | null)?.metadata
  } catch {
    return undefined
  }
}

/** JSON, or one JSON text a line (a watch), or what else it is. */
function bodyOf(text: string): unknown {
  try {
    return normalise(readJson(text))
  } catch {
    try {
      return text
        .trimEnd()
        .split('\n')
        .map((line) => normalise(readJson(line)))
    } catch {
      return normalise(text)
    }
  }
}
