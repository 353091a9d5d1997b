/** Facts about the machine that the Node object shows. */
import { readFileSync, statfsSync } from 'node:fs'
import { arch, availableParallelism, release, totalmem } from 'node:os'
import type { NodeSystemInfo } from '#api/gen/core/v1.ts'

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

export const goArch = (): string => ({ x64: 'amd64', ia32: '386' })[arch() as string] ?? arch()

export interface Machine {
  readonly cpus: number
  readonly memoryBytes: number
  readonly diskBytes: number
}

export function machine(rootDir: string): Machine {
  const limit = Number(read('/sys/fs/cgroup/memory/memory.limit_in_bytes') || Number.POSITIVE_INFINITY)
  const { blocks, bsize } = statfsSync(rootDir)
  return { cpus: availableParallelism(), memoryBytes: Math.min(totalmem(), limit || totalmem()), diskBytes: blocks * bsize }
}

/** Of all devices that are swapped to; what a kernel without swap does not tell is none. */
export function swapBytes(swaps = read('/proc/swaps')): number {
  return swaps
    .split('\n')
    .slice(1)
    .reduce((sum, line) => sum + (Number(line.trim().split(/\s+/)[2]) || 0) * 1024, 0)
}

/** Of a version that is not semantic its numbers alone: "1.6.20~ds1" is 1.6.20, as upstream reads it. */
function plainVersion(text: string): string {
  const [, numbers, extra = ''] = /^\s*v?([0-9]+(?:\.[0-9]+)*)(.*)$/.exec(text) ?? []
  if (numbers === undefined) return text
  const isSemantic = numbers.split('.').length === 3 && /^(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?\s*$/.test(extra)
  return isSemantic ? `${numbers}${extra.trim()}` : numbers
}

export function systemInfo(runtimeVersion: string, kubeletVersion: string): NodeSystemInfo {
  const osRelease = read('/etc/os-release')
  return {
    machineID: read('/etc/machine-id'),
    systemUUID: read('/sys/class/dmi/id/product_uuid') || read('/etc/machine-id'),
    bootID: read('/proc/sys/kernel/random/boot_id'),
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(osRelease)?.[1] ?? 'Linux',
    containerRuntimeVersion: runtimeVersion.replace(/(?<=:\/\/).*$/, plainVersion),
    kubeletVersion,
    kubeProxyVersion: '',
    operatingSystem: 'linux',
    architecture: goArch(),
  }
}
