/** The resolvers that the machine itself uses. */
import { existsSync, readFileSync } from 'node:fs'
import type { Upstream } from './forwarder.ts'

/** systemd-resolved names itself (127.0.0.53) in /etc/resolv.conf, and the true ones here. */
const candidates = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'] as const

/** Loopback addresses are left out: inside a node's namespace nobody answers there. */
export function machineUpstreams(files: readonly string[] = candidates): Upstream[] {
  for (const file of files) {
    const upstreams = existsSync(file) ? parseResolvConf(readFileSync(file, 'utf8')) : []
    if (upstreams.length > 0) return upstreams
  }
  return []
}

export function parseResolvConf(text: string): Upstream[] {
  const addresses = text.split('\n').map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1])
  return addresses
    .filter((address) => address !== undefined)
    .filter((address) => !address.startsWith('127.') && address !== '::1')
    .map((address) => ({ address, port: 53 }))
}
