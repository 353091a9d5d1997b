/** protectKernelDefaults: the kernel's settings must be as the kubelet wants them already; without it they are left as they are. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '#base/log.ts'

const wanted: Readonly<Record<string, number>> = {
  'vm/overcommit_memory': 1,
  'vm/panic_on_oom': 0,
  'kernel/panic': 10,
  'kernel/panic_on_oops': 1,
  'kernel/keys/root_maxkeys': 1_000_000,
  'kernel/keys/root_maxbytes': 25_000_000,
}

/** Every one that is otherwise, in upstream's words. */
export function kernelFlagErrors(root = '/proc/sys'): string[] {
  return Object.entries(wanted).flatMap(([flag, value]) => {
    const actual = Number(readFileSync(join(root, flag), 'utf8'))
    return actual === value ? [] : [`invalid kernel flag: ${flag}, expected value: ${value}, actual value: ${actual}`]
  })
}

/** The kubelet's own place among those that the kernel may kill; a process without CAP_SYS_RESOURCE cannot be spared. */
export function applyOomScoreAdj(value: number, log: Logger, file = '/proc/self/oom_score_adj'): void {
  try {
    writeFileSync(file, String(value))
  } catch (error) {
    log.info('cannot set oomScoreAdj', { value, error })
  }
}
