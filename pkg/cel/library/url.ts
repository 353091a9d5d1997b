/** Kubernetes' URL library. */
import type { Environment } from '@marcbachmann/cel-js'
import { CelError } from '../types.ts'

/** Go's URL: what was written, unchanged. */
class Url {
  readonly text: string
  readonly parts: RegExpExecArray
  constructor(text: string, parts: RegExpExecArray) {
    this.text = text
    this.parts = parts
  }
  compareTo(other: unknown): number {
    return this.text === (other as Url).text ? 0 : 1
  }
}

const form = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:[^@/?#]*@)?(\[[^\]]*\]|[^:/?#]*)(?::(\d*))?)?(\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/

function read(text: string): Url | undefined {
  const parts = /[\s<>"\\^`{|}]/.test(text) ? null : form.exec(text)
  // An absolute URI, or an absolute path.
  return parts && (parts[1] || text.startsWith('/')) ? new Url(text, parts) : undefined
}

function escaped(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/g, (each) => encodeURIComponent(each))
}

export function registerUrl(environment: Environment): void {
  const sync = { async: false }
  const name = 'kubernetes.URL'
  const hostOf = ({ parts }: Url) => parts[2] ?? ''
  environment
    .registerType(name, Url)
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
    .registerFunction(`${name}.getScheme(): string`, ({ parts }: Url) => parts[1]?.toLowerCase() ?? '', sync)
    .registerFunction(`${name}.getHost(): string`, (url: Url) => `${hostOf(url)}${url.parts[3] === undefined ? '' : `:${url.parts[3]}`}`, sync)
    .registerFunction(`${name}.getHostname(): string`, (url: Url) => hostOf(url).replace(/^\[|\]$/g, ''), sync)
    .registerFunction(`${name}.getPort(): string`, ({ parts }: Url) => parts[3] ?? '', sync)
    .registerFunction(`${name}.getEscapedPath(): string`, ({ parts }: Url) => escaped(parts[4] ?? ''), sync)
    .registerFunction(`${name}.getQuery(): map<string, list<string>>`, ({ parts }: Url) => queryOf(parts[5] ?? ''), sync)
    .registerOperator(`${name} == ${name}`, (a: Url, b: Url) => a.text === b.text)
}

function queryOf(text: string): Record<string, string[]> {
  const query = new URLSearchParams(text)
  return Object.fromEntries([...new Set(query.keys())].map((key) => [key, query.getAll(key)]))
}
