/** What a machine must be like for a kubelet of this configuration to start on it. */
import { isUnified } from '../cgroups/cgroup-manager.ts'
import type { CompleteConfiguration } from '../configuration/defaults.ts'
import { kernelFlagErrors } from '../node/kernel-flags.ts'

type Wanted = Pick<CompleteConfiguration, 'failCgroupV1' | 'protectKernelDefaults' | 'failSwapOn'>

/** Throws upstream's error. */
export function checkMachine({ failCgroupV1, protectKernelDefaults, failSwapOn }: Wanted, swapBytes: number): void {
  if (failCgroupV1 && !isUnified()) {
    throw new Error('kubelet is configured to not run on a host using cgroup v1. cgroup v1 support is unsupported and will be removed in a future release')
  }
  const errors = protectKernelDefaults ? kernelFlagErrors() : []
  if (errors.length > 0) throw new Error(errors.join(', '))
  if (failSwapOn && swapBytes > 0) throw new Error('running with swap on is not supported, please disable swap or set --fail-swap-on flag to false')
}
