/** The CNI configuration of a node: what the container runtime calls to give a pod its address. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface CniOptions {
  /** The runtime's `cni.conf_dir` for this node. */
  readonly confDir: string
  /** Where host-local keeps the node's allocations; inside the node's own directory, for nodes share a machine. */
  readonly dataDir: string
  readonly podCidr: string
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
  return {
    cniVersion: '0.4.0',
    name: 'k8ts',
    plugins: [
      {
        type: 'ptp',
        ipMasq: false,
        mtu: options.mtu ?? 1500,
        ipam: { type: 'host-local', dataDir: options.dataDir, ranges: [[{ subnet: options.podCidr }]], routes: [{ dst: '0.0.0.0/0' }] },
      },
    ],
  }
}

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
