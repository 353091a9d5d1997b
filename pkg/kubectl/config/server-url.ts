/** The server of a kubeconfig or of --server as a URL (upstream: client-go's rest.DefaultServerURL over Go's net/url). */
import { CommandError } from '../errors.ts'

/** Without a scheme, https where there is something to do TLS with. Throws in Go's words for what is no address. */
export function serverUrl(host: string, defaultTls: boolean): string {
  const url = withScheme(host, defaultTls)
  // What Go takes for a name, and node's URL does not, no resolver knows either.
  if (!URL.canParse(url)) throw unreachable(`dial tcp: lookup ${hostOf(url).replace(/:\d*$/, '')}: no such host`)
  return url
}

function withScheme(host: string, defaultTls: boolean): string {
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#]/i.test(host) && urlProblem(host) === undefined) return host
  const url = `${defaultTls ? 'https' : 'http'}://${host}`
  const problem = urlProblem(url)
  if (problem) throw unreachable(problem)
  const path = url.replace(/^\w+:\/\/[^/?#]*/, '').replace(/[?#].*$/s, '')
  if (path !== '' && path !== '/') throw new CommandError(`error: host must be a URL or a host:port pair: ${JSON.stringify(host)}`)
  return url
}

const unreachable = (why: string): CommandError => new CommandError(`Unable to connect to the server: ${why}`, 1, { bare: true })

/** With its port, if it has one. */
function hostOf(url: string): string {
  const authority = /^\w[\w+.-]*:\/\/([^/?#]*)/.exec(url)?.[1] ?? ''
  return authority.slice(authority.lastIndexOf('@') + 1)
}

/** What Go's parser finds wrong with the host and port of "scheme://…". */
function urlProblem(url: string): string | undefined {
  if (/[\u0000-\u001f\u007f]/.test(url)) return 'net/url: invalid control character in URL'
  const host = hostOf(url)
  const end = host.startsWith('[') ? host.lastIndexOf(']') : 0
  if (host.startsWith('[') && end < 0) return "missing ']' in host"
  const port = host.startsWith('[') ? host.slice(end + 1) : host.slice(host.includes(':') ? host.lastIndexOf(':') : host.length)
  if (!/^(:\d*)?$/.test(port)) return `invalid port ${JSON.stringify(port)} after host`
  const wrong = /[ {}|\\^`]/.exec(host)?.[0]
  if (wrong !== undefined) return `invalid character ${JSON.stringify(wrong)} in host name`
  const escaped = /%(?!25)(.{0,2})/.exec(host)
  return escaped && !host.startsWith('[') ? `invalid URL escape ${JSON.stringify(escaped[0])}` : undefined
}
