/** Kubernetes' URL library. */
import type { Environment } from '@marcbachmann/cel-js'
import { CelError } from '../types.ts'

interface Parts {
  readonly scheme: string
  readonly host: string
  readonly port: string | undefined
  readonly path: string
  readonly query: string
}

/** Go's URL: what was written, unchanged. */
class Url {
  readonly text: string
  readonly parts: Parts
  constructor(text: string, parts: Parts) {
    this.text = text
    this.parts = parts
  }
  compareTo(other: unknown): number {
    return this.text === (other as Url).text ? 0 : 1
  }
}

const authority = /^(?:[^@]*@)?(\[[^\]]*\]|[^:\s<>"\\^`{|}]*)(?::(\d*))?$/

/** Go's url.ParseRequestURI: an absolute URI, or an absolute path. */
function read(text: string): Url | undefined {
  if (/[\u0000-\u001f\u007f]/.test(text)) return undefined
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]
  const rest = (scheme === undefined ? text : text.slice(scheme.length + 1)).replace(/#.*$/, '')
  const [before, ...after] = rest.split('?')
  const parts = { scheme: scheme?.toLowerCase() ?? '', host: '', port: undefined, path: before!, query: after.join('?') }
  if (!rest.startsWith('/')) return scheme === undefined ? undefined : new Url(text, { ...parts, path: '' })
  if (/%(?![0-9A-Fa-f]{2})/.test(before!)) return undefined
  if (scheme === undefined || !before!.startsWith('//')) return new Url(text, parts)
  const end = before!.indexOf('/', 2)
  const found = authority.exec(end < 0 ? before!.slice(2) : before!.slice(2, end))
  return found ? new Url(text, { ...parts, host: found[1]!, port: found[2], path: end < 0 ? '' : before!.slice(end) }) : undefined
}

function escaped(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/g, (each) => encodeURIComponent(each))
}

export function registerUrl(environment: Environment): void {
  const sync = { async: false }
  const name = 'kubernetes.URL'
  const hostOf = ({ parts }: Url) => parts.host
  environment
    .registerType(name, { ctor: Url, fields: {} } as never)
    .registerFunction(
      `url(string): ${name}`,
      (text: string) => {
        const found = read(text)
        if (!found) throw new CelError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`)
        return found
      },
      sync,
    )
    .registerFunction('isURL(string): bool', (text: string) => read(text) !== undefined, sync)
    .registerFunction(`${name}.getScheme(): string`, ({ parts }: Url) => parts.scheme, sync)
    .registerFunction(`${name}.getHost(): string`, (url: Url) => `${hostOf(url)}${url.parts.port === undefined ? '' : `:${url.parts.port}`}`, sync)
    .registerFunction(`${name}.getHostname(): string`, (url: Url) => hostOf(url).replace(/^\[|\]$/g, ''), sync)
    .registerFunction(`${name}.getPort(): string`, ({ parts }: Url) => parts.port ?? '', sync)
    .registerFunction(`${name}.getEscapedPath(): string`, ({ parts }: Url) => escaped(parts.path), sync)
    .registerFunction(`${name}.getQuery(): map<string, list<string>>`, ({ parts }: Url) => queryOf(parts.query), sync)
    .registerOperator(`${name} == ${name}`, (a: Url, b: Url) => a.text === b.text)
}

function queryOf(text: string): Record<string, string[]> {
  const query = new URLSearchParams(text)
  return Object.fromEntries([...new Set(query.keys())].map((key) => [key, query.getAll(key)]))
}
