/** Puts the cases' questions to an ingress proxy, and says of the answers what is the same on any machine. */
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import type { Question } from './cases.ts'

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** What the backend was asked. */
  readonly seen?: Seen
  /** What the service was asked that says who may pass. */
  readonly asked?: Seen
}

export interface Seen {
  readonly backend: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string
}

export type Told =
  | Answer
  | { readonly status: number; readonly to?: string }
  | { readonly statuses: readonly number[]; readonly backends?: readonly string[] }
  | { readonly error: string }

export interface Place {
  readonly httpPort: number
  readonly httpsPort: number
  /** What AUTH stands for. */
  readonly asked: string
  /** Left out of what is told: the same wherever it was asked. */
  readonly addresses: readonly string[]
  /** What AUTH was asked since this was called last. */
  takeAsked(): Seen | undefined
}

const [agent, secureAgent] = [new Agent({ keepAlive: true, maxFreeSockets: 1 }), new SecureAgent({ keepAlive: true, maxFreeSockets: 1 })]

/** `text` with HOST and AUTH filled in. */
export const filled = (text: string, host: string, asked: string): string => text.replaceAll('HOST', host).replaceAll('AUTH', asked)

export async function ask(question: Question, host: string, place: Place): Promise<Told> {
  if (question.isBrief) return brief(await once(question, host, place))
  if (question.times === undefined) return (await once(question, host, place)) ?? { error: 'closed' }
  const statuses: number[] = []
  const backends = new Set<string>()
  for (let count = 0; count < question.times; count++) {
    const answer = await once(question, host, place)
    statuses.push(answer?.status ?? 0)
    backends.add(answer?.seen?.backend ?? '')
  }
  return { statuses, ...(backends.has('two') || backends.has('three') ? { backends: [...backends].sort() } : {}) }
}

function brief(answer: Answer | undefined): Told {
  if (!answer) return { error: 'closed' }
  const { status, seen, headers } = answer
  const to = seen ? `${seen.backend} ${seen.url}` : headers?.location
  return { status, ...(typeof to === 'string' ? { to } : {}) }
}

function once(question: Question, host: string, place: Place): Promise<Answer | undefined> {
  const { httpPort, httpsPort, asked } = place
  const { method = 'GET', path = '/', body, chunked = false, secure = false, reply, auth } = question
  const fill = (value: unknown) => JSON.parse(filled(JSON.stringify(value), host, asked)) as never
  const headers: Record<string, string> = {
    host: `${question.host ?? ''}${host}`,
    ...(question.headers ? fill(question.headers) : {}),
    ...(reply ? { 'x-test-reply': JSON.stringify(fill(reply)) } : {}),
    ...(auth ? { 'x-test-auth': JSON.stringify(fill(auth)) } : {}),
    ...(body === undefined ? {} : chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(body.length) }),
  }
  return new Promise((resolve) => {
    const common = { host: '127.0.0.1', port: secure ? httpsPort : httpPort, path, method, headers, setHost: false }
    const answered = async (response: IncomingMessage) => {
      let text = ''
      for await (const chunk of response.on('error', () => {})) text += chunk
      resolve(answerOf(response, text, (each) => each.replaceAll(asked, 'AUTH').replaceAll(host, 'HOST'), place))
    }
    const outgoing = secure
      ? secureRequest({ ...common, agent: secureAgent, servername: headers.host!.split(':')[0]!, rejectUnauthorized: false }, answered)
      : request({ ...common, agent }, answered)
    outgoing.on('error', () => resolve(undefined))
    outgoing.end(body)
  })
}

/** Those that say nothing of what was decided. */
const ignoredOfAnswers = new Set(['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'content-type', 'server', 'etag'])
const ignoredOfQuestions = new Set(['connection', 'x-test-reply', 'x-test-auth', 'transfer-encoding', 'content-length', 'x-forwarded-port'])

function answerOf(response: IncomingMessage, text: string, plain: (text: string) => string, { addresses, takeAsked }: Place): Answer {
  const headers = told(response.headers, ignoredOfAnswers, plain)
  const status = response.statusCode ?? 0
  const seen = text.startsWith('{"backend"') ? seenOf(JSON.parse(text) as Seen, plain, addresses) : undefined
  const permission = takeAsked()
  return {
    status,
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    ...(seen ? { seen } : {}),
    ...(permission ? { asked: askedOf(seenOf(permission, plain, addresses)) } : {}),
  }
}

/** Two headers that upstream sends with `auth-method` alone, and else lets clients forge. */
function askedOf({ headers, ...seen }: Seen): Seen {
  return { ...seen, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'x-original-uri' && name !== 'x-scheme')) }
}

function seenOf({ backend, method, url, headers, body }: Seen, plain: (text: string) => string, addresses: readonly string[]): Seen {
  const left = told(headers as IncomingHttpHeaders, ignoredOfQuestions, (text) =>
    addresses.reduce((result, each) => result.replaceAll(each, 'CLIENT'), plain(text)),
  )
  // Drawn at random where the client gave none.
  if (/^[\da-f]{32}(, [\da-f]{32})?$/.test(String(left['x-request-id']))) delete left['x-request-id']
  if (typeof left['x-ingress-name'] === 'string') left['x-ingress-name'] = left['x-ingress-name'].replace(/^h\d+-/, 'HOST-')
  return { backend, method, url: plain(url), headers: left, ...(body === undefined ? {} : { body }) }
}

function told(headers: IncomingHttpHeaders, ignored: ReadonlySet<string>, plain: (text: string) => string): Record<string, string | string[]> {
  const entries = Object.entries(headers).filter(([name, value]) => !ignored.has(name) && value !== undefined)
  return Object.fromEntries(
    entries.sort().map(([name, value]) => [name, Array.isArray(value) ? value.map((each) => cookie(plain(each))) : plain(String(value))]),
  )
}

/** Without what is another one each time: an endpoint's name, and the time. */
function cookie(text: string): string {
  return text.replace(/^([^=]+)=[\da-f|.]{32,}/, '$1=ENDPOINT').replace(/Expires=[^;]+/i, 'Expires=TIME')
}
