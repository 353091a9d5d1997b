/** nginx's variables in URLs of annotations: those of the request, no others. */
import type { RequestFacts } from '../answer/answers.ts'
import { cookieOf } from '../upstream/choose-endpoint.ts'

type Read = (facts: RequestFacts) => string

const known: Readonly<Record<string, Read>> = {
  scheme: ({ scheme }) => scheme,
  pass_access_scheme: ({ scheme }) => scheme,
  host: ({ host }) => host.toLowerCase().replace(/:\d+$/, ''),
  http_host: ({ host }) => host,
  best_http_host: ({ host }) => host,
  request_uri: ({ target }) => target,
  escaped_request_uri: ({ target }) => encodeURIComponent(target),
  uri: ({ target }) => target.split('?', 1)[0] ?? '',
  args: ({ target }) => (target.includes('?') ? target.slice(target.indexOf('?') + 1) : ''),
  request_method: ({ method }) => method,
  remote_addr: ({ client }) => client,
  binary_remote_addr: ({ client }) => client,
}
const variable = /\$\{?([a-z_][a-z\d_]*)\}?/g

/** $http_NAME, $arg_NAME and $cookie_NAME: a header, a parameter, a cookie. */
function readerOf(name: string): Read | undefined {
  if (Object.hasOwn(known, name)) return known[name]
  const [, kind, rest = ''] = /^(http|arg|cookie)_(.+)$/.exec(name) ?? []
  if (kind === 'http') return ({ headers }) => String(headers[rest.replaceAll('_', '-')] ?? '')
  if (kind === 'arg') return ({ target }) => new URLSearchParams(target.split('?')[1] ?? '').get(rest) ?? ''
  if (kind === 'cookie') return ({ headers }) => cookieOf(headers, rest) ?? ''
  return undefined
}

/** The text with every variable gone, to be looked at. Throws on one that is not known. */
export function checkVariables(text: string): string {
  return text.replaceAll(variable, (whole, name: string) => {
    if (!readerOf(name)) throw new SyntaxError(`unknown variable ${whole}`)
    return 'x'
  })
}

export function expandVariables(text: string, facts: RequestFacts): string {
  return text.includes('$') ? text.replaceAll(variable, (whole, name: string) => readerOf(name)?.(facts) ?? whole) : text
}
