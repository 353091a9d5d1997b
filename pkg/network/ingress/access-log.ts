/** The access log, a line a request in ingress-nginx's format (upstreaminfo). One file and the one before it, of bounded size. */
import { appendFile, rename, stat } from 'node:fs/promises'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/log.ts'
import type { Exchange } from './exchange.ts'

const flushMs = 1_000
/** Lines that wait for the disk; beyond it they are lost, and counted. */
const bufferBytes = 1 << 20
const fileBytes = 10 << 20

export interface AccessLog {
  record(exchange: Exchange): void
  flush(): Promise<void>
}

export function createAccessLog(path: string, { clock, log }: { readonly clock: Clock; readonly log: Logger }): AccessLog {
  let lines: string[] = []
  let bytes = 0
  let lost = 0
  let due = false
  let writing = Promise.resolve()
  async function write(): Promise<void> {
    const text = lines.join('')
    lines = []
    bytes = 0
    if (text === '') return
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    )
    if (size > 0 && size + text.length > fileBytes) await rename(path, `${path}.1`)
    await appendFile(path, text, { mode: 0o640 })
  }
  function flush(): Promise<void> {
    due = false
    if (lost > 0) log.warn('lines of the access log were lost', { lost })
    lost = 0
    writing = writing.then(write).catch((error) => log.error('the access log cannot be written', { error }))
    return writing
  }
  return {
    record(exchange) {
      if (exchange.location?.options.accessLog === false) return
      const line = accessLine(exchange)
      if (bytes + line.length > bufferBytes) {
        lost++
        return
      }
      lines.push(line)
      bytes += line.length
      if (due) return
      due = true
      clock.after(flushMs, () => void flush())
    },
    flush,
  }
}

export function accessLine(exchange: Exchange): string {
  const { facts, location, backend, tries, isCanary } = exchange
  const main = location?.backend
  const header = (name: string) => quoted(String(facts.headers[name] ?? ''))
  const list = (of: (each: Exchange['tries'][number]) => string) => (tries.length > 0 ? tries.map(of).join(', ') : '-')
  const version = exchange.httpVersion.replace(/^2$/, '2.0')
  return [
    `${facts.client} - ${userOf(facts.headers.authorization)} [${logTime(exchange.arrivedAt)}] "${facts.method} ${quoted(facts.target)} HTTP/${version}"`,
    `${exchange.status} ${exchange.bodyBytes} "${header('referer') || '-'}" "${header('user-agent') || '-'}"`,
    `${exchange.requestBytes} ${seconds(exchange.durationMs)} [${main ? upstreamName(main) : ''}] [${isCanary && backend ? upstreamName(backend) : ''}]`,
    `${list(({ endpoint }) => `${endpoint.address}:${endpoint.port}`)} ${list((each) => String(each.bytes))} ${list((each) => seconds(each.totalMs))}`,
    `${list((each) => String(each.status))} ${exchange.requestId}\n`,
  ].join(' ')
}

export function upstreamName({ namespace, service, port }: { namespace: string; service: string; port: string | number }): string {
  return `${namespace}-${service}-${port}`
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3)
}

/** As nginx escapes: quotes, backslashes and what is not printable ASCII, so that nobody writes lines of their own. */
function quoted(text: string): string {
  return /^[ !#-[\]-~]*$/.test(text)
    ? text
    : Buffer.from(text)
        .toString('latin1')
        .replaceAll(/[^ !#-[\]-~]/g, (each) => `\\x${each.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}

function userOf(authorization: unknown): string {
  const given = /^basic\s+(\S+)$/i.exec(typeof authorization === 'string' ? authorization : '')
  const user = given && Buffer.from(given[1]!, 'base64').toString().split(':', 1)[0]
  return user ? quoted(user).replaceAll(' ', '\\x20') : '-'
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
let last = { second: -1, text: '' }

/** "28/Nov/2026:20:05:49 +0000". */
function logTime(epochMs: number): string {
  const second = Math.floor(epochMs / 1000)
  if (last.second !== second) {
    const iso = new Date(epochMs).toISOString()
    last = { second, text: `${iso.slice(8, 10)}/${months[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000` }
  }
  return last.text
}
