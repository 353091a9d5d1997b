/** The proxy to an API server: that of the kubeconfig's cluster, or of the environment as Go reads it. */
import { BlockList, isIP } from 'node:net'

/** Why it is none (clientcmd's parseProxyURL); undefined for one that can be used. */
export function proxyProblem(text: string): string | undefined {
  const scheme = /^([A-Za-z][\w+.-]*):/.exec(text)?.[1]?.toLowerCase() ?? ''
  if (!['http', 'https', 'socks5'].includes(scheme)) return `unsupported scheme ${JSON.stringify(scheme)}, must be http, https, or socks5`
  return URL.canParse(text) ? undefined : `could not parse: ${text}`
}

/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY; what runs on this machine is never asked for through a proxy. */
export function proxyOfEnvironment(server: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { protocol, hostname, port } = new URL(server)
  const name = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const text = env[name] || env[name.toLowerCase()]
  if (!text) return undefined
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))) return undefined
  const excepted = (env.NO_PROXY || env.no_proxy || '').split(',').map((each) => each.trim().toLowerCase())
  if (excepted.some((each) => each !== '' && isExcepted(host, port || (protocol === 'https:' ? '443' : '80'), each))) return undefined
  return text.includes('://') ? text : `http://${text}`
}

function isExcepted(host: string, port: string, entry: string): boolean {
  if (entry === '*') return true
  const [network, bits] = entry.split('/')
  if (bits !== undefined) {
    const [of, within] = [isIP(host), isIP(network!)]
    if (of === 0 || of !== within || !/^\d{1,3}$/.test(bits) || Number(bits) > (of === 4 ? 32 : 128)) return false
    const list = new BlockList()
    list.addSubnet(network!, Number(bits), of === 4 ? 'ipv4' : 'ipv6')
    return list.check(host, of === 4 ? 'ipv4' : 'ipv6')
  }
  const withPort = isIP(entry) === 0 ? /^(.+):(\d+)$/.exec(entry) : null
  if (withPort && withPort[2] !== port) return false
  const name = (withPort?.[1] ?? entry).replace(/^\*\./, '.').replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0) return host === name
  return name.startsWith('.') ? host.endsWith(name) : host === name || host.endsWith(`.${name}`)
}
