/** Sprig's urlParse and urlJoin: Go's net/url on the parts that they show. */
import { goFunction } from '../exec/signature.ts'
import { bytesToText, quote, textToBytes } from '../print/quote.ts'
import type { GoFunction, Value } from '../types.ts'
import { type Dictionary, dictionary, kindOf } from '../values.ts'

function decodePart(text: string): string {
  const bad = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(text)
  if (bad) throw new Error(`invalid URL escape ${quote(bad[0].slice(0, 3))}`)
  return text.includes('%')
    ? bytesToText(
        Buffer.from(
          text.replaceAll(/%([0-9a-fA-F]{2})|([^%]+)/g, (_, hex?: string, plain?: string) =>
            hex === undefined ? textToBytes(plain!).toString('latin1') : String.fromCharCode(Number.parseInt(hex, 16)),
          ),
          'latin1',
        ),
      )
    : text
}

const escapeWith =
  (allowed: RegExp) =>
  (text: string): string =>
    [...textToBytes(text)]
      .map((byte) => {
        const c = String.fromCharCode(byte)
        return allowed.test(c) ? c : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
      })
      .join('')
const escapePath = escapeWith(/[A-Za-z0-9\-_.~$&+,/:;=@!'()*]/)
const escapeFragment = escapeWith(/[A-Za-z0-9\-_.~$&+,/:;=?@!'()*]/)
const escapeUser = escapeWith(/[A-Za-z0-9\-_.~$&+,;=]/)

function userinfo(text: string): string {
  const colon = text.indexOf(':')
  if (colon < 0) return escapeUser(decodePart(text))
  return `${escapeUser(decodePart(text.slice(0, colon)))}:${escapeUser(decodePart(text.slice(colon + 1)))}`
}

function parse(given: string): Dictionary {
  if (/[\x00-\x1f\x7f]/.test(given)) throw new Error('net/url: invalid control character in URL')
  const hash = given.indexOf('#')
  const fragment = hash < 0 ? '' : decodePart(given.slice(hash + 1))
  let rest = hash < 0 ? given : given.slice(0, hash)
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(rest)
  if (rest.startsWith(':')) throw new Error('missing protocol scheme')
  if (scheme) rest = rest.slice(scheme[0].length)
  const mark = rest.indexOf('?')
  const query = mark < 0 ? '' : rest.slice(mark + 1)
  if (mark >= 0) rest = rest.slice(0, mark)
  const parts = { scheme: (scheme?.[1] ?? '').toLowerCase(), host: '', hostname: '', path: '', query, opaque: '', fragment, userinfo: '' }
  if (scheme && !rest.startsWith('/')) return dictionary(Object.entries({ ...parts, opaque: rest }))
  if (!scheme && /^[^/]*:/.test(rest)) throw new Error('first path segment in URL cannot contain colon')
  if (rest.startsWith('//')) {
    const slash = rest.indexOf('/', 2)
    const authority = slash < 0 ? rest.slice(2) : rest.slice(2, slash)
    rest = slash < 0 ? '' : rest.slice(slash)
    const at = authority.lastIndexOf('@')
    if (at >= 0) parts.userinfo = userinfo(authority.slice(0, at))
    parts.host = decodePart(authority.slice(at + 1))
    const port = /:([^:\]]*)$/.exec(parts.host)
    if (port && !/^[0-9]*$/.test(port[1]!)) throw new Error(`invalid port ${quote(port[0])} after host`)
    parts.hostname = parts.host.replace(/:[0-9]*$/, '').replace(/^\[(.*)\]$/, '$1')
  }
  return dictionary(Object.entries({ ...parts, path: decodePart(rest) }))
}

function part(map: Dictionary | null, key: string): string {
  if (map === null || !Object.hasOwn(map, key)) return ''
  const value = map[key]
  if (typeof value !== 'string') throw new Error(`unable to parse ${key} key, must be of type string, but ${kindOf(value)} found`)
  return value
}

function join(map: Dictionary | null): string {
  const [scheme, host, path, query, opaque, fragment, user] = ['scheme', 'host', 'path', 'query', 'opaque', 'fragment', 'userinfo'].map((key) =>
    part(map, key),
  ) as [string, string, string, string, string, string, string]
  let out = scheme === '' ? '' : `${scheme}:`
  if (opaque !== '') out += opaque
  else {
    if (scheme !== '' || host !== '' || user !== '') {
      if (host !== '' || path !== '' || user !== '') out += '//'
      if (user !== '') out += `${userinfo(user)}@`
      out += host
    }
    const escaped = escapePath(path)
    if (escaped !== '' && !escaped.startsWith('/') && host !== '') out += '/'
    if (out === '' && /^[^/]*:/.test(escaped)) out += './'
    out += escaped
  }
  if (query !== '') out += `?${query}`
  return fragment === '' ? out : `${out}#${escapeFragment(fragment)}`
}

export const urlFunctions: Readonly<Record<string, GoFunction>> = {
  urlParse: goFunction('string', (text: string): Value => {
    try {
      return parse(text)
    } catch (error) {
      throw new Error(`unable to parse url: parse ${quote(text)}: ${(error as Error).message}`)
    }
  }),
  urlJoin: goFunction('map', join),
}
