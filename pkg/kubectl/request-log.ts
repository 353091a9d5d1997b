/**
 * What `-v=6` and above tell of each request, in the lines of client-go (client-go/transport/round_trippers.go, rest/request.go
 * logBody): 6 the answer's status and time, 7 the request's headers, 8 the answer's headers and bodies up to 1 KiB, 9 a curl
 * command and bodies up to 10 KiB, 10 whole bodies. Credentials are masked.
 */
import { STATUS_CODES } from 'node:http'
import { quote } from '#template/print/quote.ts'
import type { RawResponse, Transport } from '#client/types.ts'

export interface RequestLogOptions {
  /** 6 to 10. */
  readonly level: number
  readonly server: string
  /** The kind of credentials that are sent as a header. */
  readonly scheme: 'Bearer' | 'Basic' | undefined
  readonly write: (text: string) => void
  readonly now: () => number
  readonly pid: number
}

/** A value, or lines. */
type Pairs = readonly (readonly [key: string, value: string | number])[]

export function withRequestLog(inner: Transport, options: RequestLogOptions): Transport {
  const { level, server, scheme } = options
  const tell = (where: string, message: string, pairs: Pairs): void => options.write(line(where, message, pairs, options))
  const body = (message: string, content: string | Uint8Array): void => tell('helper.go:105', message, [['body', shown(content, level)]])
  return {
    async request(raw) {
      const verb: Pairs = [
        ['verb', raw.method],
        ['url', server + raw.path],
      ]
      const sent = { ...raw.headers, ...(scheme ? { authorization: `${scheme} <masked>` } : {}) }
      if (level >= 8) body('Request Body', raw.body ?? '')
      if (level >= 9) tell('round_trippers.go:527', 'Request', [['curlCommand', curl(raw.method, server + raw.path, sent)]])
      else if (level >= 7) tell('round_trippers.go:527', 'Request', [...verb, ['headers', headerLines(sent)]])
      const begun = options.now()
      const answered = (status: string, headers: Readonly<Record<string, string>>): void =>
        tell('round_trippers.go:632', 'Response', [
          ...(level === 6 || level >= 9 ? verb : []),
          ['status', status],
          ...(level >= 8 ? ([['headers', headerLines(headers)]] as const) : []),
          ['milliseconds', options.now() - begun],
        ])
      try {
        const response = await inner.request(raw)
        answered(`${response.status} ${STATUS_CODES[response.status] ?? ''}`.trim(), response.headers)
        return level >= 8 ? toldWhenRead(response, (content) => body('Response Body', content)) : response
      } catch (error) {
        answered('', {})
        throw error
      }
    },
    close: () => inner.close(),
  }
}

/** A stream has no end to wait for: it is not told of. */
function toldWhenRead(response: RawResponse, tell: (content: string | Uint8Array) => void): RawResponse {
  const { status, headers } = response
  return {
    status,
    headers,
    stream: () => response.stream(),
    async text() {
      const text = await response.text()
      tell(text)
      return text
    },
    async bytes() {
      const bytes = await response.bytes()
      tell(bytes)
      return bytes
    },
  }
}

function shown(content: string | Uint8Array, level: number): string {
  const bytes = typeof content === 'string' ? Buffer.from(content) : Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const text = bytes.some((byte) => byte < 0x0a) ? hexDump(bytes) : bytes.toString('utf8')
  const most = level >= 10 ? Number.POSITIVE_INFINITY : level === 9 ? 10_240 : 1024
  return text.length <= most ? text : `${text.slice(0, most)} [truncated ${text.length - most} chars]`
}

/** As Go's encoding/hex.Dump: 16 bytes a line, and what of them can be read. */
function hexDump(bytes: Uint8Array): string {
  const hex = (byte: number): string => byte.toString(16).padStart(2, '0')
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)]
    const halves = [row.slice(0, 8), row.slice(8)].map((half) => half.map(hex).join(' ').padEnd(23))
    const read = row.map((byte) => (byte >= 32 && byte <= 126 ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`${at.toString(16).padStart(8, '0')}  ${halves.join('  ')}  |${read}|\n`)
  }
  return lines.join('')
}

const canonical = (name: string): string => name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase())

function headerLines(headers: Readonly<Record<string, string>>): string {
  const named = Object.entries(headers).map(([name, value]) => `${canonical(name)}: ${value}\n`)
  return named.sort().join('')
}

function curl(method: string, url: string, headers: Readonly<Record<string, string>>): string {
  const given = Object.entries(headers).map(([name, value]) => ` -H ${quote(`${canonical(name)}: ${value}`)}`)
  return `curl -v -X${method} ${given.join('')} '${url}'\n`
}

/** As klog: `I1129 11:47:11.411000   15621 round_trippers.go:632] "Response" verb="GET" …`; what has lines stands on lines of its own. */
function line(where: string, message: string, pairs: Pairs, { now, pid }: RequestLogOptions): string {
  const at = new Date(now())
  const two = (value: number): string => String(value).padStart(2, '0')
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')
  const head = `I${two(at.getMonth() + 1)}${two(at.getDate())} ${time}.${String(at.getMilliseconds()).padStart(3, '0')}000 ${String(pid).padStart(7)} ${where}]`
  return `${head} "${message}"${pairs.map(([key, value]) => ` ${key}=${typeof value === 'number' ? value : written(value)}`).join('')}\n`
}

function written(value: string): string {
  if (!value.includes('\n')) return quote(value)
  const lines = value.replace(/\n$/, '').split('\n')
  return `<\n${lines.map((each) => `\t${withoutEscapes(each)}\n`).join('')} >`
}

/** What a terminal would obey is shown instead. */
const withoutEscapes = (text: string): string => text.replace(/[^\P{Cc}\t]/gu, (each) => quote(each).slice(1, -1))
