/** The CNI configuration of a node: what the container runtime calls to give a pod its address. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rangeFamily } from './ip.ts'

export interface CniOptions {
  /** The runtime's `cni.conf_dir` for this node. */
  readonly confDir: string
  /** Where host-local keeps the node's allocations; inside the node's own directory, for nodes share a machine. */
  readonly dataDir: string
  /** The node's range of each family, the first family's first. */
  readonly podCidrs: readonly string[]
  /** 1500 on the underlay; 1450 over VXLAN. */
  readonly mtu?: number
}

/** Linux packages put the plugins at different places; the first that exists is the runtime's `cni.bin_dir`. */
export const cniBinaryDirectories = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'] as const

export const cniFileName = '10-k8ts.conflist'

/**
 * A point-to-point link a pod, so that all pod traffic is routed and passes the node's own rules. No portmap plugin:
 * host ports are elements of the proxy's nft table (the plugin would call iptables). No masquerade: the node's table does it.
 */
export function cniConfiguration(options: CniOptions): object {
  const { podCidrs } = options
  return {
    cniVersion: '0.4.0',
    name: 'k8ts',
    plugins: [
      ...(podCidrs.some((each) => rangeFamily(each) === 6) ? withoutDetection : []),
      {
        type: 'ptp',
        ipMasq: false,
        mtu: options.mtu ?? 1500,
        ipam: {
          type: 'host-local',
          dataDir: options.dataDir,
          ranges: podCidrs.map((subnet) => [{ subnet }]),
          routes: podCidrs.map((each) => ({ dst: rangeFamily(each) === 4 ? '0.0.0.0/0' : '::/0' })),
        },
      },
    ],
  }
}

/**
 * A pod would wait more than a second until the kernel knows that nobody else has its IPv6 address; on a link with one other end nobody
 * can. The switch must be set before the link is there, and `tuning` wants a plugin before it.
 */
const withoutDetection = [{ type: 'loopback' }, { type: 'tuning', sysctl: { 'net.ipv6.conf.default.accept_dad': '0', 'net.ipv6.conf.default.accept_ra': '0' } }]

/** Writes the configuration in one step, so that the runtime, which watches the directory, never reads half of it. Answers its path. */
export function writeCniConfiguration(options: CniOptions): string {
  mkdirSync(options.confDir, { recursive: true })
  mkdirSync(options.dataDir, { recursive: true })
  const path = join(options.confDir, cniFileName)
  const temporary = `${path}.tmp`
  writeFileSync(temporary, `${JSON.stringify(cniConfiguration(options), null, 2)}\n`)
  renameSync(temporary, path)
  return path
}
