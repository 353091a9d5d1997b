/** nginx's variables in URLs of annotations: those of the request, no others. */
import type { RequestFacts } from './answers.ts'

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
}
const variable = /\$\{?([a-z_]+)\}?/g

/** The text with every variable gone, to be looked at. Throws on one that is not known. */
export function checkVariables(text: string): string {
  return text.replaceAll(variable, (whole, name: string) => {
    if (!Object.hasOwn(known, name)) throw new SyntaxError(`unknown variable ${whole}`)
    return 'x'
  })
}

export function expandVariables(text: string, facts: RequestFacts): string {
  return text.includes('$') ? text.replaceAll(variable, (whole, name: string) => known[name]?.(facts) ?? whole) : text
}
