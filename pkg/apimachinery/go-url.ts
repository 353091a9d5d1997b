/** Go's net/url.Parse, as far as validation looks: the parts of an address, or what it finds wrong with it. */

export interface GoUrl {
  readonly scheme: string
  /** What stands before the @; undefined: nothing. */
  readonly user: string | undefined
  readonly host: string
  readonly path: string
  readonly query: string
  readonly fragment: string
}

/** Throws an Error in Go's words: `parse "x": …`. */
export function parseGoUrl(text: string): GoUrl {
  const fail = (why: string): never => {
    throw new Error(`parse ${JSON.stringify(text)}: ${why}`)
  }
  if (/[\u0000-\u001f\u007f]/.test(text)) fail('net/url: invalid control character in URL')
  const [beforeFragment, fragment] = cut(text, '#')
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(beforeFragment)?.[1]
  if (beforeFragment.startsWith(':')) fail('missing protocol scheme')
  const [rest, query] = cut(scheme === undefined ? beforeFragment : beforeFragment.slice(scheme.length + 1), '?')
  const parts = { scheme: scheme?.toLowerCase() ?? '', user: undefined, host: '', path: rest, query, fragment }
  checkEscapes(fragment, fail)
  if (scheme !== undefined && !rest.startsWith('/')) return { ...parts, path: '' }
  if (scheme === undefined && /^[^/]*:/.test(rest)) fail('first path segment in URL cannot contain colon')
  if (!rest.startsWith('//')) {
    checkEscapes(rest, fail)
    return parts
  }
  const slash = rest.indexOf('/', 2)
  const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash)
  const path = slash < 0 ? '' : rest.slice(slash)
  const at = authority.lastIndexOf('@')
  const host = authority.slice(at + 1)
  const user = at < 0 ? undefined : authority.slice(0, at)
  if (user !== undefined && /[^A-Za-z0-9\-._:~!$&'()*+,;=%@]/.test(user)) fail('net/url: invalid userinfo')
  checkHost(host, fail)
  checkEscapes(path, fail)
  return { ...parts, user, host, path }
}

type Fail = (why: string) => never

function cut(text: string, mark: string): readonly [before: string, after: string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function checkEscapes(text: string, fail: Fail): void {
  const wrong = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(text)
  if (wrong) fail(`invalid URL escape ${JSON.stringify(wrong[0])}`)
}

function checkHost(host: string, fail: Fail): void {
  const end = host.startsWith('[') ? host.lastIndexOf(']') : 0
  if (end < 0) fail("missing ']' in host")
  const port = host.startsWith('[') ? host.slice(end + 1) : host.slice(host.includes(':') ? host.lastIndexOf(':') : host.length)
  if (!/^(:\d*)?$/.test(port)) fail(`invalid port ${JSON.stringify(port)} after host`)
  const wrong = /[ {}|\\^`"<>]/.exec(host)?.[0]
  if (wrong !== undefined && !'"<>'.includes(wrong)) fail(`invalid character ${JSON.stringify(wrong)} in host name`)
  const escaped = host.startsWith('[') ? undefined : /%(?!25)(.{0,2})/.exec(host)
  if (escaped) fail(`invalid URL escape ${JSON.stringify(escaped[0])}`)
}
